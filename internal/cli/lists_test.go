package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the program says of the lists to testdata/lists/golden")

const listsFolder = "testdata/lists"

// Every list of testdata/lists is checked by the real program. What it says, and
// what invite would send, stands in a golden file that a person has read.
func TestLists(t *testing.T) {
	folder, scratch := listsCopied(t), t.TempDir()
	before := filesIn(t, folder)
	cases := readCases(t)
	t.Run("check", func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				compareGolden(t, c.name, c.run(t, folder, scratch)+c.plan(folder))
			})
		}
	})
	if diff := cmp.Diff(before, filesIn(t, folder)); diff != "" {
		t.Errorf("check changed the files beside the lists:\n%s", diff)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("check left behind %v, %v", left, err)
	}
	t.Run("all", func(t *testing.T) { everyListHasItsCase(t, folder, cases) })
}

// everyListHasItsCase finds lists and golden files that no case uses.
func everyListHasItsCase(t *testing.T, folder string, cases []listCase) {
	t.Helper()
	golden := make(map[string]bool)
	used := make(map[string]bool)
	for _, c := range cases {
		golden[c.name+".txt"] = true
		used[filepath.FromSlash(c.list)], used[filepath.FromSlash(c.stdin)] = true, true
	}
	for _, name := range filesIn(t, folder) {
		if !used[name] {
			t.Errorf("no case for %s", name)
		}
	}
	for _, name := range filesIn(t, filepath.Join(listsFolder, "golden")) {
		if !golden[name] {
			t.Errorf("no case for golden/%s", name)
		}
	}
}

// run checks the list with the real program, see TestMain.
func (c listCase) run(t *testing.T, folder, scratch string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "guestlist", append([]string{"check", c.list}, c.args...)...)
	cmd.Dir = folder
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + scratch, "TMPDIR=" + scratch, "TEMP=" + scratch, "TMP=" + scratch,
		"SystemRoot=" + os.Getenv("SystemRoot"), "GORACE=atexit_sleep_ms=0",
	}, c.env...)
	if c.stdin != "" {
		in, err := os.Open(filepath.Join(folder, c.stdin))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.Close() }()
		cmd.Stdin = in
	}
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("$ guestlist check %s\nexit code %d\n%s%s", c.line, cmd.ProcessState.ExitCode(),
		section("standard output", out.String()), section("standard error", problems.String()))
}

// section heads a part of a golden file; a part without text is left out.
func section(name, text string) string {
	if text == "" {
		return ""
	}
	return "\n-- " + name + " --\n" + strings.TrimRight(text, "\n") + "\n"
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(listsFolder, "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run again with -update, and read what changed in %s (-want +got):\n%s", path, diff)
	}
}

// listsCopied puts the lists into a folder where a run may do harm, and makes
// those that are too large for a repository.
func listsCopied(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	entries, err := os.ReadDir(listsFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "golden" || entry.Name() == "generate" {
			continue
		}
		if err := os.CopyFS(filepath.Join(folder, entry.Name()), os.DirFS(filepath.Join(listsFolder, entry.Name()))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "made"), 0o700); err != nil {
		t.Fatal(err)
	}
	const size = 3 << 30
	writeBomb(t, filepath.Join(folder, "made", "bomb.xlsx"), size, size)
	writeBomb(t, filepath.Join(folder, "made", "lying-bomb.xlsx"), size, 1<<20)
	return folder
}

// filesIn lists the files in a folder by their paths in it.
func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, filepath.FromSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
