package journal_test

import (
	"bytes"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// sealPage is where the sum lies in a journal of today: one page for each table,
// in the order of the schema, behind the page of the schema itself.
const sealPage = 5

// closed gives the file of a journal that was closed in good order, with rows
// on several pages.
func closed(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	load(t, j, guests("guest", 200)...)
	for _, a := range guests("guest", 20) {
		settle(t, j, a, batch.Invited, "")
	}
	shut(t, j)
	return copies(t, path)[name]
}

// looked opens and closes a journal with these bytes, and reports whether it was
// checked in full and sealed anew: only then the file is written to.
func looked(t *testing.T, folder string, d *disk, content []byte) (checked bool, err error) {
	t.Helper()
	d.changes, d.recording = nil, true
	place(t, folder, map[string][]byte{name: content})
	j, err := journal.Open(t.Context(), filepath.Join(folder, name), sandbox)
	if err != nil {
		return true, err
	}
	shut(t, j)
	return slices.ContainsFunc(d.changes, func(c change) bool { return c.kind == written && c.file == name }), nil
}

func TestSealedJournalIsNotCheckedAgain(t *testing.T) {
	t.Parallel()
	folder, d := watch(t)
	content := closed(t)
	for range 2 {
		if checked, err := looked(t, folder, d, content); checked || err != nil {
			t.Fatalf("checked %t, %v", checked, err)
		}
	}
	// Runs that send nothing seal it as well, and so does a full check.
	path := filepath.Join(folder, name)
	j := open(t, path, sandbox)
	if err := errors.Join(j.Begin(t.Context(), batch.RunFacts{Workers: 1}, nil), j.End(t.Context(), batch.RunTotals{})); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	after := copies(t, path)[name]
	if slices.Equal(after, content) {
		t.Fatal("the run left no trace")
	}
	if checked, err := looked(t, folder, d, after); checked || err != nil {
		t.Fatalf("after a run: checked %t, %v", checked, err)
	}
	at := bytes.LastIndex(after, []byte("redeem?guest7@"))
	after[at]++ // no check of SQLite's finds that
	for i, want := range []bool{true, false} {
		if checked, err := looked(t, folder, d, after); checked != want || err != nil {
			t.Fatalf("time %d after a letter changed: checked %t, want %t, %v", i+1, checked, want, err)
		}
		after = copies(t, path)[name]
	}
}

// TestNoChangedBitEscapesTheSeal changes one bit at a time anywhere in the file:
// it is an error, or the file is checked in full.
func TestNoChangedBitEscapesTheSeal(t *testing.T) {
	t.Parallel()
	need.Time(t, "opens four hundred damaged journals")
	need.NoRace(t, "opens them one after the other")
	folder, d := watch(t)
	content := closed(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		at := rng.IntN(len(content))
		if at >= 24 && at < 28 || at >= 92 && at < 100 || at/4096+1 == sealPage {
			continue // what sealing changes
		}
		damaged := slices.Clone(content)
		damaged[at] ^= 1 << rng.IntN(8)
		if checked, err := looked(t, folder, d, damaged); !checked && err == nil {
			t.Errorf("a bit of byte %d went unnoticed", at)
		}
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamageDuringARunIsNotSealed writes pages behind SQLite's back.
func TestDamageDuringARunIsNotSealed(t *testing.T) {
	for what, test := range map[string]struct {
		object string // whose first page is damaged
		damage func(before, now []byte)
	}{
		"a table is overwritten":  {"attempt", func(_, now []byte) { copy(now, bytes.Repeat([]byte("garbage "), 512)) }},
		"the index is an old one": {"attempt_address", func(before, now []byte) { copy(now, before) }},
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			j := open(t, path, sandbox)
			load(t, j, guests("guest", 50)...)
			settle(t, j, "guest1@x.example", batch.Invited, "")
			shut(t, j)
			before := copies(t, path)[name]
			j = open(t, path, sandbox)
			settle(t, j, "guest2@x.example", batch.Invited, "")
			shut(t, j)
			j = open(t, path, sandbox)
			now := copies(t, path)[name]
			load(t, j, guests("guest", 60)...)
			at := 4096 * (rootPage(t, path+" (a copy)", before, test.object) - 1)
			test.damage(before[at:at+4096], now[at:at+4096])
			if err := os.WriteFile(path, now, 0o600); err != nil {
				t.Fatal(err)
			}
			shut(t, j)
			_, err := journal.Open(t.Context(), path, sandbox)
			if _, ok := errors.AsType[*journal.DamagedError](err); !ok {
				t.Errorf("got %v (%T)", err, err)
			}
		})
	}
}

// rootPage is the first page, from 1, of a table or an index in a journal with a content.
func rootPage(t *testing.T, path string, content []byte, object string) (page int) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow("SELECT rootpage FROM sqlite_master WHERE name = ?", object).Scan(&page); err != nil {
		t.Fatal(err)
	}
	return page
}

// another program changes a journal with a statement.
func another(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// A sealed journal that something else has written is told from one that is as it was
// left, and from one whose run was killed.
func TestAlteredJournalIsSaid(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	place(t, filepath.Dir(path), map[string][]byte{name: closed(t)})
	altered := func() bool {
		j := open(t, path, sandbox)
		defer shut(t, j)
		return j.Altered()
	}
	assert.Equal(t, "as it was left", altered(), false)
	another(t, path, "UPDATE attempt SET advice = 'call them'")
	assert.Equal(t, "changed", altered(), true)
	assert.Equal(t, "said once", altered(), false)
	folder := t.TempDir()
	place(t, folder, killed(t))
	j := open(t, filepath.Join(folder, name), sandbox)
	defer shut(t, j)
	assert.Equal(t, "killed", j.Altered(), false)
}

func TestUnknownStatusIsDamage(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"attempt", "list_row"} {
		path := filepath.Join(t.TempDir(), name)
		place(t, filepath.Dir(path), map[string][]byte{name: closed(t)})
		another(t, path, "UPDATE "+table+" SET status = 'invitd'")
		_, err := journal.Open(t.Context(), path, sandbox)
		if damaged, ok := errors.AsType[*journal.DamagedError](err); !ok || !strings.Contains(damaged.Reason, "invitd") {
			t.Errorf("%s: got %v (%T)", table, err, err)
		}
	}
}
