package report

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
)

const (
	// peekRows decide how wide the columns are.
	peekRows = 300
	// maxCellLines is how many lines of a list's cell make a row higher.
	maxCellLines = 5
)

// book is a workbook while its rows are written.
type book struct {
	file *excelize.File
	// scratch is a folder for what memory should not hold.
	scratch string
	sandbox bool
	tenant  string
	columns columns
	styles  styles
	tally   *tally
	// peeked are the first records, held back until begun: until the widths of
	// the columns are known.
	peeked          []batch.Record
	begun           bool
	results, failed series
	// care has the rows of failed.
	care *spool
	// row is the row being written, kept for the next.
	row line
	// insertions are what goes into the parts when they are packed.
	insertions map[string][]insertion
	tables     int
}

// newBook prepares the workbook r in the empty file f. It must be closed.
func newBook(f *excelize.File, scratch string, r Results) (*book, error) {
	b := &book{
		file: f, scratch: scratch, sandbox: r.Summary.Sandbox, tenant: r.Summary.Tenant,
		tally: newTally(), insertions: make(map[string][]insertion),
	}
	colours := headingColours{list: navy, result: blue}
	if b.sandbox {
		colours = headingColours{list: amber, result: amber}
	}
	var err error
	if b.columns, err = newColumns(r.Columns); err != nil {
		return nil, err
	}
	if b.styles, err = newStyles(f, colours); err != nil {
		return nil, err
	}
	if b.care, err = newSpool(scratch); err != nil {
		return nil, err
	}
	b.results = series{book: b, name: "Results", maxRows: excelize.TotalRows, maxLinks: maxLinks}
	b.failed = series{book: b, name: "Failed", maxRows: excelize.TotalRows, maxLinks: maxLinks}
	return b, nil
}

// close frees the files in the scratch folder.
func (b *book) close() error {
	errs := []error{b.care.close()}
	for _, p := range slices.Concat(b.results.sheets, b.failed.sheets) {
		errs = append(errs, p.links.close())
	}
	return errors.Join(errs...)
}

// addAll writes the records in one pass.
func (b *book) addAll(ctx context.Context, records iter.Seq2[batch.Record, error]) error {
	if err := Each(ctx, records, b.take); err != nil {
		return err
	}
	if err := b.begin(); err != nil { // a list shorter than the peek
		return err
	}
	return b.addFailed(ctx)
}

// take holds a record back or writes it.
func (b *book) take(rec batch.Record) error {
	if b.begun {
		return b.add(rec)
	}
	b.peeked = append(b.peeked, batch.Record{Line: rec.Line, Cells: slices.Clone(rec.Cells), Outcome: rec.Outcome}) // the sequence may use the cells again
	if len(b.peeked) < peekRows {
		return nil
	}
	return b.begin()
}

// begin opens the first sheet and writes what was held back, once.
func (b *book) begin() error {
	if b.begun {
		return nil
	}
	b.begun = true
	b.results.widths = b.columns.widths(b.peeked)
	b.failed.widths = b.columns.forFailed(b.results.widths)
	if _, err := b.results.open(); err != nil {
		return err
	}
	for _, rec := range b.peeked {
		if err := b.add(rec); err != nil {
			return err
		}
	}
	b.peeked = nil
	return nil
}

// add writes a record to Results, and keeps it for Failed if it belongs there.
func (b *book) add(rec batch.Record) error {
	b.tally.add(rec)
	if rec.Outcome.Status.NeedsCare() {
		if err := b.care.add(rec); err != nil {
			return err
		}
	}
	return b.write(&b.results, rec, rec.Outcome.RedeemURL.Reveal())
}

// addFailed writes the sheet Failed: the most frequent error first, and its
// advice where it begins.
func (b *book) addFailed(ctx context.Context) error {
	if _, err := b.failed.open(); err != nil {
		return err
	}
	first, code, advice := true, "", ""
	return Each(ctx, b.care.records(), func(rec kept) error {
		o := &rec.Outcome
		if !first && o.ErrorCode == code && o.Advice == advice {
			o.Advice = ""
		} else {
			code, advice = o.ErrorCode, o.Advice
		}
		first = false
		return b.write(&b.failed, rec.Record, rec.redeemURL)
	})
}

// write puts a record into a sheet.
func (b *book) write(s *series, rec batch.Record, redeemURL string) error {
	width := b.columns.width(rec)
	if width > excelize.MaxColumns {
		return &WidthError{Line: rec.Line, Cells: width}
	}
	b.row.reset(width)
	height := rowHeight(rec.Outcome)
	for i, text := range rec.Cells {
		if text == "" {
			continue // also beyond the width
		}
		at, style := b.columns.place(i), b.styles.text
		if breaks := strings.Count(text, "\n"); breaks > 0 && !b.columns.isResult(at) {
			style = b.styles.wrapped
			height = max(height, lineHeight*float64(min(breaks+1, maxCellLines)))
		}
		b.row.text(at, text, style)
	}
	b.addOutcome(rec)
	return s.add(&b.row, height, redeemURL)
}

// addOutcome fills the result columns of the row, but for the redeem URL.
func (b *book) addOutcome(rec batch.Record) {
	o := rec.Outcome
	b.put(results.ColumnStatus, string(o.Status), b.styles.text)
	b.put(results.ColumnUserID, o.UserID, b.styles.text)
	b.put(results.ColumnInvitationStatus, o.InvitationStatus, b.styles.text)
	b.put(results.ColumnErrorCode, o.ErrorCode, b.styles.text)
	b.put(results.ColumnError, o.Error, b.styles.wrapped)
	b.put(results.ColumnAdvice, o.Advice, b.styles.wrapped)
	b.put(results.ColumnRequestID, o.RequestID, b.styles.text)
	b.put(results.ColumnRowKey, rowKey(b.tenant, o), b.styles.text)
	b.row.value(b.columns.at[results.ColumnAttempts], o.Attempts, b.styles.number)
	b.put(results.ColumnInvitedAt, "", 0)
	if at := invitedAt(o); !at.IsZero() {
		b.row.value(b.columns.at[results.ColumnInvitedAt], serial(at), b.styles.instant)
	}
	b.put(results.ColumnSourceRow, "", 0)
	if rec.Line > 0 {
		b.row.value(b.columns.at[results.ColumnSourceRow], rec.Line, b.styles.number)
	}
}

// put writes a text into a column of ours; the list may have had one there.
func (b *book) put(column, text string, style int) {
	b.row.text(b.columns.at[column], text, style)
}

// rowHeight is 0 for the usual height, more where Error or Advice wraps: not
// every spreadsheet program sizes rows when it opens a workbook.
func rowHeight(o batch.Outcome) float64 {
	height := max(linesHigh(o.Error, errorWidth), linesHigh(o.Advice, adviceWidth))
	if height <= lineHeight {
		return 0
	}
	return height
}

// rowKey says to whom the outcome belongs, "" for a row that was never sent.
func rowKey(tenant string, o batch.Outcome) string {
	switch o.Status {
	case batch.Invited, batch.Failed, batch.Unconfirmed:
		return results.RowKey{Tenant: tenant, Address: o.Address, Fingerprint: o.Fingerprint}.String()
	case batch.Pending, batch.Invalid, batch.Duplicate:
	}
	return ""
}

// invitedAt is when Graph invited the guest, UTC; zero for a row that is not
// invited.
func invitedAt(o batch.Outcome) time.Time {
	if o.Status != batch.Invited {
		return time.Time{}
	}
	return o.At.UTC()
}
