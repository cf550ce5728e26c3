package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/pgtest"
	"guestlist/internal/secret"
)

var (
	contoso = journal.Identity{Tenant: "11111111-2222-4333-8444-555555555555"}
	adatum  = journal.Identity{Tenant: "AAAAAAAA-2222-4333-8444-555555555555"}
)

// TestRunnersOfATenant starts one server for what runners of a tenant do to each other, and
// what becomes of them when the server goes away. In most of it time is virtual.
//
//nolint:tparallel // one after the other: some stop the server
func TestRunnersOfATenant(t *testing.T) {
	t.Parallel()
	need.Time(t, "starts a server, and stops it")
	server := pgtest.Start(t)
	bubble := func(test func(*testing.T, string)) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			address := server.Database(t)
			synctest.Test(t, func(t *testing.T) {
				t.Helper()
				test(t, address)
			})
		}
	}
	t.Run("second runner", bubble(secondRunner))
	t.Run("taken over", bubble(takenOver))
	t.Run("end of one taken over", bubble(endOfOneTakenOver))
	t.Run("older epoch", bubble(olderEpoch))
	t.Run("forgetting", bubble(forgettingIsWhole))
	t.Run("asked before each request", bubble(askedBeforeEachRequest))
	t.Run("connection lost for good", bubble(func(t *testing.T, address string) {
		t.Helper()
		lostForGood(t, server, address)
	}))
	t.Run("another database", func(t *testing.T) { anotherDatabase(t, server.Database(t), server.Database(t)) })
	t.Run("server comes up", func(t *testing.T) { serverComesUp(t, server) })
	t.Run("server stays away", bubble(func(t *testing.T, address string) {
		t.Helper()
		serverStaysAway(t, server, address)
	}))
	t.Run("server crashes", func(t *testing.T) { serverCrashes(t, server) })
	t.Run("wait is shared", bubble(sharedHold))
}

func openDatabase(t *testing.T, address string) *journal.Database {
	t.Helper()
	d, err := tryDatabase(t, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func tryDatabase(t *testing.T, address string, notice func(string)) (*journal.Database, error) {
	t.Helper()
	a, err := journal.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	return journal.OpenDatabase(t.Context(), a, journal.DatabaseOptions{Getenv: os.Getenv, Notice: notice})
}

// runBatch opens a batch of contoso to run it.
func runBatch(t *testing.T, d *journal.Database, name string, o journal.RunOptions) *journal.Journal {
	t.Helper()
	j, err := d.Open(t.Context(), name, contoso, o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// endLock makes the server end the session that holds the lock, and returns when it has.
func endLock(t *testing.T, address string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	const locks = " FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	if _, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid)"+locks); err != nil {
		t.Fatal(err)
	}
	for held := true; held; {
		if err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1"+locks+")").Scan(&held); err != nil {
			t.Fatal(err)
		}
	}
}

// A second run learns who works on the tenant, whatever its batch, or waits. Whoever only
// reads, and other tenants, are not kept.
func secondRunner(t *testing.T, address string) {
	t.Helper()
	one, two := openDatabase(t, address), openDatabase(t, address)
	since := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	runner := journal.Runner{Who: "mo@one", Command: "guestlist invite a.csv", Batch: "a", PID: 7, Since: since}
	first := runBatch(t, one, "a", journal.RunOptions{Runner: runner})
	_, err := two.Open(t.Context(), "b", contoso, journal.RunOptions{})
	busy, _ := errors.AsType[*journal.TenantBusyError](err)
	if busy == nil {
		t.Fatalf("got %v", err)
	}
	assert.Equal(t, "holder", busy.Holder, runner)
	for _, part := range []string{"mo@one", "guestlist invite a.csv", "batch a"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
	other, err := two.Open(t.Context(), "a", adatum, journal.RunOptions{})
	if err != nil {
		t.Fatalf("another tenant: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	reader, err := two.Read(t.Context(), contoso.Tenant, "a")
	if err != nil {
		t.Fatalf("a reader: %v", err)
	}
	if _, err := reader.Intend(t.Context(), batch.Intent{Address: "x@x.example"}); err == nil {
		t.Error("whoever reads may send")
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}

	begun := time.Now()
	time.AfterFunc(time.Minute, func() {
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	})
	told := 0
	second := runBatch(t, two, "b", journal.RunOptions{Wait: func(*journal.TenantBusyError) { told++ }})
	if waited := time.Since(begun); waited < time.Minute || waited > time.Minute+time.Second {
		t.Errorf("waited %v", waited)
	}
	assert.Equal(t, "told", told, 1)
	begun = time.Now()
	if err := second.Holds(t.Context()); err != nil {
		t.Error(err)
	}
	assert.Equal(t, "wait after a run that said goodbye", time.Since(begun), time.Duration(0))
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

var link = secret.New("https://login.microsoftonline.com/redeem?rd=https%3A%2F%2Finvitations.example")

func invited(address string) batch.Outcome {
	return batch.Outcome{Address: address, Status: batch.Invited, RedeemURL: link, UserID: "id of " + address, At: time.Now().UTC()}
}

// statuses are those of the addresses of a batch.
func statuses(t *testing.T, j *journal.Journal, addresses ...string) string {
	t.Helper()
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, address := range addresses {
		h := history.Get(address)
		status := string(h.Status)
		if h.Open != 0 {
			status = "open"
		}
		all = append(all, status)
	}
	return strings.Join(all, " ")
}

// A run that another one has taken over begins nothing any more, whatever it believes. What
// it had begun, it may still say.
func takenOver(t *testing.T, address string) {
	t.Helper()
	one, two := openDatabase(t, address), openDatabase(t, address)
	old := runBatch(t, one, "a", journal.RunOptions{})
	began, err := old.Intend(t.Context(), batch.Intent{Address: "a@x.example", Mail: true, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	endLock(t, address)
	young := runBatch(t, two, "a", journal.RunOptions{})
	begun := time.Now()
	if err := young.Holds(t.Context()); err != nil {
		t.Error(err)
	}
	if waited := time.Since(begun); waited != 3*time.Second {
		t.Errorf("the first request after a run that did not say goodbye waits %v", waited)
	}

	var over *journal.TakenOverError
	if _, err := old.Intend(t.Context(), batch.Intent{Address: "b@x.example", At: time.Now()}); !errors.As(err, &over) || !errors.Is(err, send.ErrJournalAway) {
		t.Errorf("an intent: %v", err)
	}
	if waited := time.Since(begun); waited > 5*time.Second {
		t.Errorf("it was refused only after %v", waited)
	}
	if err := old.Holds(t.Context()); !errors.As(err, &over) {
		t.Errorf("a request: %v", err)
	}
	if err := old.Import(t.Context(), batch.Header{Columns: []string{"Email"}}, func(func(batch.Step, error) bool) {}); !errors.As(err, &over) {
		t.Errorf("another list: %v", err)
	}
	if err := old.Settle(t.Context(), began, invited("a@x.example")); err != nil {
		t.Errorf("the answer to a request that had left: %v", err)
	}
	assert.Equal(t, "states", statuses(t, young, "a@x.example", "b@x.example"), "invited ")
	if _, err := young.Intend(t.Context(), batch.Intent{Address: "c@x.example", At: time.Now()}); err != nil {
		t.Errorf("the run that has taken over: %v", err)
	}
	if err := errors.Join(old.Close(), young.Close()); err != nil {
		t.Error(err)
	}
}

// The database itself refuses an intent of an older epoch, also where the connection that
// brings it is as sound as ever.
func olderEpoch(t *testing.T, address string) {
	t.Helper()
	j := runBatch(t, openDatabase(t, address), "a", journal.RunOptions{})
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "a@x.example", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "UPDATE guestlist.tenant SET epoch = epoch + 1")
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "b@x.example", At: time.Now()}); !errors.As(err, new(*journal.TakenOverError)) {
		t.Errorf("got %v", err)
	}
	assert.Equal(t, "states", statuses(t, j, "a@x.example", "b@x.example"), "open ")
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// A run that was not heard of for some seconds asks before the next request leaves, also
// under an intent that is on disk, and gets its lock back where no one else had it.
func askedBeforeEachRequest(t *testing.T, address string) {
	t.Helper()
	d := openDatabase(t, address)
	var notices []string
	j := runBatch(t, d, "a", journal.RunOptions{Notice: func(s string) { notices = append(notices, s) }})
	<-time.After(time.Hour) // it is confirmed meanwhile
	endLock(t, address)
	for range 2 {
		if err := j.Holds(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Second)
	}
	if len(notices) != 2 || !strings.Contains(notices[0], "was lost") || !strings.HasSuffix(notices[1], "is back") {
		t.Errorf("told %q", notices)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// A connection that does not come back ends the run. Answers that arrive are kept in a file
// of this machine, which the next run takes in; until then their rows are open.
func lostForGood(t *testing.T, server *pgtest.Server, address string) {
	t.Helper()
	folder := t.TempDir()
	spill := filepath.Join(folder, "a.answers.jsonl")
	var mu sync.Mutex
	var notices []string
	o := journal.RunOptions{Spill: spill, Notice: func(s string) {
		mu.Lock()
		defer mu.Unlock()
		notices = append(notices, s)
	}}
	open := func(o journal.RunOptions) (*journal.Database, *journal.Journal) {
		d := openDatabase(t, address)
		return d, runBatch(t, d, "a", o)
	}
	_, j := open(o)
	intents := make(map[string]int64)
	for _, address := range []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example"} {
		intent, err := j.Intend(t.Context(), batch.Intent{Address: address, Mail: true, At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		intents[address] = intent
	}
	server.Down(t)
	begun := time.Now()
	for _, address := range []string{"a@x.example", "b@x.example"} {
		if err := j.Settle(t.Context(), intents[address], invited(address)); err != nil {
			t.Errorf("an answer: %v", err)
		}
	}
	if lasted := time.Since(begun); lasted < time.Minute || lasted > 2*time.Minute {
		t.Errorf("tried for %v", lasted)
	}
	_, err := j.Intend(t.Context(), batch.Intent{Address: "e@x.example", At: time.Now()})
	if !errors.As(err, new(*journal.DatabaseError)) || !errors.Is(err, send.ErrJournalAway) {
		t.Errorf("an intent: %v", err)
	}
	path, kept := j.Spilled()
	assert.Equal(t, "kept", fmt.Sprint(path == spill, kept), "true 2")
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	server.Up(t)

	// Another machine does not have the file: there the rows are open.
	d, elsewhere := open(journal.RunOptions{Spill: filepath.Join(t.TempDir(), "a.answers.jsonl")})
	assert.Equal(t, "elsewhere", statuses(t, elsewhere, "a@x.example", "b@x.example", "c@x.example", "e@x.example"), "open open open ")
	if err := elsewhere.Settle(t.Context(), intents["d@x.example"], batch.Outcome{Address: "d@x.example", Status: batch.Pending, At: time.Now()}); err != nil {
		t.Error(err)
	}
	lookedUp := invited("b@x.example") // it finds the guest, and knows no link
	lookedUp.RedeemURL = secret.Text{}
	if err := errors.Join(elsewhere.Settle(t.Context(), 0, lookedUp), elsewhere.Close()); err != nil {
		t.Error(err)
	}
	if _, err := d.Open(t.Context(), "b", contoso, o); err == nil || !strings.Contains(err.Error(), "another batch") {
		t.Errorf("a file of another batch: %v", err)
	}

	notices = nil
	_, again := open(o)
	assert.Equal(t, "states", statuses(t, again, "a@x.example", "b@x.example", "c@x.example", "d@x.example"), "invited invited open ")
	if len(notices) != 1 || !strings.HasPrefix(notices[0], "2 answers of an earlier run") {
		t.Errorf("told %q", notices)
	}
	if _, err := os.Stat(spill); err == nil {
		t.Error("the file is still there")
	}
	err = again.Invitations(t.Context(), 0, func(guest journal.Invited) {
		assert.Equal(t, "link of "+guest.Address, guest.Link.Reveal(), link.Reveal())
	})
	if err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// A server that crashes in the middle and is started again loses nothing that was
// acknowledged, and the run goes on.
func serverCrashes(t *testing.T, server *pgtest.Server) {
	t.Helper()
	d := openDatabase(t, server.Database(t))
	j := runBatch(t, d, "a", journal.RunOptions{Spill: filepath.Join(t.TempDir(), "a.answers.jsonl")})
	const workers, each = 8, 60
	var group sync.WaitGroup
	half := make(chan struct{}, workers)
	for worker := range workers {
		group.Go(func() {
			for n := range each {
				if n == each/2 {
					half <- struct{}{}
				}
				address := fmt.Sprintf("g%d-%d@x.example", worker, n)
				intent, err := j.Intend(context.WithoutCancel(t.Context()), batch.Intent{Address: address, At: time.Now()})
				if err == nil {
					err = j.Settle(context.WithoutCancel(t.Context()), intent, invited(address))
				}
				if err != nil {
					t.Errorf("%s: %v", address, err)
					return
				}
			}
		})
	}
	<-half
	server.Restart(t)
	group.Wait()
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for worker := range workers {
		for n := range each {
			address := fmt.Sprintf("g%d-%d@x.example", worker, n)
			if h := history.Get(address); h.Status != batch.Invited {
				t.Errorf("%s is %q", address, h.Status)
			}
		}
	}
	if path, kept := j.Spilled(); kept != 0 {
		t.Errorf("%d answers are still in %s", kept, path)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// Before when Microsoft asked not to be called, the runs of all machines know.
func sharedHold(t *testing.T, address string) {
	t.Helper()
	d := openDatabase(t, address)
	j := runBatch(t, d, "a", journal.RunOptions{})
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	for _, at := range []time.Time{until, until.Add(-time.Minute)} {
		if err := j.Hold(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	j = runBatch(t, d, "b", journal.RunOptions{})
	held, err := j.HeldUntil(t.Context())
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "held", held.Equal(until.Add(time.Second)), true)
	<-time.After(time.Hour + time.Second)
	held, _ = j.HeldUntil(t.Context())
	assert.Equal(t, "over", held.IsZero(), true)
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// A person is forgotten whole or not at all: where the connection is lost in the middle, and
// where another runner has taken over, they are in the journal as before.
func forgettingIsWhole(t *testing.T, address string) {
	t.Helper()
	j := runBatch(t, openDatabase(t, address), "a", journal.RunOptions{})
	defer shut(t, j)
	if err := livePerson(t.Context(), j, []string{"first@x.example", erased, "last@x.example"}); err != nil {
		t.Fatal(err)
	}
	before := stands(t, j)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	who := journal.Forgetting{Address: erased}
	exec(`CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
		CREATE TRIGGER lose BEFORE UPDATE ON guestlist_1.attempt FOR EACH ROW EXECUTE FUNCTION lose()`)
	if _, err := j.Forget(t.Context(), who); err == nil {
		t.Error("the connection was lost, and no one is told")
	}
	assert.Equal(t, "after the connection was lost", stands(t, j), before)
	exec("DROP TRIGGER lose ON guestlist_1.attempt")

	exec("UPDATE guestlist.tenant SET epoch = epoch + 1")
	if _, err := j.Forget(t.Context(), who); !errors.As(err, new(*journal.TakenOverError)) {
		t.Errorf("of an older epoch: %v", err)
	}
	assert.Equal(t, "after another took over", stands(t, j), before)
	exec("UPDATE guestlist.tenant SET epoch = epoch - 1")

	if _, err := j.Forget(t.Context(), who); err != nil {
		t.Error(err)
	}
	assert.Equal(t, "rows", stands(t, j), []string{before[0], before[2]})
}

// A command that begins while the server is down goes on when it is up, and so does one whose
// server restarts before it has read anything.
func serverComesUp(t *testing.T, server *pgtest.Server) {
	t.Helper()
	address := server.Database(t)
	shut(t, runBatch(t, openDatabase(t, address), "a", journal.RunOptions{}))
	for _, by := range []string{address, server.TCP(t, address)} {
		server.Down(t)
		var notices []string
		d, err := tryDatabase(t, by, func(s string) {
			if notices = append(notices, s); len(notices) == 1 {
				server.Up(t)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(notices) != 2 || !strings.Contains(notices[0], "cannot be reached") || !strings.Contains(notices[1], "answers") {
			t.Errorf("told %q", notices)
		}
		server.Restart(t)
		j, err := d.Read(t.Context(), contoso.Tenant, "a")
		if err != nil {
			t.Fatal(err)
		}
		server.Restart(t)
		if _, err := j.History(t.Context(), 0); err != nil {
			t.Error(err)
		}
		shut(t, j)
		server.Restart(t)
		shut(t, runBatch(t, d, "a", journal.RunOptions{}))
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A server that stays away is waited for as long as one that goes away in the middle of a run.
func serverStaysAway(t *testing.T, server *pgtest.Server, address string) {
	t.Helper()
	server.Down(t)
	defer server.Up(t)
	begun, told := time.Now(), 0
	_, err := tryDatabase(t, address, func(string) { told++ })
	if !errors.As(err, new(*journal.DatabaseError)) {
		t.Errorf("got %v", err)
	}
	if lasted := time.Since(begun); lasted < time.Minute || lasted > time.Minute+time.Second || told != 1 {
		t.Errorf("tried for %v, and told %d times", lasted, told)
	}
}

// A run ends what an earlier one of its tenant has left open, and nothing of one that works on
// the same tenant in another database of the server.
func anotherDatabase(t *testing.T, here, there string) {
	t.Helper()
	j := runBatch(t, openDatabase(t, here), "a", journal.RunOptions{})
	defer shut(t, j)
	conn, err := pgx.Connect(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	// A transaction of the first run is open while the second one begins.
	const asRunner = `SELECT set_config('application_name', (SELECT application_name FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'guestlist runs %' LIMIT 1), FALSE)`
	for _, statement := range []string{asRunner, "BEGIN"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, runBatch(t, openDatabase(t, there), "a", journal.RunOptions{}))
	if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
		t.Errorf("the transaction of a run in another database: %v", err)
	}
}
