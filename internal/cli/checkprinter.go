package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"guestlist/batch"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// checkPrinter shows a check: each problem as it is found, then the whole.
type checkPrinter interface {
	print(row batch.Row, p batch.Problem) error
	finish(c *listCheck, seen *checked) error
	// fail comes instead of finish.
	fail(why error) error
}

// checkTable is for people. Problems are held back until a table of them is full,
// so that its columns fit; a list with more gets one more table.
type checkTable struct {
	*process

	held []heldProblem
}

// heldProblem is a problem with its row.
type heldProblem struct {
	batch.Problem

	row any // a number, or a text that names the line of the file as well
}

// tableRows is how many problems share a table.
const tableRows = 5000

func (t *checkTable) print(row batch.Row, p batch.Problem) error {
	var number any = row.Line
	if row.FileLine != 0 {
		number = fmt.Sprintf("%d (line %d)", row.Line, row.FileLine)
	}
	if t.held = append(t.held, heldProblem{p, number}); len(t.held) < tableRows {
		return nil
	}
	return t.flush()
}

// fail leaves the word to the error: a list that cannot be read is corrected first.
func (*checkTable) fail(error) error { return nil }

func (t *checkTable) flush() error {
	if len(t.held) == 0 {
		return nil
	}
	said := t.asTable
	if columns := width(t.out); columns > 0 && columns < tableWidth {
		said = t.asParagraphs
	}
	problems := said()
	t.held = t.held[:0]
	return t.screen.above(func() error { _, err := fmt.Fprintf(t.out, "%s\n\n", trimmedLines(problems)); return err })
}

// tableWidth is how wide a terminal must be for a table: in narrow columns addresses would
// be broken.
const tableWidth = 120

// asTable has a line for each problem, folded on a terminal.
func (t *checkTable) asTable() string {
	tw := table.NewWriter()
	tw.SetStyle(plainTable())
	tw.AppendHeader(table.Row{"row", "column", "value", "what is wrong", "how to fix it"})
	for _, f := range t.held {
		tw.AppendRow(table.Row{f.row, shown(f.Column), shown(f.Value), t.stressed(f.Problem), f.Advice})
	}
	tw.SetColumnConfigs(t.columns())
	return tw.Render()
}

// asParagraphs has some lines for each problem: what is wrong, and below it what to do.
func (t *checkTable) asParagraphs() string {
	lines := make([]string, 0, 2*len(t.held))
	for _, f := range t.held {
		head := fmt.Sprintf("row %v  ", f.row)
		where := shown(f.Column)
		if f.Value != "" {
			where += " " + strconv.Quote(shown(f.Value))
		}
		lines = append(lines, head+beside(where+" "+t.stressed(f.Problem), len(head), width(t.out)))
		if f.Advice != "" {
			lines = append(lines, strings.Repeat(" ", len(head))+beside(f.Advice, len(head), width(t.out)))
		}
	}
	return strings.Join(lines, "\n")
}

// stressed is what is wrong, in the colour of how grave it is.
func (t *checkTable) stressed(f batch.Problem) string {
	what := f.What
	if f.Severity == batch.SeverityWarning {
		what = "warning: " + what
	}
	if !coloured(t.process, t.out) {
		return what
	}
	switch f.Severity {
	case batch.SeverityInvalid:
		return prettytext.FgRed.Sprint(what)
	case batch.SeverityWarning:
		return prettytext.FgYellow.Sprint(what)
	case batch.SeverityDuplicate:
		return prettytext.FgCyan.Sprint(what)
	}
	return what
}

// columns makes the table as wide as the terminal; off a terminal nothing is
// folded, so that a line is a problem.
func (t *checkTable) columns() []table.ColumnConfig {
	total := width(t.out)
	if total == 0 {
		return nil
	}
	// Row numbers and the gaps between columns take some 20 characters.
	room := max(total-20, 40)
	share := func(number, percent int) table.ColumnConfig { return foldedColumn(number, room*percent/100) }
	return []table.ColumnConfig{share(2, 14), share(3, 30), share(4, 26), share(5, 30)}
}

// foldedColumn is a column, from 1, whose words are folded to a number of characters.
func foldedColumn(number, room int) table.ColumnConfig {
	return table.ColumnConfig{Number: number, WidthMax: room, WidthMaxEnforcer: func(words string, room int) string { return strings.Join(folded(words, room), "\n") }}
}

// plainTable has no lines but the one below the headings.
func plainTable() table.Style {
	style := table.StyleDefault
	style.Options = table.Options{}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = prettytext.FormatDefault
	return style
}

// shown is a cell as a table can hold it: short, on one line, and with what
// people do not see spelled out.
func shown(value string) string { return text.Printable(text.Truncate(value, 60)) }

// finish sums up: what would be sent, what would not and why, what to do next.
func (t *checkTable) finish(c *listCheck, seen *checked) error {
	if err := t.flush(); err != nil {
		return err
	}
	for _, notice := range seen.notices {
		t.warn("%s", notice)
	}
	if c.o.preview {
		printPreviews(t.out, seen.previews, seen.Emailed, width(t.out))
	}
	reading := c.Reading()
	if _, err := fmt.Fprintf(t.out, "%s: %s\n", c.title(), rows(seen.Counts.Rows())); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(t.out, "read:    %s\n", beside(reading.Read(), labelWidth, width(t.out)))
	if rest := reading.Rest(); rest != "" {
		_, _ = fmt.Fprintf(t.out, "carried: %s\n", beside(rest, labelWidth, width(t.out)))
	}
	if _, err := fmt.Fprintln(t.out); err != nil {
		return err
	}
	for _, line := range c.lines(seen) {
		if _, err := fmt.Fprintf(t.out, "%8d  %s\n", line.rows, beside(line.name, countWidth, width(t.out))); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(t.out, "\n%s", c.taking(seen)); err != nil {
		return err
	}
	printLines(t.out, "next: ", c.next(seen))
	return nil
}

// countedLine is a line of the summary: a count and what is counted.
type countedLine struct {
	name string
	rows int
}

// kindsOf lists the kinds of problems of some rows with their counts: not an address (2).
func kindsOf(kinds map[batch.Kind]int, among int) string {
	var words []string
	sum := 0
	for _, k := range session.MostFirst(kinds) {
		words = append(words, fmt.Sprintf("%s (%d)", k.Name.Words(), k.Rows))
		sum += k.Rows
	}
	said := strings.Join(words, ", ")
	if sum > among {
		said += "; a row can have several"
	}
	return said
}

// checkJSON is for programs: one JSON object, whose problems are written as they
// are found, so that a million of them need no memory.
type checkJSON struct {
	w           io.Writer
	begun, over bool
}

// finding is a problem as programs see it; its JSON names are a promise.
type finding struct {
	Row int `json:"row"`
	// Line is the line of a CSV file where it is another number.
	Line     int            `json:"line,omitempty"`
	Column   string         `json:"column"`
	Value    string         `json:"value"`
	Severity batch.Severity `json:"severity"`
	Kind     batch.Kind     `json:"kind"`
	What     string         `json:"what"`
	Advice   string         `json:"advice"`
	// Repeats is the row that has the address first, for a duplicate.
	Repeats int `json:"repeats,omitempty"`
}

func (d *checkJSON) print(row batch.Row, p batch.Problem) error {
	f := finding{row.Line, row.FileLine, p.Column, p.Value, p.Severity, p.Kind, p.What, p.Advice, p.Repeats}
	separator := ",\n "
	if !d.begun {
		separator, d.begun = "{\"problems\":[\n ", true
	}
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(d.w, "%s%s", separator, inASCII(line)); err != nil {
		d.over = true // nobody reads any more
	}
	return err
}

// rest ends the object with the members of another one.
func (d *checkJSON) rest(of any) error {
	start := ""
	if !d.begun {
		start = `{"problems":[`
	}
	d.over = true
	tail, err := json.MarshalIndent(of, "", " ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.w, "%s],%s\n", start, inASCII(tail[1:]))
	return err
}

// fail ends the object of a list that could not be read to its end, so that
// programs can read it all the same.
func (d *checkJSON) fail(why error) error {
	if d.over {
		return nil
	}
	return d.rest(struct {
		Error string `json:"error"`
		Hint  string `json:"hint"`
	}{text.Error(why), session.Hint(why)})
}

// conclusion is the rest of the object; its names are a promise.
type conclusion struct {
	List    string                 `json:"list"`
	Sheet   string                 `json:"sheet"`
	SHA256  string                 `json:"sha256"`
	Columns []string               `json:"columns"`
	Fields  map[batch.Field]string `json:"fields"`
	session.Reading
	Rows        int                                   `json:"rows"`
	LeftOut     int                                   `json:"left_out"`
	Send        int                                   `json:"send"`
	Mailed      int                                   `json:"mailed"`
	Silent      int                                   `json:"silent"`
	WithMessage int                                   `json:"with_message"`
	Warned      int                                   `json:"warned"`
	Nameless    int                                   `json:"nameless"`
	Invited     int                                   `json:"invited"`
	Failed      int                                   `json:"failed"`
	Unconfirmed int                                   `json:"unconfirmed"`
	Invalid     int                                   `json:"invalid"`
	Duplicate   int                                   `json:"duplicate"`
	Kinds       map[batch.Severity]map[batch.Kind]int `json:"kinds"`
	Domains     map[string]int                        `json:"domains"`
	Notices     []string                              `json:"notices"`
	Preview     []emailPreview                        `json:"preview,omitempty"`
	Rate        string                                `json:"rate"`
	Seconds     float64                               `json:"seconds"`
}

func (d *checkJSON) finish(c *listCheck, seen *checked) error { return d.rest(c.conclusion(seen)) }
