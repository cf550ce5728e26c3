package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// name is the journal's file in the tests of this folder.
const name = "list.journal.db"

// writers are so few that the log gets long: each group has its own sync.
const writers = 2

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// file is one file between two power cuts: what was synced is on disk, of the
// rest anything or nothing may be.
type file struct {
	onDisk  []byte
	waiting []change
	named   bool // its name is on disk
	deleted bool // it may still be there when the power returns
}

// drive is the state of the files after some changes.
type drive struct {
	files map[string]*file
	// lies says that the drive forgets what it promised to have synced.
	lies bool
}

func (d *drive) apply(c change) {
	f := d.files[c.file]
	if c.kind == created {
		if f == nil || f.deleted {
			d.files[c.file] = &file{named: c.file == name} // Open has synced that name
		}
		return
	}
	switch c.kind {
	case written, truncated:
		f.waiting = append(f.waiting, c)
	case synced:
		if d.lies {
			return
		}
		d.syncFolder(f)
		for _, w := range f.waiting {
			f.onDisk = w.on(f.onDisk, whole)
		}
		f.waiting = nil
	case deleted:
		f.deleted = true
	case created:
	}
}

// syncFolder is what SQLite does with the first sync of a new log or journal.
func (d *drive) syncFolder(f *file) {
	if f.named {
		return
	}
	for _, other := range d.files {
		other.named = true
	}
	maps.DeleteFunc(d.files, func(_ string, f *file) bool { return f.deleted })
}

// whole lets every sector reach the disk.
func whole() bool { return true }

// on gives the bytes of a file after a change of which some sectors got through.
func (c change) on(content []byte, through func() bool) []byte {
	if c.kind == truncated {
		if through() && c.at < int64(len(content)) {
			return content[:c.at]
		}
		return content
	}
	for from := 0; from < len(c.data); {
		start := int(c.at) + from
		end := min(start+sector-start%sector, int(c.at)+len(c.data))
		if through() {
			if end > len(content) {
				content = append(content, make([]byte, end-len(content))...)
			}
			copy(content[start:end], c.data[from:])
		}
		from = end - int(c.at)
	}
	return content
}

// cut gives what is on the disk when the power returns.
func (d *drive) cut(rng *rand.Rand) map[string][]byte {
	found := make(map[string][]byte)
	for _, name := range slices.Sorted(maps.Keys(d.files)) { // in order, so that the dice fall the same way
		f := d.files[name]
		if (f.deleted || !f.named) && rng.IntN(2) == 0 {
			continue
		}
		odds := []float64{0, 0.1, 0.5, 0.9, 1}[rng.IntN(5)]
		content := slices.Clone(f.onDisk)
		for _, w := range f.waiting {
			content = w.on(content, func() bool { return rng.Float64() < odds })
		}
		found[name] = content
	}
	return found
}

// promise is something that the journal acknowledged.
type promise struct {
	after   int // changes at most
	address string
	link    string // "" for an intent
}

// promises collects what writers were promised while a disk was recorded.
type promises struct {
	*disk

	mu   sync.Mutex
	made []promise
}

func (p *promises) add(address, link string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made = append(p.made, promise{p.seen(), address, link})
}

// work opens the journal and takes rows through it with some writers. Of every
// seventh row the answer never comes.
func (p *promises) work(t *testing.T, path string, rows []string) {
	t.Helper()
	j := open(t, path, sandbox)
	defer shut(t, j)
	load(t, j, rows...)
	if err := j.Begin(t.Context(), batch.RunFacts{Workers: writers}, nil); err != nil {
		t.Fatal(err)
	}
	todo := make(chan int)
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for i := range todo {
				if err := p.row(t.Context(), j, rows, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range rows {
		todo <- i
	}
	close(todo)
	group.Wait()
	if err := j.End(t.Context(), batch.RunTotals{Sent: len(rows)}); err != nil {
		t.Error(err)
	}
}

// row writes the intent of a row, and its outcome if the answer comes.
func (p *promises) row(ctx context.Context, j *journal.Journal, rows []string, at int) error {
	address := rows[at]
	id, err := j.Intend(ctx, batch.Intent{Address: address, Mail: true, At: time.Now()})
	if err != nil {
		return err
	}
	p.add(address, "")
	if at%7 == 0 {
		return nil
	}
	link := redeemURL + address
	err = j.Settle(ctx, id, batch.Outcome{
		Address: address, Status: batch.Invited, RedeemURL: secret.New(link), At: time.Now(),
		Advice: strings.Repeat("x", 3000), // fills the log
	})
	if err == nil {
		p.add(address, link)
	}
	return err
}

// recorded gives the changes of two runs over one journal, a checkpoint in the
// middle of the first, and what was promised meanwhile.
func recorded(t *testing.T) ([]change, []promise) {
	t.Helper()
	folder, d := watch(t)
	d.recording = true
	p := &promises{disk: d}
	p.work(t, filepath.Join(folder, name), guests("first", 300))
	p.work(t, filepath.Join(folder, name), guests("second", 30))
	if t.Failed() {
		t.FailNow()
	}
	return d.changes, p.made
}

func guests(prefix string, n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("%s%d@x.example", prefix, i)
	}
	return rows
}

// moments picks where the power is cut: around every so many syncs, and anywhere.
func moments(changes []change, rng *rand.Rand, syncs, others int) []int {
	var picked, boundaries []int
	for i, c := range changes {
		if c.kind == synced {
			boundaries = append(boundaries, i, i+1) // before it, with most at stake, and after
		}
	}
	rng.Shuffle(len(boundaries), func(i, k int) { boundaries[i], boundaries[k] = boundaries[k], boundaries[i] })
	picked = append(picked, boundaries[:min(syncs, len(boundaries))]...)
	for range others {
		picked = append(picked, rng.IntN(len(changes)+1))
	}
	for early := range 25 { // how a journal comes to be
		picked = append(picked, early)
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}

// kept opens what is on the disk and returns an error that names what is missing.
func kept(ctx context.Context, folder string, found map[string][]byte, made []promise, after int) error {
	old, err := filepath.Glob(filepath.Join(folder, "*"))
	for _, path := range old {
		err = errors.Join(err, os.Remove(path))
	}
	for name, content := range found {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	if err != nil {
		return err
	}
	j, err := journal.Open(ctx, filepath.Join(folder, name), sandbox) // checks the file's integrity, too
	if err != nil {
		return err
	}
	return errors.Join(missing(ctx, j, made, after), j.Close())
}

func missing(ctx context.Context, j *journal.Journal, made []promise, after int) error {
	history, err := j.History(ctx, 0)
	if err != nil {
		return err
	}
	links := make(map[string]bool)
	for r, err := range j.Records(ctx) {
		if err != nil {
			return err
		}
		links[r.Outcome.RedeemURL.Reveal()] = true
	}
	for _, p := range made {
		switch known := history.Get(p.address); {
		case p.after > after:
		case p.link == "" && known.Open == 0 && known.Status == "":
			return fmt.Errorf("the intent of %s is gone", p.address)
		case p.link != "" && !links[p.link]:
			return fmt.Errorf("the link of %s is gone", p.address)
		}
	}
	return nil
}

// cutEverywhere replays the changes and returns how many cuts there were, and
// what was wrong after some.
func cutEverywhere(t *testing.T, d *drive, changes []change, made []promise, syncs, others int) (cuts int, wrong []error) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	folder, _ := watch(t)
	done := 0
	for _, moment := range moments(changes, rng, syncs, others) {
		for ; done < moment; done++ {
			d.apply(changes[done])
		}
		cuts++
		if err := kept(t.Context(), folder, d.cut(rng), made, moment); err != nil {
			wrong = append(wrong, fmt.Errorf("power cut after change %d of %d: %w", moment, len(changes), err))
		}
	}
	return cuts, wrong
}

// TestPowerCut takes the power away at many moments of two runs. Whatever part
// of the unsynced sectors reached the disk, the journal opens, is sound and
// holds everything that it had acknowledged.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	need.Time(t, "opens a journal after each of some hundred power cuts")
	need.NoRace(t, "no other goroutine is at work but the writer, which TestOneFaultAtEveryStep watches")
	changes, made := recorded(t)
	cuts, wrong := cutEverywhere(t, &drive{files: map[string]*file{}}, changes, made, 30, 8)
	for _, err := range wrong {
		t.Error(err)
	}
	t.Logf("%d changes, %d promises, %d power cuts", len(changes), len(made), cuts)
	if !checkpointed(changes) {
		t.Error("the log was never folded into the journal while rows came: make the run longer")
	}
	// The test can fail: a drive that forgets what it synced loses promises.
	_, wrong = cutEverywhere(t, &drive{files: map[string]*file{}, lies: true}, changes, made, 4, 0)
	if len(wrong) == 0 {
		t.Error("a drive that lies went unnoticed")
	}
}

// checkpointed reports whether the journal itself was written to before its log
// was deleted for the first time.
func checkpointed(changes []change) bool {
	first := slices.IndexFunc(changes, func(c change) bool { return c.kind == deleted && strings.HasSuffix(c.file, "-wal") })
	closing := 0
	for _, c := range changes[:first] {
		if c.kind == synced && c.file == name {
			closing++
		}
	}
	return closing > 2 // when it was made, and when it was closed
}
