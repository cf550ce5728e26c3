package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"guestlist/internal/need"
)

// The script for many tenants in docs/automation.md goes through all of them, whatever one
// of them meets, and each with the settings of its own.
func TestScriptOfManyTenants(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the script is for bash")
	}
	need.Time(t, "waits for several tenants")
	document, err := os.ReadFile("../../docs/automation.md")
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile("(?s)```bash\n(.*?)```").FindSubmatch(document)
	if script == nil {
		t.Fatal("the document has no script")
	}
	need.Program(t, "apt-get install bash", "bash")
	folder := t.TempDir()
	const list = "Email\nanna@fabrikam.example\n"
	const signIn = "export GUESTLIST_SANDBOX=true GUESTLIST_RATE=0\n"
	for name, content := range map[string]string{
		"invite-all":              string(script[1]),
		"tenants/a/partners.csv":  "Email\n",
		"tenants/a/sign-in":       signIn + "export GUESTLIST_LIMIT=7\n",
		"tenants/b/partners.csv":  list,
		"tenants/b/sign-in":       signIn,
		"others/c d/partners.csv": list,
		"others/c d/sign-in":      signIn,
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary := asProgram(t)
	for _, test := range []struct {
		tenants string
		code    int
		said    string
	}{
		{"tenants", 1, "tenants/a/: exit code 2, see last.log\n"},
		{"others", 0, ""},
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "invite-all", test.tenants)
		var said bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &said, &said
		cmd.Env = append(os.Environ(), "GUESTLIST_STATE="+filepath.Join(folder, "state"), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0")
		_ = cmd.Run() // the exit code says it
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != test.code || said.String() != test.said {
			t.Errorf("%s: %v\n%s", test.tenants, cmd.ProcessState, &said)
		}
	}
	for _, tenant := range []string{"tenants/b", "others/c d"} {
		summary, err := os.ReadFile(filepath.Join(folder, tenant, "last.json"))
		if err != nil || !strings.Contains(string(summary), `"invited":1,`) {
			t.Errorf("%s: %v %s", tenant, err, summary)
		}
		if _, err := os.Stat(filepath.Join(folder, tenant, "partners.sandbox.xlsx")); err != nil {
			t.Error(err)
		}
	}
}
