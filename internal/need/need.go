// Package need lets a test say what it needs beyond Go, so that the tests run
// on a machine that has nothing else: a program, or more time than -short gives.
package need

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// Variable is the environment variable that makes a missing tool a failure.
// The gate sets it to 1, because a test that is always skipped proves nothing.
// It is a variable of our own: CI is set by every pipeline, with or without the
// tools.
const Variable = "GUESTLIST_TEST_REQUIRE"

// Program returns the path of the first of these programs that is installed.
// Where none is, [Missing] ends the test. How says how to install one.
func Program(tb testing.TB, how string, names ...string) string {
	tb.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(tb, strings.Join(names, " or "), how)
	return ""
}

// File ends the test through [Missing] when there is no such file.
func File(tb testing.TB, how, path string) {
	tb.Helper()
	if _, err := os.Stat(path); err != nil {
		Missing(tb, path, how)
	}
}

// Symlink makes a symbolic link. The test is skipped where that cannot be done: on Windows
// it takes a privilege, and Wine makes something else.
func Symlink(tb testing.TB, target, link string) {
	tb.Helper()
	err := os.Symlink(target, link)
	if err != nil && runtime.GOOS != "windows" {
		tb.Fatal(err)
	}
	if err != nil || !IsLink(link) {
		tb.Skipf("no symbolic links here: %v", err)
	}
}

// IsLink reports whether a file is a symbolic link.
func IsLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// Missing skips the test because a tool is not there. With
// GUESTLIST_TEST_REQUIRE=1 the test fails instead.
func Missing(tb testing.TB, tool, how string) {
	tb.Helper()
	if required(os.Getenv(Variable)) {
		tb.Fatalf("%s is missing, and %s is set: %s", tool, Variable, how)
	}
	tb.Skipf("needs %s: %s", tool, how)
}

func required(value string) bool { return value != "" && value != "0" }

// Time skips a test that takes long when the tests run with -short. What says
// where the time goes.
func Time(tb testing.TB, what string) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("not with -short: " + what)
	}
}

// NoRace skips a test when the race detector watches, because it would not learn
// anything that is worth the time. Such a test runs in the gate without it. Why says
// what the detector makes of it.
func NoRace(tb testing.TB, why string) {
	tb.Helper()
	if Race {
		tb.Skip("not with -race: " + why)
	}
}
