package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// openRun opens a journal with some rows, of which the first is invited and the
// second was intended. It is not closed before the test ends.
func openRun(t *testing.T) (path string, j *journal.Journal) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	j = open(t, path, sandbox)
	t.Cleanup(func() { shut(t, j) })
	load(t, j, guests("guest", 4)...)
	settle(t, j, "guest0@x.example", batch.Invited, "")
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "guest1@x.example", Mail: true, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return path, j
}

// killedCopy puts some files of an open journal into another folder, as they are
// after a kill.
func killedCopy(t *testing.T, path string, suffixes ...string) (other string) {
	t.Helper()
	folder := t.TempDir()
	for _, suffix := range suffixes {
		place(t, folder, copies(t, path+suffix))
	}
	return filepath.Join(folder, name)
}

func TestJournalWithoutItsLogIsRefused(t *testing.T) {
	t.Parallel()
	path, _ := openRun(t)
	for what, copied := range map[string]string{
		"the log is missing": killedCopy(t, path, ""),
		"the log is empty": func() string {
			copied := killedCopy(t, path, "")
			place(t, filepath.Dir(copied), map[string][]byte{name + "-wal": {}})
			return copied
		}(),
	} {
		for range 2 { // to be refused changes nothing
			_, err := journal.Open(t.Context(), copied, sandbox)
			lost, ok := errors.AsType[*journal.LogLostError](err)
			if !ok || time.Since(lost.Since) > time.Hour || !strings.Contains(lost.Hint(), "--log-lost") || !strings.Contains(lost.Error(), name+"-wal") {
				t.Errorf("%s: got %v (%T)", what, err, err)
			}
		}
	}
	j := open(t, killedCopy(t, path, "", "-wal"), sandbox)
	defer shut(t, j)
	assert.Equal(t, "with its log", stands(t, j), []string{
		"2 guest0@x.example invited", "3 guest1@x.example unconfirmed NoAnswer", "4 guest2@x.example pending", "5 guest3@x.example pending",
	})
}

// TestJournalWithoutItsLogIsRefusedAfterACheckpoint writes until SQLite has folded
// the log into the journal, which must not take the mark away.
func TestJournalWithoutItsLogIsRefusedAfterACheckpoint(t *testing.T) {
	t.Parallel()
	path, j := openRun(t)
	before := len(copies(t, path)[name])
	for i := range 40 {
		err := j.Settle(t.Context(), 0, batch.Outcome{
			Address: fmt.Sprintf("long%d@x.example", i), Status: batch.Failed, Advice: strings.Repeat("x", 200_000),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if now := len(copies(t, path)[name]); now < before+1000*4096 {
		t.Fatalf("the log was not folded into the journal: %d bytes, %d before", now, before)
	}
	_, err := journal.Open(t.Context(), killedCopy(t, path, ""), sandbox)
	if _, ok := errors.AsType[*journal.LogLostError](err); !ok {
		t.Errorf("got %v (%T)", err, err)
	}
}

func TestJournalsThatLostNothingAreOpened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	load(t, j, guests("guest", 4)...)
	shut(t, open(t, killedCopy(t, path, ""), sandbox)) // nothing was sent yet
	settle(t, j, "guest0@x.example", batch.Invited, "")
	shut(t, j)
	copied := open(t, killedCopy(t, path, ""), sandbox)
	defer shut(t, copied)
	assert.Equal(t, "after a run", stands(t, copied)[0], "2 guest0@x.example invited")

	// A killed run whose log is there is ended by whoever opens it next.
	path, _ = openRun(t)
	killed := killedCopy(t, path, "", "-wal")
	shut(t, open(t, killed, sandbox))
	if _, err := os.Stat(killed + "-wal"); err == nil {
		t.Error("its log is still there")
	}
	shut(t, open(t, killed, sandbox))
}

func TestRowsOfALostLogAreOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	load(t, j, guests("guest", 4)...)
	settle(t, j, "guest0@x.example", batch.Invited, "")
	settle(t, j, "guest1@x.example", batch.Failed, "GroupAddress")
	shut(t, j)
	j = open(t, path, sandbox)
	t.Cleanup(func() { shut(t, j) })
	load(t, j, append(guests("guest", 4), "nobody", "GUEST2@x.example")...)
	settle(t, j, "guest2@x.example", batch.Invited, "")
	copied := killedCopy(t, path, "")

	lost, err := journal.Open(t.Context(), copied, sandbox, journal.LogLost)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2 guest0@x.example invited", "3 guest1@x.example unconfirmed NoAnswer", "4 guest2@x.example unconfirmed NoAnswer",
		"5 guest3@x.example unconfirmed NoAnswer", "6 nobody invalid InvalidRow", "7 guest2@x.example duplicate Duplicate",
	}
	assert.Equal(t, "records", stands(t, lost), want)
	assert.Equal(t, "plan", planned(t.Context(), t, lost, guests("guest", 4)), []batch.Action{batch.Skip, batch.LookUp, batch.LookUp, batch.LookUp})
	killed := killedCopy(t, copied, "", "-wal")
	shut(t, lost)
	for what, path := range map[string]string{"closed": copied, "killed": killed} {
		again := open(t, path, sandbox) // without the option
		assert.Equal(t, what, stands(t, again), want)
		shut(t, again)
	}
}

// planned are the actions of a plan over the journal's history.
func planned(ctx context.Context, t *testing.T, j *journal.Journal, rows []string) (actions []batch.Action) {
	t.Helper()
	history, err := j.History(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range plan(history, rows) {
		actions = append(actions, step.Action)
	}
	return actions
}

func TestLogLostChangesNothingWhereNothingIsLost(t *testing.T) {
	t.Parallel()
	path, _ := openRun(t)
	for _, copied := range []string{killedCopy(t, path, "", "-wal"), filepath.Join(t.TempDir(), name)} {
		j, err := journal.Open(t.Context(), copied, sandbox, journal.LogLost)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range stands(t, j) {
			if strings.HasPrefix(row, "4 ") {
				assert.Equal(t, "a row that was not sent", row, "4 guest2@x.example pending")
			}
		}
		shut(t, j)
	}
}

// SQLite puts the log of a journal beside the file that a symbolic link leads to.
func TestLogOfALinkedJournalIsFound(t *testing.T) {
	t.Parallel()
	path, _ := openRun(t)
	target := killedCopy(t, path, "", "-wal")
	link := filepath.Join(t.TempDir(), name)
	need.Symlink(t, target, link)
	j := open(t, link, sandbox)
	defer shut(t, j)
	assert.Equal(t, "first row", stands(t, j)[0], "2 guest0@x.example invited")
}

// filesOfRuns are the files of a journal at several moments: "closed" after a first run,
// "killed" within a second one, "folded" later in that run, when SQLite had begun the log
// anew, and "done" after a third run.
func filesOfRuns(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, name)
	run := func(j *journal.Journal, what string) {
		t.Helper()
		if err := j.Begin(t.Context(), batch.RunFacts{Tool: what, Workers: 1, Started: time.Now()}, nil); err != nil {
			t.Fatal(err)
		}
	}
	at := map[string]string{}
	j := open(t, path, sandbox)
	load(t, j, guests("guest", 40)...)
	run(j, "first")
	settle(t, j, "guest0@x.example", batch.Invited, "")
	shut(t, j)
	at["closed"] = killedCopy(t, path, "")

	j = open(t, path, sandbox)
	run(j, "second")
	settle(t, j, "guest1@x.example", batch.Invited, "")
	at["killed"] = killedCopy(t, path, "", "-wal")
	for i := range 40 {
		err := j.Settle(t.Context(), 0, batch.Outcome{
			Address: fmt.Sprintf("long%d@x.example", i), Status: batch.Failed, Advice: strings.Repeat("x", 200_000),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	settle(t, j, "guest2@x.example", batch.Invited, "")
	at["folded"] = killedCopy(t, path, "", "-wal")
	shut(t, j)

	killed := killedCopy(t, at["killed"], "", "-wal")
	j = open(t, killed, sandbox)
	run(j, "third")
	settle(t, j, "guest3@x.example", batch.Invited, "")
	shut(t, j)
	at["done"] = killedCopy(t, killed, "")

	other := filepath.Join(t.TempDir(), name)
	j = open(t, other, sandbox)
	load(t, j, guests("other", 40)...)
	run(j, "other")
	settle(t, j, "other1@x.example", batch.Invited, "")
	at["other"] = killedCopy(t, other, "", "-wal")
	shut(t, j)
	return at
}

// A log that is not of its journal's moment is refused where SQLite would lose what the
// journal has, or the log had. To be refused changes nothing.
func TestLogOfAnotherMomentIsRefused(t *testing.T) {
	at := filesOfRuns(t)
	for what, test := range map[string]struct {
		journal, log string
		refused      bool
	}{
		"its own":                              {"killed", "killed", false},
		"its own, begun anew":                  {"folded", "folded", false},
		"newer":                                {"closed", "killed", true},
		"older, of a run that was killed":      {"done", "killed", true},
		"older, of the same run":               {"folded", "killed", true},
		"newer, begun anew since":              {"killed", "folded", true},
		"newer, begun anew, of a further run":  {"closed", "folded", true},
		"of a run that took another way":       {"done", "folded", true},
		"of another journal":                   {"killed", "other", true},
		"of another journal, which was closed": {"closed", "other", true},
	} {
		t.Run(what, func(t *testing.T) {
			folder := t.TempDir()
			place(t, folder, copies(t, at[test.journal], at[test.log]+"-wal"))
			path := filepath.Join(folder, name)
			before := copies(t, path, path+"-wal")
			j, err := journal.Open(t.Context(), path, sandbox)
			if err == nil {
				t.Log(stands(t, j)[:5])
				shut(t, j)
			} else {
				t.Log(err)
			}
			if !test.refused {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), name+"-wal") {
				t.Errorf("got %v (%T)", err, err)
			}
			if !maps.EqualFunc(copies(t, path, path+"-wal"), before, bytes.Equal) {
				t.Error("the files were changed")
			}
		})
	}
}
