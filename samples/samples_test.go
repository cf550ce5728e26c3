package samples_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guestlist/batch"
	"guestlist/batch/sheet"
	"guestlist/internal/need"
	"guestlist/samples"
)

// unpack writes a sample to a folder of the test.
func unpack(tb testing.TB, name string) string {
	tb.Helper()
	content, err := samples.FS.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// read opens a sample and reads all of it.
func read(tb testing.TB, name string) (*sheet.List, []batch.Row) {
	tb.Helper()
	list, err := sheet.Open(unpack(tb, name), sheet.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = list.Close() })
	var rows []batch.Row
	for row, err := range list.Rows() {
		if err != nil {
			tb.Fatal(err)
		}
		rows = append(rows, row)
	}
	return list, rows
}

func TestEverySampleOpens(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sheet, fields     string
		rows, first, last int
		notices           int
	}{
		"partners.csv":              {"", "email=2 name=1 send-message=4", 40, 2, 41, 1},
		"partners.xlsx":             {"Guests", "email=2 name=1 send-message=4", 40, 4, 43, 0},
		"admin-center-template.csv": {"", "email=0 redirect-url=1 send-message=2 message=3", 5, 4, 8, 2},
		"powershell-tutorial.csv":   {"", "email=1 name=0", 3, 2, 4, 0},
		"messy.csv":                 {"", "email=2 name=0 send-message=3", 5, 5, 12, 2},
		"fabrikam.csv":              {"", "email=2 name=1", 40, 2, 41, 0},
	}
	names, err := fs.Glob(samples.FS, "*")
	if err != nil || len(names) != len(tests)+len(templates()) {
		t.Fatalf("samples are %q (%v), the tests know %d", names, err, len(tests)+len(templates()))
	}
	for name := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := tests[name]
			list, rows := read(t, name)
			var fields []string
			for _, f := range batch.Fields() {
				if at, ok := list.Header().Fields[f]; ok {
					fields = append(fields, fmt.Sprintf("%s=%d", f, at))
				}
			}
			if got := strings.Join(fields, " "); got != want.fields {
				t.Errorf("fields %q, want %q", got, want.fields)
			}
			if list.Sheet() != want.sheet || len(list.Notices()) != want.notices {
				t.Errorf("sheet %q, notices %q, want %q and %d", list.Sheet(), list.Notices(), want.sheet, want.notices)
			}
			if len(rows) != want.rows || rows[0].Line != want.first || rows[len(rows)-1].Line != want.last {
				t.Errorf("%d rows from %d to %d, want %d from %d to %d",
					len(rows), rows[0].Line, rows[len(rows)-1].Line, want.rows, want.first, want.last)
			}
		})
	}
}

// TestWorkbookHasThePartners compares the two forms of one list.
func TestWorkbookHasThePartners(t *testing.T) {
	t.Parallel()
	text, fromText := read(t, "partners.csv")
	book, fromBook := read(t, "partners.xlsx")
	if diff := cmp.Diff(text.Header(), book.Header()); diff != "" {
		t.Errorf("headings (-csv +xlsx):\n%s", diff)
	}
	for i, row := range fromText {
		if diff := cmp.Diff(row.Cells, fromBook[i].Cells); diff != "" {
			t.Errorf("row %d (-csv +xlsx):\n%s", row.Line, diff)
		}
	}
}

// TestGeneratedFilesAreCurrent makes them again.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	need.Time(t, "builds and runs a program")
	compiler := need.Program(t, "install Go", "go")
	dir := filepath.Dir(unpack(t, "partners.csv"))
	binary := filepath.Join(t.TempDir(), "generate")
	if out, err := exec.CommandContext(t.Context(), compiler, "build", "-o", binary, "./generate").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	generate := exec.CommandContext(t.Context(), binary)
	generate.Dir = dir
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range append(templates(), "partners.xlsx") {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := samples.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator makes; run: go generate ./samples", name)
		}
	}
}

// TestPartnersMeetEveryOutcome counts the addresses that the sandbox treats
// specially, and keeps all of them in reserved domains.
func TestPartnersMeetEveryOutcome(t *testing.T) {
	t.Parallel()
	list, rows := read(t, "partners.csv")
	counts := make(map[string]int)
	for _, row := range rows {
		address := strings.ToLower(list.Header().Value(row, batch.Email))
		counts[class(address)]++
		if at := strings.LastIndexByte(address, '@'); at > 0 && !strings.HasSuffix(address, ".example") && address[at:] != "@northwind" {
			t.Errorf("row %d: %s is not of a reserved domain", row.Line, address)
		}
	}
	want := map[string]int{
		"": 27, "member": 1, "disabled": 1, "group": 1, "throttled": 2, "lost": 2, "dropped": 1, "broken": 1,
		"contoso.example": 1, "blocked": 1, "invalid": 2,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

// class is what the sandbox sees in an address, "" for one that is invited at once.
func class(address string) string {
	if _, err := mail.ParseAddress(address); err != nil || !strings.HasSuffix(address, ".example") {
		return "invalid"
	}
	local, domain, _ := strings.Cut(address, "@")
	for _, prefix := range []string{"member", "disabled", "group", "throttled", "lost", "dropped", "broken"} {
		if strings.HasPrefix(local, prefix+".") {
			return prefix
		}
	}
	switch {
	case domain == "contoso.example":
		return domain
	case strings.HasPrefix(domain, "blocked."):
		return "blocked"
	}
	return ""
}
