package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// code is what SQLite makes of a fault of the system in each of its calls.
var code = map[changeKind]int32{
	created:   sqlite3.SQLITE_CANTOPEN,
	written:   sqlite3.SQLITE_FULL,
	truncated: sqlite3.SQLITE_IOERR_TRUNCATE,
	synced:    sqlite3.SQLITE_IOERR_FSYNC,
	deleted:   sqlite3.SQLITE_IOERR_DELETE,
}

// small is a batch of three rows on a disk with faults: what was promised, and
// the outcomes that were not taken.
type small struct {
	rows []string
	made []promise
	lost error
}

func (s *small) send(ctx context.Context, j *journal.Journal) {
	_ = j.Import(ctx, batch.Header{Columns: []string{"Email", "Manager"}}, all(plan(nil, s.rows)))
	_ = j.Begin(ctx, batch.RunFacts{Workers: 1}, nil)
	for _, address := range s.rows {
		id, err := j.Intend(ctx, batch.Intent{Address: address, At: time.Now()})
		if err != nil {
			continue
		}
		s.made = append(s.made, promise{address: address})
		link := redeemURL + address
		err = j.Settle(ctx, id, batch.Outcome{Address: address, Status: batch.Invited, RedeemURL: secret.New(link)})
		if err != nil {
			s.lost = errors.Join(s.lost, err)
			continue
		}
		s.made = append(s.made, promise{address: address, link: link})
	}
	_ = j.End(ctx, batch.RunTotals{})
}

// withFaults sends a small batch on a disk that refuses some changes, told by
// their number from 1, and then looks at what is left with the fault mended.
// It returns how many changes there were.
func withFaults(t *testing.T, refused func(nth int) bool) (s small, changes int) {
	t.Helper()
	folder, d := watch(t)
	d.refuse = func(c change) int32 {
		if changes++; refused(changes) {
			return code[c.kind]
		}
		return 0
	}
	s.rows = guests("guest", 3)
	path := filepath.Join(folder, name)
	j, err := journal.Open(t.Context(), path, sandbox)
	if err == nil {
		s.send(t.Context(), j)
		_ = j.Close()
	} else if _, ok := errors.AsType[*journal.DiskError](err); !ok {
		t.Errorf("opening: got %v (%T)", err, err)
	}
	d.mend()
	j = open(t, path, sandbox)
	load(t, j, s.rows...)
	if err := missing(t.Context(), j, s.made, 0); err != nil {
		t.Error(err)
	}
	settle(t, j, "later@x.example", batch.Invited, "")
	shut(t, j)
	return s, changes
}

// TestOneFaultAtEveryStep lets each change in turn fail once. No outcome may be
// lost by that, be it at the first write of the log or at the last sync.
func TestOneFaultAtEveryStep(t *testing.T) {
	t.Parallel()
	need.Time(t, "runs once for each write")
	_, steps := withFaults(t, func(int) bool { return false })
	for step := 1; step <= steps; step++ {
		synctest.Test(t, func(t *testing.T) { // outcomes are tried again after a while
			s, _ := withFaults(t, func(nth int) bool { return nth == step })
			if s.lost != nil {
				t.Errorf("fault at change %d of %d: %v", step, steps, s.lost)
			}
		})
	}
}

// TestDiskDiesAtEveryStep lets every change fail from some step on: what was
// acknowledged before is kept, and what was not is not said to be.
func TestDiskDiesAtEveryStep(t *testing.T) {
	t.Parallel()
	need.Time(t, "runs once for each write")
	need.NoRace(t, "no other goroutine is at work but the writer, which TestOneFaultAtEveryStep watches")
	_, steps := withFaults(t, func(int) bool { return false })
	told := false
	for step := 1; step <= steps; step++ {
		synctest.Test(t, func(t *testing.T) {
			s, _ := withFaults(t, func(nth int) bool { return nth >= step })
			if _, ok := errors.AsType[*journal.DiskError](s.lost); s.lost != nil && !ok {
				t.Errorf("dead from change %d on: got %v", step, s.lost)
			}
			told = told || s.lost != nil
		})
	}
	if !told {
		t.Error("no outcome met a dead disk")
	}
}

// TestAnswersFitOnAFullDisk has as many requests in flight as a run may have
// when another program takes all the room that is left.
func TestAnswersFitOnAFullDisk(t *testing.T) {
	for what, a := range map[string]aloft{
		"many answers": {rows: guests("guest", 128), text: 4_000},
		// Folding the log into the journal would take the room from the answers.
		"long answers behind a long log": {rows: guests("guest", 32), text: 60_000, log: 450},
	} {
		t.Run(what, func(t *testing.T) {
			folder, d := watch(t)
			a.intend(t, filepath.Join(folder, name))
			d.fill(t, folder)
			a.land(t)
			d.mend()
			a.look(t)
		})
	}
}

// aloft is a run with requests in flight.
type aloft struct {
	rows []string
	text int // characters of each answer
	log  int // pages in the log before
	path string
	j    *journal.Journal
	ids  []int64
	made []promise
}

func (a *aloft) intend(t *testing.T, path string) {
	t.Helper()
	a.path = path
	a.j = open(t, path, sandbox)
	load(t, a.j, a.rows...)
	if err := a.j.Begin(t.Context(), batch.RunFacts{Workers: len(a.rows)}, nil); err != nil {
		t.Fatal(err)
	}
	a.lengthen(t)
	for _, address := range a.rows {
		id, err := a.j.Intend(t.Context(), batch.Intent{Address: address, Mail: true, At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		a.ids = append(a.ids, id)
	}
}

// lengthen writes other rows until the log is long.
func (a *aloft) lengthen(t *testing.T) {
	t.Helper()
	for {
		info, err := os.Stat(a.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() >= int64(a.log)*4096 {
			return
		}
		before := batch.Outcome{Address: "before@x.example", Status: batch.Failed, Advice: strings.Repeat("x", a.text)}
		if err := a.j.Settle(t.Context(), 0, before); err != nil {
			t.Fatal(err)
		}
	}
}

// land settles them on a full disk, one by one, which takes most room. Nothing
// may be begun then.
func (a *aloft) land(t *testing.T) {
	t.Helper()
	for i, address := range a.rows {
		link := redeemURL + address
		err := a.j.Settle(t.Context(), a.ids[i], batch.Outcome{
			Address: address, Status: batch.Invited, RedeemURL: secret.New(link),
			Advice: strings.Repeat("x", a.text), At: time.Now(),
		})
		if err != nil {
			t.Fatalf("answer %d of %d: %v", i+1, len(a.rows), err)
		}
		a.made = append(a.made, promise{address: address, link: link})
	}
	_, err := a.j.Intend(t.Context(), batch.Intent{Address: "late@x.example"})
	full, ok := errors.AsType[*journal.DiskError](err)
	if !ok || full.Hint() == "" {
		t.Fatalf("an intent on a full disk: got %v", err)
	}
	if err := a.j.End(t.Context(), batch.RunTotals{Stopped: err.Error()}); err != nil {
		t.Errorf("end: %v", err)
	}
	shut(t, a.j)
}

// look opens the journal once there is room again.
func (a *aloft) look(t *testing.T) {
	t.Helper()
	j := open(t, a.path, sandbox)
	defer shut(t, j)
	if err := missing(t.Context(), j, a.made, 0); err != nil {
		t.Error(err)
	}
	settle(t, j, "late@x.example", batch.Invited, "")
	left, err := filepath.Glob(a.path + "-reserve")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
