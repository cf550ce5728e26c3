package journal_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
	"guestlist/internal/durable"
	"guestlist/internal/secret"
)

var sandbox = journal.Identity{Tenant: "sandbox", Sandbox: true}

func open(t *testing.T, path string, id journal.Identity) *journal.Journal {
	t.Helper()
	j, shut, err := openFor(t.Context(), t.Name(), path, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shut(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func shut(t *testing.T, j *journal.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// begin opens a journal in a folder with an awkward name, with a list in it.
func begin(t *testing.T, addresses ...string) *journal.Journal {
	t.Helper()
	awkward := "Büro #1 100%? a&b"
	if runtime.GOOS == "windows" { // which takes no question mark
		awkward = "Büro #1 100% a&b"
	}
	folder := filepath.Join(t.TempDir(), awkward)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	j := open(t, filepath.Join(folder, "list.journal.db"), sandbox)
	t.Cleanup(func() { shut(t, j) })
	load(t, j, addresses...)
	return j
}

// load imports a list of addresses the way a run does.
func load(t *testing.T, j *journal.Journal, addresses ...string) {
	t.Helper()
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Import(t.Context(), batch.Header{Columns: []string{"Email", "Manager"}}, all(plan(history, addresses))); err != nil {
		t.Fatal(err)
	}
}

func plan(history *batch.History, addresses []string) []batch.Step {
	header := batch.Header{Columns: []string{"Email", "Manager"}, Fields: map[batch.Field]int{batch.Email: 0}}
	p := batch.Plan{History: history}
	var steps []batch.Step
	for i, a := range addresses {
		row := batch.Row{Line: i + 2, Cells: []string{a, "Mo"}}
		steps = append(steps, p.Add(judge.Row(header, judge.Defaults{RedirectURL: "https://example.com"}, row)))
	}
	return steps
}

func all[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// stands gives "line address status error-code" for every record.
func stands(t *testing.T, j *journal.Journal) []string {
	t.Helper()
	var lines []string
	for r, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		o := r.Outcome
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", r.Line, o.Address, o.Status, o.ErrorCode)))
	}
	return lines
}

func settle(t *testing.T, j *journal.Journal, address string, status batch.Status, code string) {
	t.Helper()
	id, err := j.Intend(t.Context(), batch.Intent{Address: address, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	step := plan(nil, []string{address})[0]
	o := batch.Outcome{Address: address, Status: status, ErrorCode: code, At: time.Now(), Fingerprint: step.Fingerprint}
	if status == batch.Invited {
		o.RedeemURL = secret.New("https://login.example/redeem?" + address)
	}
	if err := j.Settle(t.Context(), id, o); err != nil {
		t.Fatal(err)
	}
}

func TestEverythingSurvivesReopening(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "list.journal.db")
	j := open(t, path, sandbox)
	load(t, j, "a@x.example", "b@x.example", "c@x.example")
	settle(t, j, "a@x.example", batch.Invited, "")
	at := time.Now()
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "b@x.example", Mail: true, At: at}); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	j = open(t, path, sandbox)
	defer shut(t, j)
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "b", history.Get("b@x.example"), batch.AddressHistory{Open: at.UnixNano(), Mailed: at.UnixNano(), Latest: at.UnixNano()})
	assert.Equal(t, "a", history.Get("a@x.example").Status, batch.Invited)
	var rows []batch.Row
	for r, err := range j.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	assert.Equal(t, "rows", rows, []batch.Row{
		{Line: 2, Cells: []string{"a@x.example", "Mo"}},
		{Line: 3, Cells: []string{"b@x.example", "Mo"}},
		{Line: 4, Cells: []string{"c@x.example", "Mo"}},
	})
}

func TestJournalOfAnotherIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "list.journal.db")
	shut(t, open(t, path, journal.Identity{Tenant: "t1"}))
	for _, id := range []journal.Identity{{Tenant: "t2"}, sandbox} {
		_, err := journal.Open(t.Context(), path, id)
		var mixed *journal.MixedError
		if !errors.As(err, &mixed) || mixed.Has.Tenant != "t1" {
			t.Errorf("%v: got %v", id, err)
		}
	}
	shut(t, open(t, path, journal.Identity{}))
	shut(t, open(t, path, journal.Identity{Tenant: "t1"}))
}

func TestForeignFilesAreRefused(t *testing.T) {
	for name, content := range map[string]string{
		"text":  strings.Repeat("not a database\n", 100),
		"short": "x",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "list.journal.db")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := journal.Open(t.Context(), path, sandbox)
			if _, ok := errors.AsType[*journal.ForeignError](err); !ok {
				t.Errorf("got %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(after) != content {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "list.journal.db")
	j := open(t, path, sandbox)
	defer shut(t, j)
	settle(t, j, "a@x.example", batch.Invited, "")
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if !durable.IsPrivate(f) {
			t.Errorf("others can read %s", filepath.Base(f))
		}
	}
}

func TestWritingAfterCloseFails(t *testing.T) {
	t.Parallel()
	j := open(t, filepath.Join(t.TempDir(), "list.journal.db"), sandbox)
	shut(t, j)
	if _, err := j.Intend(context.WithoutCancel(t.Context()), batch.Intent{Address: "a@x.example"}); err == nil {
		t.Error("no error")
	}
}

// countRows tells how many rows of the list stand where.
func countRows(ctx context.Context, j *journal.Journal) (batch.Counts, error) {
	found := make(batch.Counts)
	for record, err := range j.Records(ctx) {
		if err != nil {
			return nil, err
		}
		if record.Line > 0 {
			found[record.Outcome.Status]++
		}
	}
	return found, nil
}
