package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch/journal"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/pgtest"
)

// chaosDatabase is where a batch is that goes on in one folder after the other, as on
// machines that know nothing of each other.
type chaosDatabase struct {
	server  *pgtest.Server
	address string
	// folders is how many the batch has been in, crashes how often the server went down.
	folders, crashes int
	// crashed says that it went down in the life of the latest process.
	crashed bool
}

// lease is how much longer a process lives before it is killed: the first request after one
// that was killed waits for a while.
func (d *chaosDatabase) lease() time.Duration {
	if d == nil {
		return 0
	}
	return 4 * time.Second
}

// begin gives the next process a name that says its tenant, and every other time a folder
// with nothing in it but the list.
func (d *chaosDatabase) begin(t *testing.T, c *chaos, process string) string {
	t.Helper()
	d.crashed = false
	if c.dice.IntN(2) == 0 {
		d.move(t, c)
		writeCSV(t, c.path(c.list), c.rows)
	}
	return signed(t, map[string]any{"tid": sandbox.TenantID, "jti": process})
}

// move goes on with an empty folder, as on another machine.
func (d *chaosDatabase) move(t *testing.T, c *chaos) {
	t.Helper()
	d.folders++
	c.folder = t.TempDir()
	c.env = append(c.env, "GUESTLIST_STATE="+filepath.Join(c.folder, ".state"))
}

// suffer makes the server crash now and then.
func (d *chaosDatabase) suffer(t *testing.T, c *chaos) {
	t.Helper()
	if d.crashed = c.dice.IntN(4) == 0; d.crashed {
		d.crashes++
		d.server.Restart(t)
	}
}

// read looks at what is in the database, whatever runs.
func (d *chaosDatabase) read(t *testing.T, c *chaos) {
	t.Helper()
	a, err := journal.ParseAddress(d.address)
	if err != nil {
		t.Fatal(err)
	}
	db, err := journal.OpenDatabase(t.Context(), a, journal.DatabaseOptions{Getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	j, err := db.Read(t.Context(), sandbox.TenantID, "list")
	if err != nil {
		return // it was killed before it made the batch
	}
	defer func() { _ = j.Close() }()
	c.capture(t, j)
}

// newChaosDatabase is chaos with a server of its own, which has the journal.
func newChaosDatabase(t *testing.T, seed uint64) *chaos {
	t.Helper()
	c := newChaos(t, seed, sandbox.Config{})
	server := pgtest.Start(t)
	c.database = &chaosDatabase{server: server, address: server.Database(t)}
	c.env = append(c.env, "GUESTLIST_JOURNAL="+c.database.address, "GUESTLIST_WAIT=true",
		"GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": sandbox.TenantID, "jti": "last"}))
	return c
}

// TestNothingIsLostInADatabase is [TestNothingIsLostAndNobodyIsMailedTwice] with a journal
// in PostgreSQL: each process may be in another folder than the one before, and the server
// crashes as well.
func TestNothingIsLostInADatabase(t *testing.T) {
	need.Time(t, "kills the program, and a server")
	t.Parallel()
	kills := int(number(t, "GUESTLIST_CHAOS_KILLS", 4))
	seed := number(t, "GUESTLIST_CHAOS_SEED", rand.Uint64N(1_000_000))
	t.Logf("GUESTLIST_CHAOS_SEED=%d GUESTLIST_CHAOS_KILLS=%d", seed, kills)
	c := newChaosDatabase(t, seed)
	c.play(t, kills)
	t.Logf("chaos: seed %d: %v, in %d folders, the database crashed %d times", seed, &c.toll, c.database.folders+1, c.database.crashes)
}

// TestABatchGoesOnElsewhere begins a mailed batch in one folder, kills the run, and goes on
// in an empty folder with nothing but the address of the database.
//
//	GUESTLIST_CHAOS_ROWS=2000 go test -v -run TestABatchGoesOnElsewhere ./internal/cli
func TestABatchGoesOnElsewhere(t *testing.T) {
	need.Time(t, "starts a server")
	t.Parallel()
	rows := int(number(t, "GUESTLIST_CHAOS_ROWS", 90))
	seed := number(t, "GUESTLIST_CHAOS_SEED", rand.Uint64N(1_000_000))
	t.Logf("GUESTLIST_CHAOS_SEED=%d GUESTLIST_CHAOS_ROWS=%d", seed, rows)
	c := newChaosDatabase(t, seed)
	for n := range rows {
		c.rows = append(c.rows, []string{fmt.Sprintf("guest%d@x.example", n), "true"})
	}
	writeCSV(t, c.path(c.list), c.rows)
	first := signed(t, map[string]any{"tid": sandbox.TenantID, "jti": "first"})
	half := c.server.await(first, rows*2/3)
	cmd := c.command(t.Context(), "invite", c.list, "--workers", "8", "--lookup-for", c.lookUpFor)
	cmd.Env = append(cmd.Env, "GUESTLIST_ACCESS_TOKEN="+first)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-half
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	c.deaths[first] = time.Now()
	c.database.read(t, c)
	begun := len(c.captured)

	c.database.move(t, c)
	c.server.relent()
	c.runWithin(t, longestEnd, 0, "invite", "list.results.xlsx", "--lookup-for", c.lookUpFor, "--settle", "4m")
	c.server.count(&c.toll)
	c.check(t)
	t.Logf("%d rows, %d links there when it was killed, %d invitations, %d faults, mails twice %d, links lost %d",
		rows, begun, c.toll.posts, c.toll.faults, c.toll.mailedTwice, c.toll.linksLost)
	if begun == 0 || c.toll.mailedTwice+c.toll.linksLost > 0 {
		t.Errorf("links there when it was killed %d, mails twice %d, links lost %d", begun, c.toll.mailedTwice, c.toll.linksLost)
	}
}

// TestARunThatWasStoppedIsRefused stops a run as a machine does that goes to sleep. Another
// one takes the tenant over; the first one, woken, sends nothing any more.
func TestARunThatWasStoppedIsRefused(t *testing.T) {
	need.Time(t, "waits until a run that was stopped has lost its lock")
	t.Parallel()
	stop, wake, has := stopAndWake()
	if !has {
		t.Skip("needs a system that stops processes")
	}
	p := newProgram(t, sandbox.Config{})
	server := pgtest.Start(t)
	p.env = append(p.env, "GUESTLIST_JOURNAL="+server.Database(t), "GUESTLIST_SEND_MESSAGE=true",
		"GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": sandbox.TenantID}))
	const rows = 40
	list := [][]string{{"Email"}}
	for n := range rows {
		list = append(list, []string{fmt.Sprintf("guest%d@x.example", n)})
	}
	writeCSV(t, p.path("list.csv"), list)

	var concluded, said bytes.Buffer
	first := p.command(t.Context(), "invite", "list.csv", "--rate", "10/1s", "--workers", "4")
	first.Stdout, first.Stderr = &concluded, &said
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return p.posts() >= 5 })
	if err := first.Process.Signal(stop); err != nil {
		t.Fatal(err)
	}
	before := p.posts()

	other := *p
	other.folder = t.TempDir()
	other.env = append(other.env, "GUESTLIST_STATE="+filepath.Join(other.folder, ".state"))
	busy := other.complains(t, 6, "invite", "list.results.xlsx")
	if !strings.Contains(busy, "guestlist invite list.csv") {
		t.Errorf("a second run is told\n%s", busy)
	}
	begun := time.Now()
	_, told := other.runWithin(t, time.Minute, 0, "invite", "list.results.xlsx", "--wait", "--lookup-for", "1s")
	if !strings.Contains(told, "waiting: ") {
		t.Errorf("whoever waits is told\n%s", told)
	}
	t.Logf("took over and sent the rest in %v", time.Since(begun).Round(time.Millisecond))
	sent := p.posts()
	if sent == before {
		t.Error("the second run sent nothing")
	}

	if err := first.Process.Signal(wake); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // the code says it
	assert.Equal(t, "exit code of the run that was woken", first.ProcessState.ExitCode(), 6)
	if strings.Contains(concluded.String(), "no invitations were sent") {
		t.Errorf("the run that was woken ended with\n%s", &concluded)
	}
	if !strings.Contains(said.String(), "another run has taken over the tenant") {
		t.Errorf("the run that was woken said\n%s", &said)
	}
	assert.Equal(t, "invitations of the run that was woken", p.posts()-sent, 0)
	for n := range rows {
		if mails := p.tenant.Mails(fmt.Sprintf("guest%d@x.example", n)); mails != 1 {
			t.Errorf("guest %d was mailed %d times", n, mails)
		}
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, isSo func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !isSo() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("it never came to that")
		}
	}
}
