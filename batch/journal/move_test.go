package journal_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/pgtest"
)

// TestABatchMovesBothWays moves a journal into a database, goes on there, and moves it back:
// all that is in its tables comes along, and it is in one place at a time.
func TestABatchMovesBothWays(t *testing.T) {
	t.Parallel()
	need.Time(t, "starts a server")
	address := pgtest.Start(t).Database(t)
	d := openDatabase(t, address)
	folder := t.TempDir()
	path := filepath.Join(folder, name)
	j, err := journal.Open(t.Context(), path, contoso)
	if err != nil {
		t.Fatal(err)
	}
	if err := livePerson(t.Context(), j, []string{"first@x.example", "Ünï@x.example", "last@x.example"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Wrote(t.Context(), "list.results.xlsx", "digest"), j.Close()); err != nil {
		t.Fatal(err)
	}
	before := dump(t, path)
	// The results say in each row whether their journal is in a database, and are old now.
	for i, row := range before {
		before[i] = strings.Replace(row, "|list.results.xlsx|digest|1", "|list.results.xlsx|digest|0", 1)
	}

	moved, err := d.Import(t.Context(), path, "a", journal.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "moved", moved, journal.Moved{Batch: "a", Tenant: contoso.Tenant, File: path, Rows: 3, Attempts: 3, Aside: path + ".moved"})
	if _, err := os.Stat(path); err == nil {
		t.Error("the file has its name yet")
	}
	back := filepath.Join(folder, "back.journal.db")
	if _, err := d.Export(t.Context(), "", "a", back, journal.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "there and back", dump(t, back), before)
	_, err = d.Open(t.Context(), "a", contoso, journal.RunOptions{})
	gone, _ := errors.AsType[*journal.MovedError](err)
	if gone == nil || !strings.HasPrefix(gone.File, back) {
		t.Errorf("a run of a batch that was moved: %v", err)
	}
	if _, err := d.Export(t.Context(), "", "a", filepath.Join(folder, "twice.journal.db"), journal.RunOptions{}); !errors.As(err, &gone) {
		t.Errorf("exported twice: %v", err)
	}

	// Once more, after the file has gone on.
	j, err = journal.Open(t.Context(), back, contoso)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(inviteOne(t, j, "more@x.example"), j.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Import(t.Context(), back, "a", journal.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	j = runBatch(t, d, "a", journal.RunOptions{Runner: journal.Runner{Batch: "a"}})
	if _, err := d.Export(t.Context(), "", "a", filepath.Join(folder, "running.journal.db"), journal.RunOptions{}); !errors.As(err, new(*journal.TenantBusyError)) || !strings.HasPrefix(hintOf(err), "wait for that run to end, then") {
		t.Errorf("exported while it runs: %v", err)
	}
	if err := inviteOne(t, j, "evenmore@x.example"); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "states", statuses(t, j, "first@x.example", "more@x.example", "evenmore@x.example"), "invited invited invited")
	if err := j.Begin(t.Context(), batch.RunFacts{Workers: 1}, nil); err != nil {
		t.Errorf("another run: %v", err)
	}
	all, err := d.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Runner == nil || all[0].Rows != 3 || all[0].Sent != 5 || all[0].Standing() != "running" {
		t.Errorf("listed %+v, %v", all, err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}

	// Killed between the two, an import put the batch there, and the file has its name yet.
	if err := os.Rename(back+".moved", back); err != nil {
		t.Fatal(err)
	}
	if again, err := d.Import(t.Context(), back, "b", journal.RunOptions{}); err != nil || again.Batch != "a" {
		t.Errorf("imported twice: %+v, %v", again, err)
	}
	// A file that has gone on is not replaced by what was there before.
	if err := os.Rename(back+".moved", back); err != nil {
		t.Fatal(err)
	}
	j, err = journal.Open(t.Context(), back, contoso)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(inviteOne(t, j, "x@x.example"), inviteOne(t, j, "y@x.example"), inviteOne(t, j, "z@x.example"), j.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Import(t.Context(), back, "a", journal.RunOptions{}); !errors.As(err, new(*journal.NotMovedError)) {
		t.Errorf("two that have gone on: %v", err)
	}
	if _, err := os.Stat(back); err != nil {
		t.Error("the file was moved all the same")
	}
}

func inviteOne(t *testing.T, j *journal.Journal, address string) error {
	t.Helper()
	id, err := j.Intend(t.Context(), batch.Intent{Address: address, At: time.Now()})
	if err != nil {
		return err
	}
	return j.Settle(t.Context(), id, invited(address))
}

// dump is all that is in the tables of a file, but for what is about the file itself.
func dump(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tables := query(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('seal', 'sqlite_sequence') ORDER BY name")
	for _, table := range tables {
		columns := "*"
		if table == "batch" {
			columns = "id, tenant, sandbox, columns, email, uid, forget_key"
		}
		for _, row := range query(t, db, "SELECT "+columns+" FROM "+table+" ORDER BY 1, 2, 3") {
			all = append(all, table+": "+row)
		}
	}
	return all
}

func query(t *testing.T, db *sql.DB, statement string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, value := range values {
			cells = append(cells, fmt.Sprint(value))
		}
		all = append(all, strings.Join(cells, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// hintOf is what an error says to do.
func hintOf(err error) string {
	hinted, _ := errors.AsType[interface {
		error
		Hint() string
	}](err)
	return hinted.Hint()
}
