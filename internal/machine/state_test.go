package machine_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guestlist/internal/assert"
	"guestlist/internal/machine"
)

const tenant = "7b5a5c2e-0000-4000-8000-00000000000A"

func TestDefaultFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are those of Unix")
	}
	for _, test := range []struct {
		system, home string
		env          map[string]string
		want         string
	}{
		{"linux", "/home/mo", nil, "/home/mo/.local/state/guestlist"},
		{"linux", "/home/mo", map[string]string{"XDG_STATE_HOME": "/var/mo"}, "/var/mo/guestlist"},
		{"linux", "/home/mo", map[string]string{"XDG_STATE_HOME": "relative"}, "/home/mo/.local/state/guestlist"},
		{"darwin", "/Users/mo", map[string]string{"XDG_STATE_HOME": "/var/mo"}, "/Users/mo/Library/Application Support/guestlist"},
		{"windows", "/mo", map[string]string{"LOCALAPPDATA": "/mo/local"}, "/mo/local/guestlist"},
		{"windows", "/mo", nil, "/mo/AppData/Local/guestlist"},
		{"linux", "/home/mo", map[string]string{"GUESTLIST_STATE": "/elsewhere", "XDG_STATE_HOME": "/var/mo"}, "/elsewhere"},
		{"linux", "", map[string]string{"XDG_STATE_HOME": "/var/mo"}, "/var/mo/guestlist"},
		{"linux", "", nil, ""},
	} {
		got, err := machine.DefaultFolder(test.system, test.home, func(name string) string { return test.env[name] })
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%+v: got %q, %v", test, got, err)
		}
	}
}

func paths(journals []machine.Registered) (paths []string) {
	for _, j := range journals {
		paths = append(paths, j.Path)
	}
	return paths
}

func TestJournalsAreKeptByTenant(t *testing.T) {
	state := machine.State{Folder: filepath.Join(t.TempDir(), "state")}
	folder := t.TempDir()
	none, err := state.Journals(tenant)
	assert.Equal(t, "before the first", paths(none), []string(nil))
	assert.Equal(t, "error", err, nil)
	one, two := filepath.Join(folder, "Büro & Co", "a.journal.db"), filepath.Join(folder, "b.journal.db")
	t.Chdir(folder)
	for _, journal := range []string{one, "b.journal.db", two, one} {
		if err := state.Register(tenant, machine.Registered{Path: journal, Batch: "batch of " + journal}); err != nil {
			t.Fatal(err)
		}
	}
	if err := state.Register("another tenant/..", machine.Registered{Path: two, Batch: ""}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{tenant: {one, two}, strings.ToLower(tenant): {one, two}, "another tenant/..": {two}, "": nil} {
		got, err := state.Journals(name)
		assert.Equal(t, "journals of "+name, paths(got), want)
		assert.Equal(t, "error", err, nil)
	}
	for range 2 { // the second time there is nothing to forget
		if err := state.Forget(tenant, one); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := state.Journals(tenant)
	assert.Equal(t, "after one was forgotten", paths(got), []string{two})
	if got[0].Batch != "batch of "+two || time.Since(got[0].Used) > time.Hour {
		t.Errorf("%+v", got[0])
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(state.Folder)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("state folder: %v, %v", info.Mode(), err)
		}
	}
}

func TestManyRegisterAtOnce(t *testing.T) {
	state := machine.State{Folder: t.TempDir()}
	folder := t.TempDir()
	const writers, each = 8, 25
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				// Every journal is registered by two writers.
				path := filepath.Join(folder, strconv.Itoa((writer/2)*each+i)+".journal.db")
				if err := state.Register(tenant, machine.Registered{Path: path, Batch: ""}); err != nil {
					t.Error(err)
				}
				if _, err := state.Journals(tenant); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got, err := state.Journals(tenant)
	if len(got) != writers/2*each || err != nil {
		t.Errorf("%d journals, %v", len(got), err)
	}
}

func TestStateFolderThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	state := machine.State{Folder: file}
	_, lockErr := state.LockTenant(t.Context(), tenant, machine.Holder{}, nil)
	_, readErr := state.Journals(tenant)
	for what, err := range map[string]error{"register": state.Register(tenant, machine.Registered{Path: "a.journal.db", Batch: ""}), "lock": lockErr, "read": readErr} {
		if what == "read" && runtime.GOOS == "windows" {
			continue // what is below a file is just not there
		}
		unusable, ok := errors.AsType[*machine.StateError](err)
		if !ok || !strings.Contains(unusable.Hint(), machine.FolderVariable) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v (%T)", what, err, err)
		}
	}
}
