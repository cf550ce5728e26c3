package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// TestNothingIsLostAndNobodyIsMailedTwice kills the real program
// at random moments, against a server that loses, halves, delays and refuses
// answers, is down at times, asks for other connections (GOAWAY) and lets connections
// fall silent, with a directory that lags, and compares what is left with what the
// tenant saw.
//
// By default it kills ten times. The long mode, some four minutes, is
//
//	GUESTLIST_CHAOS_KILLS=120 go test -race -v -run TestNothingIsLost ./internal/cli
//
// GUESTLIST_CHAOS_SEED=N draws the same faults and moments as the run that
// printed N; the machine's own timing remains.
func TestNothingIsLostAndNobodyIsMailedTwice(t *testing.T) {
	need.Time(t, "kills the program ten times and more")
	t.Parallel()
	kills := int(number(t, "GUESTLIST_CHAOS_KILLS", 10))
	seed := number(t, "GUESTLIST_CHAOS_SEED", rand.Uint64N(1_000_000))
	t.Logf("GUESTLIST_CHAOS_SEED=%d GUESTLIST_CHAOS_KILLS=%d", seed, kills)
	begun := time.Now()
	var sum toll
	for round := uint64(0); sum.kills < kills; round++ {
		c := newChaos(t, seed+round, sandbox.Config{})
		c.play(t, min(perRound, kills-sum.kills))
		sum.add(c.toll)
		t.Logf("round of seed %d: to the end in %v", seed+round, c.toll.slowest.Round(time.Second))
	}
	t.Logf("chaos: seed %d: %v, in %v", seed, &sum, time.Since(begun).Round(time.Second))
	if sum.midway < kills/4 {
		t.Errorf("only %d of %d kills came after a request: the moments are badly drawn", sum.midway, kills)
	}
}

// perRound is how many kills one list, journal and tenant go through.
const perRound = 30

// toll counts what was suffered.
type toll struct {
	kills, midway, late, starts              int
	rows, requests, posts, faults, witnessed int
	outages, goAways, silences               int
	mailedTwice, linksLost                   int
	slowest                                  time.Duration // of the runs that came to their end
}

func (n *toll) add(m toll) {
	n.kills, n.midway, n.late, n.starts = n.kills+m.kills, n.midway+m.midway, n.late+m.late, n.starts+m.starts
	n.rows, n.requests, n.posts = n.rows+m.rows, n.requests+m.requests, n.posts+m.posts
	n.faults, n.witnessed = n.faults+m.faults, n.witnessed+m.witnessed
	n.outages, n.goAways, n.silences = n.outages+m.outages, n.goAways+m.goAways, n.silences+m.silences
	n.slowest = max(n.slowest, m.slowest)
	n.mailedTwice, n.linksLost = n.mailedTwice+m.mailedTwice, n.linksLost+m.linksLost
}

func (n *toll) String() string {
	return fmt.Sprintf("%d kills survived (%d with requests sent, %d while the workbook was written), %d starts, "+
		"%d rows, %d requests (%d invitations, %d met a fault), %d outages, %d GOAWAYs, %d silent connections, %d links read in the journals of the dead, "+
		"at most %v to the end, mails sent twice: %d, links lost: %d", n.kills, n.midway, n.late, n.starts,
		n.rows, n.requests, n.posts, n.faults, n.outages, n.goAways, n.silences, n.witnessed, n.slowest.Round(time.Second), n.mailedTwice, n.linksLost)
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text, set := os.LookupEnv(variable)
	if !set {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// chaos is the program, the list that it works through, and what its dead left.
type chaos struct {
	*program

	server *chaosServer
	// database has the journal, nil for a file.
	database  *chaosDatabase
	dice      *rand.Rand
	list      string
	lookUpFor string
	rows      [][]string

	toll     toll
	deaths   map[string]time.Time // by process
	captured map[string]string    // links by address
}

func newChaos(t *testing.T, seed uint64, cfg sandbox.Config) *chaos {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 0))
	cfg.Replication = 100*time.Millisecond + upTo(dice, longestLag)
	p := newProgram(t, cfg)
	c := &chaos{
		program: p, server: newChaosServer(t, p.tenant, seed), dice: dice,
		// The Date headers by which absence is timed have whole seconds, and each process
		// begins with one: with less than two seconds more than the directory lags a look-up
		// could come before it shows a guest.
		list: "list.csv", lookUpFor: "3s", rows: [][]string{{"Email", "Send message"}},
		deaths: make(map[string]time.Time), captured: make(map[string]string),
	}
	c.env = append(c.env, "GUESTLIST_GRAPH_URL="+c.server.URL, "TMPDIR="+t.TempDir(), "GUESTLIST_TIMEOUT=5s")
	c.env = append(c.env, c.server.env...)
	return c
}

// longestLag is how much longer than usual the directory may take to show a guest.
const longestLag = 800 * time.Millisecond

// play kills the program so often, lets it come to its end, and counts.
func (c *chaos) play(t *testing.T, kills int) {
	t.Helper()
	c.grow(t, 15*kills)
	for c.toll.kills < kills {
		c.live(t)
	}
	c.server.relent()
	begun := time.Now()
	c.runWithin(t, longestEnd, 0, "invite", c.list, "--workers", "16", "--lookup-for", c.lookUpFor, "--settle", "4m")
	c.toll.slowest = time.Since(begun)
	c.server.count(&c.toll)
	before := c.toll.posts
	c.run(t, 0, "invite", c.list)
	if c.server.count(&c.toll); c.toll.posts != before {
		t.Errorf("the same command sent %d invitations more", c.toll.posts-before)
	}
	c.check(t)
}

// longestEnd is how long the last run may take. Its rows may meet fault upon fault, each
// of which is looked up for seconds, on a machine that has other things to do.
const longestEnd = 5 * time.Minute

// grow adds rows to the list: every second one is mailed.
func (c *chaos) grow(t *testing.T, rows int) {
	t.Helper()
	for range rows {
		n := len(c.rows)
		c.rows = append(c.rows, []string{fmt.Sprintf("guest%d@x.example", n), strconv.FormatBool(n%2 == 0)})
	}
	writeCSV(t, c.path(c.list), c.rows)
}

// live starts the program and kills it at some moment, unless it ends before.
func (c *chaos) live(t *testing.T) {
	t.Helper()
	c.toll.starts++
	process := fmt.Sprintf("process%d", c.toll.starts)
	if c.database != nil {
		process = c.database.begin(t, c, process)
	}
	m := c.draw(process)
	code, said := c.endure(t, process, m, append([]string{
		"invite", c.list, "--workers", "16", "--lookup-for", c.lookUpFor,
		"--rate", []string{"0", "200/1s"}[c.dice.IntN(2)],
	}, m.args...)...)
	switch {
	case code == wasKilled:
		c.bury(t, process, m)
	case code == 0:
		c.grow(t, 50) // so that there is something left to kill
	case code == 6 && m.args != nil: // by --limit
	case code == 1 && c.database != nil && c.database.crashed: // while it connected, or wrote its results
	case code == 130 && m.interrupt > 0:
	default:
		t.Fatalf("%s ended by itself with exit code %d\n%s", process, code, said)
	}
}

// wasKilled stands for the exit code of a process that was, on any system.
const wasKilled = -1

// endure starts the program under a name and kills it at some moment, unless it ends before.
func (c *chaos) endure(t *testing.T, process string, m moment, args ...string) (code int, said string) {
	t.Helper()
	cmd := c.command(t.Context(), args...)
	cmd.Env = append(cmd.Env, "GUESTLIST_ACCESS_TOKEN="+process)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	alone(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the exit code says it
	}()
	killed := m.comes(c, ended)
	if killed && c.database != nil {
		c.database.suffer(t, c)
	}
	if killed && m.interrupt > 0 {
		_ = signalTo(cmd.Process, os.Interrupt) // it may have ended meanwhile
		killed = pass(m.interrupt, ended)
	}
	if killed {
		_ = cmd.Process.Kill() // here too
	}
	<-ended
	if strings.Contains(out.String(), "DATA RACE") || strings.Contains(out.String(), "panic: ") {
		t.Fatal(out.String())
	}
	if code = cmd.ProcessState.ExitCode(); code == codeOfKilled && killed {
		code = wasKilled
	}
	return code, out.String()
}

// moment is when a process is to be killed.
type moment struct {
	args      []string
	request   <-chan struct{} // nil: does not depend on requests
	workbook  bool            // wait for the workbook's temporary file
	then      time.Duration
	interrupt time.Duration // how long before it is asked to stop; 0 does not ask
}

// draw picks a moment: while the program starts, after some requests, while it
// stops by itself, rarely so late that look-ups come to their end, or while it
// writes the workbook.
func (c *chaos) draw(process string) moment {
	switch kind := c.dice.IntN(10); {
	case kind < 2 || c.toll.starts == 1: // also while it makes its journal
		return moment{then: upTo(c.dice, 250*time.Millisecond)}
	case kind < 6:
		// Every other time at once, so that the intent cannot be written meanwhile.
		then := upTo(c.dice, 50*time.Millisecond) * time.Duration(c.dice.IntN(2))
		return moment{request: c.server.await(process, 1+c.dice.IntN(30)), then: then}
	case kind < 7:
		return moment{request: c.server.await(process, 1+c.dice.IntN(30)), interrupt: 1 + upTo(c.dice, 100*time.Millisecond)}
	case kind < 8:
		return moment{request: c.server.await(process, 1), then: time.Second + upTo(c.dice, time.Second)}
	default:
		return moment{
			args: []string{"--limit", strconv.Itoa(1 + c.dice.IntN(8))}, request: c.server.await(process, 1),
			workbook: true, then: upTo(c.dice, 5*time.Millisecond),
		}
	}
}

// lifetime is when a process is killed whose moment has not come by then.
const lifetime = 4 * time.Second

// comes waits for the moment and reports false when the process ends before.
func (m moment) comes(c *chaos, ended <-chan struct{}) bool {
	enough := time.After(lifetime + c.database.lease())
	if m.request != nil {
		select {
		case <-m.request:
		case <-enough:
			return true
		case <-ended:
			return false
		}
	}
	for m.workbook && len(c.halfWritten()) == 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-enough:
			return true
		case <-ended:
			return false
		}
	}
	return pass(m.then, ended)
}

// pass reports whether so much time passed before the process ended.
func pass(d time.Duration, ended <-chan struct{}) bool {
	select {
	case <-time.After(d):
		return true
	case <-ended:
		return false
	}
}

// halfWritten lists the temporary files of workbooks.
func (c *chaos) halfWritten() []string {
	found, _ := filepath.Glob(c.path(".guestlist-*.tmp")) // the pattern is good
	return found
}

// bury counts a kill and looks at what it left: a journal that can be opened,
// links that must not get lost any more, a workbook that is whole.
func (c *chaos) bury(t *testing.T, process string, m moment) {
	t.Helper()
	c.toll.kills++
	c.deaths[process] = time.Now()
	if c.server.saw(process) {
		c.toll.midway++
	}
	for _, left := range c.halfWritten() {
		if m.workbook {
			c.toll.late++
		}
		if err := os.Remove(left); err != nil { // or the next one seems to write already
			t.Fatal(err)
		}
	}
	c.readJournal(t)
	book := c.path("list.results.xlsx")
	if _, err := os.Stat(book); err == nil && m.workbook {
		results(t, book, "Results")
	}
}

// readJournal opens a copy: the program is to find its journal as the dead left it.
func (c *chaos) readJournal(t *testing.T) {
	t.Helper()
	if c.database != nil {
		c.database.read(t, c)
		return
	}
	original, duplicate := journal.Path(c.path("list.results.xlsx")), filepath.Join(t.TempDir(), "copy.journal.db")
	for _, ending := range []string{"", "-wal"} {
		content, err := os.ReadFile(original + ending)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(duplicate+ending, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j, err := journal.Open(t.Context(), duplicate, journal.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	c.capture(t, j)
}

// capture notes the links that a journal has.
func (c *chaos) capture(t *testing.T, j *journal.Journal) {
	t.Helper()
	for record, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if link := record.Outcome.RedeemURL; !link.IsZero() {
			c.captured[record.Outcome.Address] = link.Reveal()
		}
	}
}

// settled is how long before the death of a process a link must have reached it
// to be in its journal for sure, on a machine that has other things to do.
const settled = time.Second

// mustHave returns the links by address that were captured: seen in a journal,
// or answered long enough before the process died, if it did.
func (c *chaos) mustHave() map[string]string {
	links := make(map[string]string)
	for _, d := range c.server.delivered {
		death, died := c.deaths[d.process]
		if !died || death.Sub(d.at) > settled {
			links[d.address] = d.link
		}
	}
	maps.Copy(links, c.captured)
	return links
}

// check compares the workbook with the list, the tenant and what was captured.
func (c *chaos) check(t *testing.T) {
	t.Helper()
	got := results(t, c.path("list.results.xlsx"), "Results")
	if len(got) != len(c.rows)-1 {
		t.Fatalf("%d rows in the workbook, %d in the list", len(got), len(c.rows)-1)
	}
	must := c.mustHave()
	for i, row := range got {
		address := c.rows[i+1][0]
		if row["Email"] != address || row["Status"] != string(batch.Invited) {
			t.Errorf("row %d: %s: %v", i, address, row)
		}
		agrees(t, c.tenant, c.rows[0], c.rows[i+1], row)
		link := row["Redeem URL"]
		if link == "" && row["Send message"] == "false" {
			t.Errorf("%s: was not mailed and has no link", address)
		}
		if want, captured := must[address]; captured && link != want {
			t.Errorf("%s: captured %q, the workbook has %q", address, want, link)
			c.toll.linksLost++
		}
		if c.tenant.Mails(address) > 1 {
			c.toll.mailedTwice++
		}
	}
	c.toll.rows, c.toll.witnessed = len(got), len(c.captured)
}
