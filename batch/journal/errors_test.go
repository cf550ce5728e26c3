package journal_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
)

// killed gives the files of a journal whose process was killed: its last rows
// are in the log alone.
func killed(tb testing.TB) map[string][]byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	var files map[string][]byte
	for range 2 { // the first time leaves a journal that was closed
		j, err := journal.Open(tb.Context(), path, sandbox)
		if err != nil {
			tb.Fatal(err)
		}
		steps := all(plan(nil, guests("guest", 40)))
		if err := j.Import(tb.Context(), batch.Header{Columns: []string{"Email", "Manager"}}, steps); err != nil {
			tb.Fatal(err)
		}
		if err := j.Settle(tb.Context(), 0, batch.Outcome{Address: "guest1@x.example", Status: batch.Invited}); err != nil {
			tb.Fatal(err)
		}
		files = copies(tb, path, path+"-wal")
		if err := j.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	return files
}

// copies reads files by name. Nobody in this process may lock them any more
// afterwards: to close a file drops its locks.
func copies(tb testing.TB, paths ...string) map[string][]byte {
	tb.Helper()
	found := make(map[string][]byte)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		found[filepath.Base(path)] = content
	}
	return found
}

func place(tb testing.TB, folder string, files map[string][]byte) {
	tb.Helper()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

func TestDamagedJournalIsSaidAndLeftAlone(t *testing.T) {
	const log = name + "-wal"
	good := killed(t)
	for what, damage := range map[string]func(files map[string][]byte){
		"half of the journal is gone": func(f map[string][]byte) {
			delete(f, log)
			f[name] = f[name][:len(f[name])/2]
		},
		"a page is overwritten": func(f map[string][]byte) {
			delete(f, log)
			copy(f[name][3*4096:], slices.Repeat([]byte("garbage "), 512))
		},
		"the tables are overwritten": func(f map[string][]byte) {
			delete(f, log)
			at := bytes.LastIndex(f[name], []byte("CREATE TABLE batch"))
			copy(f[name][at-at%4096:], slices.Repeat([]byte{0xff}, 4096))
		},
		"the log is another file":    func(f map[string][]byte) { f[log] = slices.Repeat([]byte("garbage "), 512) },
		"the log's head has changed": func(f map[string][]byte) { f[log][20] ^= 1 },
		"the journal was emptied":    func(f map[string][]byte) { f[name] = []byte{} },
	} {
		t.Run(what, func(t *testing.T) {
			files := make(map[string][]byte)
			for name, content := range good {
				files[name] = slices.Clone(content)
			}
			damage(files)
			folder := t.TempDir()
			place(t, folder, files)
			_, err := journal.Open(t.Context(), filepath.Join(folder, name), sandbox)
			damaged, ok := errors.AsType[*journal.DamagedError](err)
			if !ok || damaged.Hint() == "" {
				t.Fatalf("got %v (%T)", err, err)
			}
			assert.Equal(t, "files", copies(t, slices.Sorted(maps.Keys(paths(folder, files)))...), files)
		})
	}
}

// TestDamageBehindALogIsSaid damages the file of a run that was killed: whatever
// its seal says, it is of the time before.
func TestDamageBehindALogIsSaid(t *testing.T) {
	t.Parallel()
	files := killed(t)
	files[name] = slices.Clone(files[name])
	db := files[name]
	copy(db[5*4096:], slices.Repeat([]byte("garbage "), 512)) // rows of the list, of which the log holds none
	folder := t.TempDir()
	place(t, folder, files)
	_, err := journal.Open(t.Context(), filepath.Join(folder, name), sandbox)
	if _, ok := errors.AsType[*journal.DamagedError](err); !ok {
		t.Errorf("got %v (%T)", err, err)
	}
}

// TestLogOfAnotherJournalIsSaid puts the log of a journal beside another one
// whose seal holds, as people do who copy files by hand.
func TestLogOfAnotherJournalIsSaid(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	for _, a := range guests("other", 40) {
		settle(t, j, a, batch.Failed, "GroupAddress")
	}
	shut(t, j)
	j = open(t, path, sandbox)
	settle(t, j, "other1@x.example", batch.Invited, "")
	log := copies(t, path+"-wal")[name+"-wal"]
	shut(t, j)

	folder := t.TempDir()
	place(t, folder, map[string][]byte{name: closed(t), name + "-wal": log})
	_, err := journal.Open(t.Context(), filepath.Join(folder, name), sandbox)
	if _, ok := errors.AsType[*journal.LogForeignError](err); !ok {
		t.Errorf("got %v (%T)", err, err)
	}
}

func paths(folder string, files map[string][]byte) map[string]bool {
	all := make(map[string]bool)
	for name := range files {
		all[filepath.Join(folder, name)] = true
	}
	return all
}

func TestTroubleIsSaidAtTheStart(t *testing.T) {
	for what, prepare := range map[string]func(t *testing.T, path string) string{
		"the folder is missing": func(_ *testing.T, path string) string {
			return filepath.Join(filepath.Dir(path), "missing", name)
		},
		"the folder is a file": func(t *testing.T, path string) string {
			t.Helper()
			place(t, filepath.Dir(path), map[string][]byte{name: nil})
			return filepath.Join(path, name)
		},
		"the log is a folder": func(t *testing.T, path string) string {
			t.Helper()
			shut(t, open(t, path, sandbox))
			if err := os.Mkdir(path+"-wal", 0o700); err != nil {
				t.Fatal(err)
			}
			return path
		},
		"the holder's note is a folder": func(t *testing.T, path string) string {
			t.Helper()
			if err := os.Mkdir(path+".lock", 0o700); err != nil {
				t.Fatal(err)
			}
			return path
		},
	} {
		t.Run(what, func(t *testing.T) {
			path := prepare(t, filepath.Join(t.TempDir(), name))
			_, err := journal.Open(t.Context(), path, sandbox)
			disk, ok := errors.AsType[*journal.DiskError](err)
			if !ok || disk.Hint() == "" {
				t.Errorf("got %v (%T)", err, err)
			}
		})
	}
}
