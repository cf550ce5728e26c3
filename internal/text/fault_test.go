package text_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"guestlist/internal/text"
)

// What Go's library says is said in words, and the sentence around it stays. The errors are
// real ones, but for those that no test can have.
func TestErrorsAreInWords(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "list.csv")
	_, notThere := os.Open(missing)
	_, number := strconv.Atoi("abc")
	_, program := exec.LookPath("no-such-program")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	_ = listener.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+closed+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, refused := new(http.Client).Do(request)
	if refused == nil {
		_ = response.Body.Close()
		t.Fatal("a closed port answers")
	}
	_, noURL := url.Parse(strings.TrimSuffix("http://[::1]", "]"))
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"file":             {fmt.Errorf("--message-file: %w", notThere), "--message-file: " + missing + " does not exist"},
		"no folder":        {&os.PathError{Op: "open", Path: filepath.Join(missing, "x", "y.csv"), Err: os.ErrNotExist}, "the folder " + filepath.Join(missing, "x") + " does not exist"},
		"cause":            {fmt.Errorf("cannot open the list: %w", errors.Unwrap(notThere)), "cannot open the list: there is no such file or folder"},
		"disk":             {fmt.Errorf("journal j: %w", &os.PathError{Op: "write", Path: "j", Err: syscall.ENOSPC}), "journal j: j: the disk is full"},
		"denied":           {&os.PathError{Op: "open", Path: "a\x1bb", Err: os.ErrPermission}, "access to a\ufffdb is denied"},
		"number":           {number, `"abc" is not a number`},
		"program":          {program, "no-such-program is not installed, or not in a folder of PATH"},
		"refused":          {fmt.Errorf("cannot be reached: %w", refused), "cannot be reached: " + closed + ": the connection was refused"},
		"no host":          {&net.OpError{Op: "dial", Err: &net.DNSError{Name: "login.invalid", IsNotFound: true}}, "there is no host login.invalid (DNS)"},
		"URL":              {noURL, `"http://[::1" is not a URL`},
		"time":             {fmt.Errorf("no answer from Graph: %w", context.DeadlineExceeded), "no answer from Graph: no answer in time"},
		"several":          {errors.Join(number, io.ErrUnexpectedEOF), "\"abc\" is not a number\nit ends too early"},
		"in our own words": {errors.New("the list has no column \"EOF\""), `the list has no column "EOF"`},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "refused" && runtime.GOOS == "windows" {
				t.Skip("Windows names the reason itself")
			}
			if got := text.Error(test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := text.Error(refused); strings.Contains(got, "dial") {
		t.Errorf("got %q", got)
	}
}
