package cli

import (
	"context"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/sheet"
	"guestlist/report"
	"guestlist/report/marked"
)

// mayWrite finds out before the list is read whether the marked list can go
// where --out says: it never takes the place of anything else.
func (x *inspection) mayWrite() error {
	out := x.o.out
	if out == "" {
		return nil
	}
	if !strings.EqualFold(filepath.Ext(out), ".xlsx") {
		return usagef("give a name that ends in .xlsx", "--out %q: the marked list is an Excel workbook", out)
	}
	if err := report.Reserve(out); err != nil {
		return err
	}
	if _, err := os.Stat(out); err != nil {
		return nil //nolint:nilerr // nothing is in the way
	}
	there, err := sheet.Open(out, sheet.Options{})
	if err == nil {
		columns := there.Header().Columns
		err = there.Close()
		if err == nil && slices.Contains(columns, marked.Column) {
			return nil
		}
	}
	return usagef("name another file", "%s is in the way: it is no list that check has marked", out)
}

// writeMarked writes the list again, with what was found at its place.
func (x *inspection) writeMarked(ctx context.Context) error {
	header := x.list.Header()
	list := marked.List{
		Name: filepath.Base(x.path), Sheet: x.list.Sheet(),
		Columns: header.Columns, Address: header.Fields[batch.Email], Rows: x.markedRows(ctx),
	}
	err := report.Replace(x.o.out, func(w io.Writer) error { return marked.Write(ctx, w, list) })
	if err != nil {
		return &unmarkedError{err}
	}
	x.warn("%s is the list with the problems marked", x.o.out)
	return nil
}

// unmarkedError says that the marked list could not be written.
type unmarkedError struct{ error }

func (e *unmarkedError) Error() string { return "the marked list: " + e.error.Error() }

func (e *unmarkedError) Unwrap() error { return e.error }

// Hint tells how to go on.
func (*unmarkedError) Hint() string {
	return "see to the cause and check again, or name another file with --out"
}

// markedRows judges the list a second time: its problems may be too many to keep.
func (x *inspection) markedRows(ctx context.Context) iter.Seq2[marked.Row, error] {
	return func(yield func(marked.Row, error) bool) {
		for step, err := range x.steps() {
			if err == nil {
				err = context.Cause(ctx)
			}
			row := marked.Row{Row: step.Row}
			for _, f := range findings(x.list.Header(), step) {
				row.Marks = append(row.Marks, x.mark(f))
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// mark places a remark in the marked list.
func (x *inspection) mark(f finding) marked.Mark {
	grave := map[batch.Severity]marked.Severity{batch.SeverityInvalid: marked.Invalid, batch.SeverityDuplicate: marked.Duplicate, batch.SeverityWarning: marked.Warning}
	at, there := x.list.Header().Fields[f.field]
	if !there {
		at = marked.NoColumn
	}
	return marked.Mark{
		Column: at, Heading: f.Column, Severity: grave[f.Severity], Kind: batch.Kind(f.Kind),
		Value: f.Value, What: f.What, Advice: f.Advice, Repeats: f.Repeats,
	}
}
