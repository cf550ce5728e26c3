package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guestlist/internal/need"
)

// TestWeekOfTheREADME types the commands of the chapter "The week after" word for word.
func TestWeekOfTheREADME(t *testing.T) {
	need.Time(t, "plays a week in the sandbox")
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(readme), "\n## The week after\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	commands := regexp.MustCompile(`(?m)^    (guestlist .*)$`).FindAllStringSubmatch(chapter, -1)
	if len(commands) < 6 {
		t.Fatalf("%d commands in the chapter", len(commands))
	}
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "samples"), os.DirFS("../../samples")); err != nil {
		t.Fatal(err)
	}
	binary := asProgram(t)
	for _, command := range commands {
		cmd := exec.CommandContext(t.Context(), binary, words(command[1])[1:]...)
		var said bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &said, &said
		cmd.Env = append(os.Environ(), "GUESTLIST_STATE="+filepath.Join(folder, "state"), "GUESTLIST_RATE=0", "GORACE=atexit_sleep_ms=0")
		err := cmd.Run()
		want := 0
		if strings.Contains(command[1], " invite ") { // some rows of the sample fail on purpose
			want = 3
		}
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Fatalf("%s: %v\n%s", command[1], err, &said)
		}
	}
	// Who was reminded eight days later was invited then, in the time of the sandbox.
	reminded := 0
	for _, row := range results(t, filepath.Join(folder, "samples", "partners.sandbox.xlsx"), "Results") {
		at, err := time.Parse(time.DateTime, row["Invited At (UTC)"])
		switch {
		case row["Invited At (UTC)"] == "":
		case err != nil:
			t.Error(err)
		case time.Until(at) > 7*24*time.Hour && row["State As Of (UTC)"] > row["Invited At (UTC)"]:
			reminded++
		}
	}
	if reminded == 0 {
		t.Error("no one was invited again at the time of the reminders")
	}
}
