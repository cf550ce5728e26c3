package report

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

const (
	// peekRows decide how wide the columns are.
	peekRows = 300
	// maxLinks is how many links a workbook gets: adding one more looks through
	// all that are there (10,000 take 1.6 s, 65,530 would take 88 s).
	maxLinks = 10_000
	// checkRows is how many rows are written between two looks at the context.
	checkRows = 1000
	// headingHeight is in points.
	headingHeight = 21
)

// book is a workbook while its rows are written.
type book struct {
	file    *excelize.File
	sandbox bool
	tenant  string
	columns columns
	styles  styles
	tally   *tally
	// peeked are the first records, held back until widths are known. After
	// that, widths has one entry for each heading.
	peeked          []batch.Record
	widths          []float64
	results, failed series
	// links is how many more links the workbook gets.
	links int
	// row is the row being written, kept for the next.
	row []any
}

// newBook prepares the workbook r in the empty file f.
func newBook(f *excelize.File, r Results) (*book, error) {
	b := &book{file: f, sandbox: r.Summary.Sandbox, tenant: r.Summary.Tenant, tally: newTally(), links: maxLinks}
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
	b.results = series{book: b, name: "Results", maxRows: excelize.TotalRows}
	b.failed = series{book: b, name: "Failed", maxRows: excelize.TotalRows}
	return b, nil
}

// addAll writes the records in one pass.
func (b *book) addAll(ctx context.Context, records iter.Seq2[batch.Record, error]) error {
	n := 0
	for rec, err := range records {
		if err != nil {
			return err
		}
		if n%checkRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n++
		if err := b.take(rec); err != nil {
			return err
		}
	}
	return b.begin() // a list shorter than the peek
}

// take holds a record back or writes it.
func (b *book) take(rec batch.Record) error {
	if b.widths != nil {
		return b.add(rec)
	}
	b.peeked = append(b.peeked, batch.Record{Line: rec.Line, Cells: slices.Clone(rec.Cells), Outcome: rec.Outcome}) // the sequence may use the cells again
	if len(b.peeked) < peekRows {
		return nil
	}
	return b.begin()
}

// begin opens the sheets and writes what was held back, once.
func (b *book) begin() error {
	if b.widths != nil {
		return nil
	}
	b.widths = b.columns.widths(b.peeked)
	for _, s := range []*series{&b.results, &b.failed} {
		if _, err := s.open(); err != nil {
			return err
		}
	}
	for _, rec := range b.peeked {
		if err := b.add(rec); err != nil {
			return err
		}
	}
	b.peeked = nil
	return nil
}

// add writes a record to the sheets it belongs to.
func (b *book) add(rec batch.Record) error {
	b.tally.add(rec)
	width := b.columns.width(rec)
	if width > excelize.MaxColumns {
		return &WidthError{Line: rec.Line, Cells: width}
	}
	b.row = slices.Grow(b.row[:0], width)[:width]
	clear(b.row)
	for i, text := range rec.Cells {
		if text != "" {
			b.row[b.columns.place(i)] = cellText(text)
		}
	}
	b.addOutcome(rec)

	sheets := []*series{&b.results}
	if rec.Outcome.Status.NeedsCare() {
		sheets = append(sheets, &b.failed)
	}
	for _, s := range sheets {
		if err := b.addTo(s, rec); err != nil {
			return err
		}
	}
	return nil
}

// addOutcome fills the result columns of the row, but for the redeem URL.
func (b *book) addOutcome(rec batch.Record) {
	o := rec.Outcome
	status, known := b.styles.status[o.Status]
	if !known {
		status = b.styles.text
	}
	b.put(batch.ColumnStatus, string(o.Status), status)
	b.put(batch.ColumnUserID, o.UserID, b.styles.text)
	b.put(batch.ColumnInvitationStatus, o.InvitationStatus, b.styles.text)
	b.put(batch.ColumnErrorCode, o.ErrorCode, b.styles.text)
	b.put(batch.ColumnError, o.Error, b.styles.wrapped)
	b.put(batch.ColumnAdvice, o.Advice, b.styles.wrapped)
	b.put(batch.ColumnInvitedAt, invitedAt(o), b.styles.text)
	b.put(batch.ColumnRequestID, o.RequestID, b.styles.text)
	b.put(batch.ColumnRowKey, b.rowKey(o), b.styles.text)
	b.count(batch.ColumnAttempts, o.Attempts)
	b.count(batch.ColumnSourceRow, rec.Line)
	if rec.Line == 0 {
		b.row[b.columns.at[batch.ColumnSourceRow]] = nil
	}
}

func (b *book) put(column, text string, style int) {
	at := b.columns.at[column]
	b.row[at] = nil // the list may have a value in a column that is taken over
	if text != "" {
		b.row[at] = excelize.Cell{StyleID: style, Value: cellText(text)}
	}
}

func (b *book) count(column string, n int) {
	b.row[b.columns.at[column]] = excelize.Cell{StyleID: b.styles.number, Value: n}
}

// addTo writes the row to a sheet, with a link behind the redeem URL as long as
// there are not too many.
func (b *book) addTo(s *series, rec batch.Record) error {
	address, link, style := rec.Outcome.RedeemURL.Reveal(), "", b.styles.text
	if b.links > 0 && canLink(address) {
		link, style = address, b.styles.link
		b.links--
	}
	b.put(batch.ColumnRedeemURL, address, style)
	return s.add(b.row, rowHeight(rec.Outcome), link)
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
func (b *book) rowKey(o batch.Outcome) string {
	switch o.Status {
	case batch.Invited, batch.Failed, batch.Unconfirmed:
		return batch.RowKey{Tenant: b.tenant, Address: o.Address, Fingerprint: o.Fingerprint}.String()
	case batch.Pending, batch.Invalid, batch.Duplicate:
	}
	return ""
}

// invitedAt is when Graph invited the guest, "" for a row that is not invited.
func invitedAt(o batch.Outcome) string {
	if o.Status != batch.Invited || o.At.IsZero() {
		return ""
	}
	return o.At.UTC().Format(time.RFC3339)
}

// headings is the first row of every results sheet.
func (b *book) headings() []any {
	row := make([]any, len(b.columns.headings))
	for i, heading := range b.columns.headings {
		style := b.styles.listHeading
		if b.columns.isResult(i) {
			style = b.styles.resultHeading
		}
		row[i] = excelize.Cell{StyleID: style, Value: cellText(heading)}
	}
	return row
}
