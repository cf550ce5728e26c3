package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/durable"
	"guestlist/report/xlsx"
)

// confidential is at the foot of every page and among the document's properties;
// withoutLinks is in its place where there are none.
const (
	confidential = "The links are personal"
	withoutLinks = "Without the invitation links"
)

// Write writes the workbook: the sheet Results with a row for each record, the
// sheet Failed with those that need attention, the most frequent error first, and
// a summary. Both lists are Excel tables; rows that do not fit go on in "Results
// 2" and so on. A redeem URL is a link on up to 65,530 rows of a sheet, as many as
// Excel takes, and text beyond.
//
// It is written whole or not at all, as [Replace] does it: on any error, also one
// that Records yields, an existing workbook stays as it was. Memory does not
// grow with the records, but for a few bytes for each that needs attention. What
// the file system refuses comes as a [*FileError];
// a cancelled ctx ends it with the context's cause.
func Write(ctx context.Context, path string, r Results) error {
	scratch, err := newScratch(path)
	if err != nil {
		return err
	}
	defer func() { _ = scratch.Remove() }()

	b, err := newBook(scratch.Path, r)
	if err != nil {
		return notMade(path, err)
	}
	defer func() { _ = b.close() }()
	if err := b.fill(ctx, r); err != nil {
		return notMade(path, err)
	}
	return Replace(path, func(w io.Writer) error { return b.Write(ctx, w) })
}

// newScratch makes the temporary folder of the workbook at path.
func newScratch(path string) (*durable.TempFolder, error) {
	scratch, err := xlsx.NewScratch()
	if err != nil {
		return nil, &FileError{Path: path, Reason: "the temporary folder " + os.TempDir() + " cannot be used", Next: nextSpace, Err: durable.Cause(err)}
	}
	return scratch, nil
}

func notMade(path string, err error) error {
	return fmt.Errorf("make workbook %s: %w", path, err)
}

const (
	// peekRows decide how wide the columns are.
	peekRows = 300
	// maxCellLines is how many lines of a list's cell make a row higher.
	maxCellLines = 5
	// maxRepeated is how wide the columns may be, in characters, that say on each printed
	// page whose rows they are, and that stay in view: half of a laptop's screen.
	maxRepeated = 80
	// pageWidth is how many characters of a landscape page can be read.
	pageWidth = 190
)

// Widths of columns in characters.
const (
	maxWidth    = 60
	whoWidth    = 36
	urlWidth    = 40
	errorWidth  = 50
	adviceWidth = 50
)

// book is a results workbook while its rows are written.
type book struct {
	*xlsx.Book

	places results.ColumnPlaces
	origin results.Origin
	// noLinks leaves out links and row keys.
	noLinks bool
	// who are the places of the columns that say who a guest is.
	who    []int
	styles styles
	tally  *batch.Tally
	// peeked are the first records, held back until begun: until the widths of
	// the columns are known.
	peeked          []batch.Record
	begun           bool
	results, failed series
	// attention has the rows of failed.
	attention *attention
	// row is the row being written, kept for the next.
	row xlsx.Row
}

// newBook prepares the workbook of r. It must be closed.
func newBook(scratch string, r Results) (*book, error) {
	if err := Fits(r.Columns, 0, r.FollowUps); err != nil {
		return nil, err
	}
	b := &book{places: placeColumns(r.Columns, r.FollowUps), origin: r.origin(), noLinks: r.NoLinks, tally: batch.NewTally()}
	for _, at := range r.Who {
		b.who = append(b.who, b.places.OfCell(at))
	}
	b.results = series{book: b, name: results.SheetResults, maxRows: excelize.TotalRows, maxLinks: xlsx.MaxLinks}
	order, printed := b.failedOrder()
	b.failed = series{book: b, name: results.SheetFailed, order: order, printed: printed, maxRows: excelize.TotalRows, maxLinks: xlsx.MaxLinks}
	var err error
	if b.attention, err = newAttention(scratch); err != nil {
		return nil, err
	}
	footer := confidential
	if r.NoLinks {
		footer = withoutLinks
	}
	b.Book, err = xlsx.New(xlsx.Options{Scratch: scratch, Sandbox: r.Summary.Sandbox, Footer: footer})
	if err != nil {
		return nil, errors.Join(err, b.attention.close())
	}
	headings := xlsx.Blue
	if r.Summary.Sandbox {
		headings = xlsx.Amber
	}
	if b.styles, err = newStyles(b.Book, headings); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// close frees the files in the scratch folder.
func (b *book) close() error { return errors.Join(b.attention.close(), b.Close()) }

// fill makes all sheets.
func (b *book) fill(ctx context.Context, r Results) error {
	if err := Each(ctx, r.Records, b.take); err != nil {
		return err
	}
	if err := b.begin(); err != nil { // a list shorter than the peek
		return err
	}
	if err := b.addFailed(ctx); err != nil {
		return err
	}
	if err := b.addSummary(r.Summary); err != nil {
		return err
	}
	if err := b.describe(r.Summary); err != nil {
		return err
	}
	if b.failed.sheets[0].Rows() > 1 && !b.noLinks { // that is no results workbook, and a list is read from the front
		b.Open(b.failed.sheets[0])
	}
	for _, s := range []*series{&b.results, &b.failed} {
		if err := s.colourStatus(); err != nil {
			return err
		}
	}
	return b.Finish()
}

// describe names the workbook, for those who look at the file only.
func (b *book) describe(s batch.RunFacts) error {
	p := excelize.DocProperties{
		Title: titleOf(s), Subject: "Invitations of guests into a Microsoft Entra tenant, with their links",
		Description: "Confidential. " + confidential + ": give each one only to the person it was made for.",
		Category:    "Confidential", Keywords: "guest invitations, Microsoft Entra, B2B, redeem links, personal data",
		Creator: s.Tool,
	}
	if b.noLinks {
		p.Subject, p.Keywords = "Invitations of guests into a Microsoft Entra tenant", "guest invitations, Microsoft Entra, B2B, personal data"
		p.Description = "Confidential. " + withoutLinks + "."
	}
	if at := s.Ended; !at.IsZero() {
		p.Created, p.Modified = at.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339)
	}
	return b.Describe(p)
}

// titleOf is what the workbook is called in it and among its properties.
func titleOf(s batch.RunFacts) string {
	if s.List == "" {
		return "Guest invitations"
	}
	return "Guest invitations: " + filepath.Base(s.List)
}

// take holds a record back or writes it.
func (b *book) take(rec batch.Record) error {
	if b.begun {
		return b.add(rec)
	}
	b.peeked = append(b.peeked, batch.Record{Line: rec.Line, Cells: slices.Clone(rec.Cells), Outcome: rec.Outcome, Guest: rec.Guest, FollowUps: rec.FollowUps}) // the sequence may use the cells again
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
	b.results.widths = b.widths()
	b.failed.widths = b.failedWidths()
	if err := b.results.open(); err != nil {
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

// widths are those that suit the peeked records.
func (b *book) widths() []float64 {
	w := xlsx.NewWidths(b.places.Headings)
	for _, rec := range b.peeked {
		for i, s := range rec.Cells {
			w.Note(b.places.OfCell(i), s)
		}
		for _, column := range []string{
			results.ColumnStatus, results.ColumnLinkState, results.ColumnGuestState, results.ColumnUserID, results.ColumnErrorCode,
			results.ColumnInvitationStatus, results.ColumnRequestID, results.ColumnClientRequestID,
		} {
			w.Note(b.places.At(column), results.Text(column, rec, b.origin))
		}
		if b.places.HasFollowUps() {
			for _, column := range results.FollowUpColumns() {
				w.Note(b.places.At(column), results.Text(column, rec, b.origin))
			}
		}
		for column, at := range instants(rec) {
			if !at.IsZero() {
				w.Note(b.places.At(column), xlsx.Instant)
			}
		}
	}
	widths := w.Columns(maxWidth)
	for _, at := range b.who {
		widths[at] = min(widths[at], whoWidth)
	}
	widths[b.places.At(results.ColumnRedeemURL)] = urlWidth
	widths[b.places.At(results.ColumnError)] = errorWidth
	widths[b.places.At(results.ColumnAdvice)] = adviceWidth
	return widths
}

// failedOrder begins with who it is, what went wrong and what to do; times and what only
// support asks for come last, and are not printed.
func (b *book) failedOrder() (order []int, printed int) {
	first, last := slices.Clone(b.who), []int(nil)
	if len(first) == 0 && b.places.List > 0 && !b.places.IsResult(0) {
		first = []int{0}
	}
	for _, column := range []string{results.ColumnStatus, results.ColumnError, results.ColumnAdvice, results.ColumnErrorCode} {
		first = append(first, b.places.At(column))
	}
	for _, column := range []string{
		results.ColumnRedeemURL, results.ColumnLinkState, results.ColumnGuestState, results.ColumnAnsweredAt, results.ColumnInvitedAt, results.ColumnAcceptedAt, results.ColumnGuestAsOf, results.ColumnAttempts, results.ColumnInvitationStatus,
		results.ColumnUserID, results.ColumnRequestID, results.ColumnClientRequestID, results.ColumnSourceRow, results.ColumnRowKey,
	} {
		last = append(last, b.places.At(column))
	}
	var between []int
	for at := range b.places.Headings {
		if !slices.Contains(first, at) && !slices.Contains(last, at) {
			between = append(between, at)
		}
	}
	return slices.Concat(first, between, last), len(first) + len(between)
}

// failedWidths are those of the sheet Failed: few of its rows have a link or a
// guest, and what went wrong should be in sight.
func (b *book) failedWidths() []float64 {
	widths := slices.Clone(b.results.widths)
	for _, name := range []string{
		results.ColumnRedeemURL, results.ColumnLinkState, results.ColumnGuestState, results.ColumnAcceptedAt, results.ColumnGuestAsOf,
		results.ColumnUserID, results.ColumnInvitationStatus,
	} {
		widths[b.places.At(name)] = float64(len(name) + xlsx.Padding)
	}
	return widths
}

// add counts a record, writes it to Results, and keeps it for Failed if it
// belongs there.
func (b *book) add(rec batch.Record) error {
	group := b.tally.Add(rec)
	if rec.Outcome.Status.NeedsCare() {
		if err := b.attention.add(rec, group); err != nil {
			return err
		}
	}
	return b.write(&b.results, rec)
}

// addFailed writes the sheet Failed: the most frequent error first, and its
// advice where it begins.
func (b *book) addFailed(ctx context.Context) error {
	if err := b.failed.open(); err != nil {
		return err
	}
	first, code, advice := true, "", ""
	return Each(ctx, b.attention.records(), func(rec batch.Record) error {
		o := &rec.Outcome
		if !first && o.ErrorCode == code && o.Advice == advice {
			o.Advice = ""
		} else {
			code, advice = o.ErrorCode, o.Advice
		}
		first = false
		return b.write(&b.failed, rec)
	})
}

// write puts a record into a sheet.
func (b *book) write(s *series, rec batch.Record) error {
	width := b.places.Width(rec)
	if err := xlsx.CheckWidth(rec.Line, width); err != nil {
		return err
	}
	b.row.Reset(width)
	lines := max(xlsx.Lines(rec.Outcome.Error, errorWidth), xlsx.Lines(rec.Outcome.Advice, adviceWidth))
	for i, text := range rec.Cells {
		if text == "" {
			continue // also beyond the width
		}
		at, style := b.places.OfCell(i), b.Styles.Text
		if breaks := strings.Count(text, "\n"); breaks > 0 && !b.places.IsResult(at) {
			style = b.Styles.Wrapped
			lines = max(lines, min(breaks+1, maxCellLines))
		}
		b.row.Text(at, text, style)
	}
	b.addOutcome(rec)
	return s.add(&b.row, xlsx.Height(lines), rec.Outcome)
}

// addOutcome fills the result columns of the row but for the redeem URL, also
// those where the list had something.
func (b *book) addOutcome(rec batch.Record) {
	o := rec.Outcome
	for _, column := range [...]string{
		results.ColumnStatus, results.ColumnLinkState, results.ColumnGuestState, results.ColumnUserID, results.ColumnInvitationStatus,
		results.ColumnErrorCode, results.ColumnRequestID, results.ColumnClientRequestID,
	} {
		b.row.Text(b.places.At(column), results.Text(column, rec, b.origin), b.Styles.Text)
	}
	if b.places.HasFollowUps() {
		for _, column := range results.FollowUpColumns() {
			b.row.Text(b.places.At(column), results.Text(column, rec, b.origin), b.Styles.Text)
		}
	}
	b.row.Text(b.places.At(results.ColumnRowKey), "", 0)
	if !b.noLinks {
		b.row.Text(b.places.At(results.ColumnRowKey), b.places.Key(rec, b.origin), b.Styles.Text)
	}
	b.row.Text(b.places.At(results.ColumnError), o.Error, b.Styles.Wrapped)
	b.row.Text(b.places.At(results.ColumnAdvice), o.Advice, b.Styles.Wrapped)
	b.row.Value(b.places.At(results.ColumnAttempts), o.Attempts, b.styles.number)
	for column, at := range instants(rec) {
		b.addInstant(column, at)
	}
	b.row.Text(b.places.At(results.ColumnSourceRow), "", 0)
	if rec.Line > 0 {
		b.row.Value(b.places.At(results.ColumnSourceRow), rec.Line, b.styles.number)
	}
}

// instants yields the columns of a record that have a time, and the times, zero for none.
func instants(rec batch.Record) iter.Seq2[string, time.Time] {
	return func(yield func(string, time.Time) bool) {
		_ = yield(results.ColumnAcceptedAt, rec.Guest.AcceptedAt()) &&
			yield(results.ColumnGuestAsOf, rec.Guest.At.UTC()) &&
			yield(results.ColumnInvitedAt, results.InvitedAt(rec.Outcome)) &&
			yield(results.ColumnAnsweredAt, results.AnsweredAt(rec.Outcome))
	}
}

// addInstant fills a column with a time, or empties it for none.
func (b *book) addInstant(column string, at time.Time) {
	b.row.Text(b.places.At(column), "", 0)
	if !at.IsZero() {
		b.row.Value(b.places.At(column), xlsx.Serial(at), b.Styles.Instant)
	}
}

// series is the sheets of one name: "Results" and, where the rows do not fit into
// one, "Results 2" and so on. Each has the heading row and is a table.
type series struct {
	book *book
	name string
	// order is which of the placed columns is in each column of the sheet, nil for all as they
	// are placed; printed is how many of the first ones are printed, 0 for all.
	order   []int
	printed int
	// values are a row in that order.
	values []any
	// widths has one entry for each placed column.
	widths []float64
	// maxRows is the number of rows a sheet holds, headings included, maxLinks
	// the number of links.
	maxRows, maxLinks int
	sheets            []*xlsx.Sheet
	// unlinked is how many redeem URLs have no link behind them.
	unlinked int
}

// add writes a row of the given height with its redeem URL: a link as long as the
// sheet takes one more. Only what can be clicked looks like it. A link that does not
// work any more is struck out, and one that may not is in italics.
func (s *series) add(row *xlsx.Row, height float64, o batch.Outcome) error {
	if s.sheets[len(s.sheets)-1].Rows() == s.maxRows {
		if err := s.open(); err != nil {
			return err
		}
	}
	sheet := s.sheets[len(s.sheets)-1]
	column, redeemURL := s.book.places.At(results.ColumnRedeemURL), o.RedeemURL.Reveal()
	if s.book.noLinks {
		row.Text(column, "", 0)
		return sheet.Add(s.arranged(row.Values()), height)
	}
	if _, cut := xlsx.Fit(redeemURL); cut {
		redeemURL = results.LinkInJournal
	}
	if o.LinkState() == batch.LinkReplaced {
		row.Text(column, redeemURL, s.book.styles.struckOut)
		return sheet.Add(s.arranged(row.Values()), height)
	}
	linked, err := sheet.Link(s.column(column), redeemURL)
	if err != nil {
		return err
	}
	if !linked && redeemURL != "" {
		s.unlinked++
	}
	row.Text(column, redeemURL, s.book.linkStyle(o.LinkState(), linked))
	return sheet.Add(s.arranged(row.Values()), height)
}

// column is where a placed column is on the sheet.
func (s *series) column(place int) int {
	if s.order == nil {
		return place
	}
	return slices.Index(s.order, place)
}

// arranged is a row of placed values in the order of the sheet. Cells beyond the headings
// stay where they are.
func (s *series) arranged(values []any) []any {
	if s.order == nil {
		return values
	}
	s.values = append(s.values[:0], values...)
	for column, place := range s.order {
		s.values[column] = values[place]
	}
	return s.values
}

// arrange is arranged for what the headings have.
func arrange[T any](s *series, placed []T) []T {
	if s.order == nil {
		return placed
	}
	all := make([]T, len(placed))
	for column, place := range s.order {
		all[column] = placed[place]
	}
	return all
}

// linkStyle is how a redeem URL that is not struck out looks.
func (b *book) linkStyle(state batch.LinkState, linked bool) int {
	switch {
	case state == batch.LinkUncertain && linked:
		return b.styles.uncertainLink
	case state == batch.LinkUncertain:
		return b.styles.uncertain
	case linked:
		return b.Styles.Link
	default:
		return b.Styles.Text
	}
}

// open begins the next sheet of the series with its headings.
func (s *series) open() error {
	b, name := s.book, s.name
	if n := len(s.sheets); n > 0 {
		name += fmt.Sprintf(" %d", n+1)
	}
	frozen := s.frozen()
	sheet, err := b.AddSheet(name, xlsx.Layout{Landscape: true, PagesWide: s.pages(), RowStyle: b.Styles.Text})
	if err != nil {
		return err
	}
	s.sheets = append(s.sheets, sheet)
	sheet.MaxLinks = s.maxLinks
	sheet.Table(arrange(s, b.places.Headings))
	sheet.PrintColumns(s.printed)
	hidden := []string{results.ColumnRowKey}
	if b.noLinks {
		hidden = append(hidden, results.ColumnRedeemURL)
	}
	for _, column := range hidden {
		at := s.column(b.places.At(column)) + 1
		if err := sheet.SetColVisible(at, at, false); err != nil {
			return err
		}
	}
	for _, err := range []error{sheet.SetWidths(arrange(s, s.widths)...), sheet.Freeze(1, frozen)} {
		if err != nil {
			return err
		}
	}
	if first, last := s.repeated(); first >= 0 {
		if err := sheet.RepeatColumns(first+1, last+1); err != nil {
			return err
		}
	}
	return sheet.Add(s.arranged(b.headings()), xlsx.HeadingHeight)
}

// repeated are the first and last of the columns that say who a guest is, with those
// between them; of too many the first alone, and -1 for none.
func (s *series) repeated() (first, last int) {
	if len(s.book.who) == 0 {
		return -1, -1
	}
	columns := make([]int, len(s.book.who))
	for i, place := range s.book.who {
		columns[i] = s.column(place)
	}
	first, last = slices.Min(columns), slices.Max(columns)
	if s.wide(first, last+1) > maxRepeated {
		return columns[0], columns[0]
	}
	return first, last
}

// wide is how wide the columns of the sheet are together.
func (s *series) wide(from, to int) (wide float64) {
	for _, width := range arrange(s, s.widths)[from:to] {
		wide += width
	}
	return wide
}

// frozen is how many columns stay in view: those up to the address and the name, or up to
// the address; none where they would fill the screen, or where it is not known which they are.
func (s *series) frozen() int {
	for _, last := range []func() int{
		func() int { _, last := s.repeated(); return last },
		func() int { return s.column(s.book.who[0]) },
	} {
		if len(s.book.who) == 0 {
			return 0
		}
		if columns := last() + 1; s.wide(0, columns) <= maxRepeated {
			return columns
		}
	}
	return 0
}

// pages is how many pages wide the sheet can be read in print.
func (s *series) pages() int {
	columns := s.printed
	if columns == 0 {
		columns = len(s.widths)
	}
	first, last := s.repeated()
	again := 0.0
	if first >= 0 {
		again = s.wide(first, last+1)
	}
	return max(1, int(math.Ceil((s.wide(0, columns)-again)/(pageWidth-again))))
}

// headings is the first row of every sheet.
func (b *book) headings() []any {
	var row xlsx.Row
	row.Reset(len(b.places.Headings))
	for i, heading := range b.places.Headings {
		style := b.Styles.Heading
		if b.places.IsResult(i) {
			style = b.styles.resultHeading
		}
		row.Value(i, heading, style)
	}
	return row.Values()
}

// colourStatus colours the status of every row.
func (s *series) colourStatus() error {
	column, err := excelize.ColumnNumberToName(s.column(s.book.places.At(results.ColumnStatus)) + 1)
	if err != nil {
		return err
	}
	for _, sheet := range s.sheets {
		cells := fmt.Sprintf("%s2:%[1]s%d", column, max(sheet.Rows(), 2))
		if err := s.book.colourStatus(sheet.Name, cells); err != nil {
			return err
		}
	}
	return nil
}
