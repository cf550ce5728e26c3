package journal

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"guestlist/batch"
	"guestlist/internal/durable"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// spill is a file of this machine that keeps answers when the database cannot be reached:
// a redeem URL exists only once. The next run on this machine takes it in, or [TakeIn]. Until
// then the rows are open.
type spill struct {
	path string // "" where nothing can be kept
	// journal is the UID of the journal whose answers it keeps.
	journal string
}

// lateAnswer is a line of the file: what came of a request that had left.
type lateAnswer struct {
	Journal string `json:"journal"`
	Attempt int64  `json:"attempt,omitempty"`
	Run     int64  `json:"run,omitempty"`
	// Known is the number of the first attempt that was intended after it was known.
	Known    int64         `json:"known_before"`
	Outcome  *lateOutcome  `json:"outcome,omitempty"`
	Deletion *lateDeletion `json:"deletion,omitempty"`
}

// lateOutcome is an outcome with its link.
type lateOutcome struct {
	batch.Outcome

	RedeemURL string `json:"RedeemURL"` // shown, in this file alone
}

type lateDeletion struct {
	Number  int64                `json:"number"`
	Address string               `json:"address"`
	UserID  string               `json:"user_id"`
	Result  batch.DeletionResult `json:"result"`
}

// late makes a line of an answer that was known before the attempt with the number next.
func late(e *entry, next int64) lateAnswer {
	a := lateAnswer{Run: e.run, Known: next}
	if !e.isNew {
		a.Attempt = e.id
	}
	if e.outcome != nil {
		a.Outcome = &lateOutcome{*e.outcome, e.outcome.RedeemURL.Reveal()}
	}
	if d := e.deletion; d != nil {
		a.Deletion = &lateDeletion{d.Number, d.Address, d.UserID, *d.result}
	}
	return a
}

// write writes the answer where it belongs, unless it is there.
func (a *lateAnswer) write(ctx context.Context, tx *sql.Tx, attempts attemptTable) error {
	e := entry{id: a.Attempt, run: a.Run}
	if o := a.Outcome; o != nil {
		o.Outcome.RedeemURL = secret.New(o.RedeemURL)
		e.outcome, e.intent = &o.Outcome, &batch.Intent{Address: o.Address}
	}
	if e.outcome != nil && a.Attempt != 0 {
		if _, err := tx.ExecContext(ctx, updateAttempt+" AND address = ? AND status = ''", append(e.updated(a.Known, a.Attempt), e.outcome.Address)...); err != nil {
			return err
		}
	}
	if a.Deletion == nil {
		return nil
	}
	var open bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM deletion WHERE id = ? AND address = ? AND settled_at = '')", a.Deletion.Number, a.Deletion.Address).Scan(&open); err != nil || !open {
		return err
	}
	d := deletionEntry{Deletion: batch.Deletion{Number: a.Deletion.Number, Address: a.Deletion.Address, UserID: a.Deletion.UserID}, result: &a.Deletion.Result}
	if err := d.write(ctx, tx); err != nil || e.outcome == nil {
		return err
	}
	e.isNew = true
	return attempts.put(ctx, &e, a.Known)
}

// writeLate writes answers where they belong.
func writeLate(ctx context.Context, tx *sql.Tx, table attemptTable, answers []lateAnswer) error {
	attempts := table.in(ctx, tx)
	for _, a := range answers {
		if err := a.write(ctx, tx, attempts); err != nil {
			return err
		}
	}
	return nil
}

// SpillError says that a file with answers cannot be used.
type SpillError struct {
	Path string
	Err  error
}

func (e *SpillError) Error() string {
	return text.Line(e.Path) + ": " + durable.Cause(e.Err).Error()
}

// Unwrap gives the cause.
func (e *SpillError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *SpillError) Hint() string {
	if errors.Is(e.Err, errOtherJournal) {
		return "it has answers that another batch got: take them in with guestlist journal import, in the database of that batch"
	}
	return "see that the folder is there, may be written to and has room"
}

var errOtherJournal = errors.New("it keeps answers of another batch")

// openSpill finds out whether there is such a file, and whose answers it has.
func openSpill(path, journal string) (spill, error) {
	s := spill{path, journal}
	answers, err := s.read()
	if err != nil {
		return s, err
	}
	for _, a := range answers {
		if a.Journal != journal {
			return s, &SpillError{path, errOtherJournal}
		}
	}
	return s, nil
}

// check finds out whether the file could be written.
func (s spill) check() error {
	if s.path == "" {
		return nil
	}
	f, err := durable.CreatePrivate(s.path, os.O_WRONLY)
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(s.path))
	}
	if err != nil {
		return &SpillError{s.path, err}
	}
	return nil
}

// add keeps those entries that are answers. It returns when they are on disk.
func (s spill) add(entries []*entry, next int64) error {
	var lines bytes.Buffer
	for _, e := range entries {
		if !e.isAnswer() || e.spilled {
			continue
		}
		a := late(e, next)
		a.Journal = s.journal
		if err := json.NewEncoder(&lines).Encode(a); err != nil { //nolint:musttag // an outcome has its fields by their names
			return &SpillError{s.path, err}
		}
	}
	if lines.Len() == 0 {
		return nil
	}
	if s.path == "" {
		return &SpillError{"a file for answers", fs.ErrNotExist}
	}
	f, err := durable.CreatePrivate(s.path, os.O_WRONLY)
	if err == nil {
		if _, err = f.Seek(0, io.SeekEnd); err == nil {
			_, err = f.Write(lines.Bytes())
		}
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return &SpillError{s.path, err}
	}
	for _, e := range entries {
		e.spilled = e.isAnswer()
	}
	return nil
}

// read reads the file. One that was cut off while a line was written has the lines before:
// nobody was told that the last one is kept.
func (s spill) read() (answers []lateAnswer, err error) {
	if s.path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &SpillError{s.path, err}
	}
	lines := bufio.NewReader(bytes.NewReader(content))
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return answers, nil //nolint:nilerr // the end
		}
		var a lateAnswer
		if err := json.Unmarshal(line, &a); err != nil { //nolint:musttag // as above
			return nil, &SpillError{s.path, fmt.Errorf("line %d is none that guestlist wrote: %w", n, err)}
		}
		answers = append(answers, a)
	}
}

// takeIn writes the answers into the journal, and removes the file.
func (s spill) takeIn(ctx context.Context, j *Journal) (taken int, err error) {
	answers, err := s.read()
	if err != nil || len(answers) == 0 {
		return 0, err
	}
	tx, err := j.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := writeLate(ctx, tx, j.attempts, answers); err != nil {
		return 0, err
	}
	if err := j.commit(ctx, tx); err != nil {
		return 0, err
	}
	return len(answers), s.drop()
}

// drop removes the file: the journal has what it has.
func (s spill) drop() error {
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &SpillError{s.path, err}
	}
	return nil
}

// Spilled is the file of this machine that keeps answers which the database does not have,
// and how many they are; "" where there are none.
func (j *Journal) Spilled() (path string, answers int) {
	p, isPostgres := j.store.(*postgres)
	if !isPostgres {
		return "", 0
	}
	kept, err := p.spill.read()
	if err != nil || len(kept) == 0 {
		return "", 0
	}
	return p.spill.path, len(kept)
}

// TakeIn writes the answers that a file of this machine keeps into the batch that they
// belong to, whatever runs, and removes the file. It returns how many they are, and the
// name of the batch.
func (d *Database) TakeIn(ctx context.Context, path string) (taken int, name string, err error) {
	s := spill{path: path}
	answers, err := s.read()
	if err != nil {
		return 0, "", err
	}
	if len(answers) == 0 {
		return 0, "", &SpillError{path, fs.ErrNotExist}
	}
	all, err := d.batches(ctx, "")
	if err != nil {
		return 0, "", err
	}
	for _, b := range all {
		if b.UID != answers[0].Journal {
			continue
		}
		j, err := d.Read(ctx, b.Tenant, b.Name)
		if err != nil {
			return 0, b.Name, err
		}
		if s, err = openSpill(path, b.UID); err == nil {
			taken, err = s.takeIn(ctx, j)
		}
		return taken, b.Name, errors.Join(translateError(d.address, err), j.Close())
	}
	return 0, "", &SpillError{path, errOtherJournal}
}

// IsSpill reports whether a file has such answers by its name.
func IsSpill(path string) bool {
	return len(path) > len(spillSuffix) && path[len(path)-len(spillSuffix):] == spillSuffix
}

const spillSuffix = ".answers.jsonl"

// SpillPath is the file that keeps answers for some results.
func SpillPath(results string) string {
	return beside(results, spillSuffix)
}
