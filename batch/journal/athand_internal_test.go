package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/need"
)

// TestACopyIsWholeWhateverIsWrittenMeanwhile lets a run write while the first of the
// two files has been copied and the other has not: until SQLite folds the log into
// the journal, and until it begins the log anew after that.
func TestACopyIsWholeWhateverIsWrittenMeanwhile(t *testing.T) {
	need.Time(t, "writes until the log of a journal is folded")
	for what, until := range map[string]func(before, now fileState) bool{
		"the log is folded":      func(before, now fileState) bool { return now.size != before.size },
		"the log is begun again": func(before, now fileState) bool { return now.log != before.log },
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.journal.db")
			j, err := Open(t.Context(), path, Identity{Sandbox: true})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = j.Close() }()
			rows := 0
			write := func() {
				rows++
				o := batch.Outcome{Address: fmt.Sprintf("guest%d@x.example", rows*7919%1000), Status: batch.Invited, Advice: strings.Repeat("x", 9000)}
				if err := j.Settle(t.Context(), 0, o); err != nil {
					t.Fatal(err)
				}
			}
			for range 100 {
				write()
			}
			copies, before := 0, rows
			copied := filepath.Join(t.TempDir(), "a.journal.db")
			err = copyJournal(t.Context(), path, copied, func(from, to string) error {
				if copies++; copies == 2 {
					start, err := stateOf(path)
					for now := start; err == nil && !until(start, now); now, err = stateOf(path) {
						write()
					}
					before = rows
				}
				return copyFile(from, to)
			})
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			err = AtHand{Identity: Identity{Sandbox: true}}.readDatabase(t.Context(), copied, dataSource(copied), upgrade, func(k Known) bool {
				found++
				return k.History.Status == batch.Invited
			})
			if err != nil || found != before {
				t.Errorf("%d rows of %d, %v", found, before, err)
			}
			if info, err := os.Stat(copied); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("the copy is for others, too: %v, %v", info.Mode(), err)
			}
		})
	}
}
