package marked

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/batch/results"
	"guestlist/internal/text"
	"guestlist/report/celltext"
)

// Widths of the columns of the sheet that explains, in characters.
const (
	nameWidth   = 22
	proseWidth  = 78
	figureWidth = 10
)

// guide writes the sheet that explains, for somebody who has only this workbook.
type guide struct {
	*excelize.StreamWriter

	book *book
	row  int
	err  error
}

// finish writes the sheet that explains and closes all sheets.
func (b *book) finish() error {
	if _, err := b.file.NewSheet(readme); err != nil {
		return err
	}
	w, err := b.stream(readme, "portrait")
	if err != nil {
		return err
	}
	g := guide{StreamWriter: w, book: b}
	if err := g.write(); err != nil {
		return err
	}
	for _, s := range b.sheets {
		if err := b.close(s); err != nil {
			return err
		}
	}
	title := "What to mend"
	if b.list.Name != "" {
		title += " in " + b.list.Name
	}
	return b.file.SetDocProps(&excelize.DocProperties{Title: title, Creator: author, LastModifiedBy: author})
}

func (g *guide) write() error {
	for i, width := range []float64{nameWidth, proseWidth, figureWidth} {
		if err := g.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	g.title()
	g.colours()
	g.steps()
	g.faults()
	g.notes()
	if g.err != nil {
		return g.err
	}
	return g.Flush()
}

// line writes a row of up to three cells, high enough for the text in the
// second, which wraps.
func (g *guide) line(cells ...any) {
	g.row++
	opts := excelize.RowOpts{Height: lineHeight}
	if len(cells) > 1 {
		if c, ok := cells[1].(excelize.Cell); ok {
			if s, ok := c.Value.(string); ok {
				opts.Height = max(lineHeight, float64(lines(s, proseWidth))*lineHeight)
			}
		}
	}
	if g.err == nil {
		g.err = g.SetRow("A"+strconv.Itoa(g.row), cells, opts)
	}
}

func (g *guide) section(name string) {
	g.line()
	g.row++
	if g.err == nil {
		g.err = g.SetRow("A"+strconv.Itoa(g.row), []any{g.cell(g.book.styles.section, name)}, excelize.RowOpts{Height: headingHeight})
	}
}

func (g *guide) cell(style int, value any) excelize.Cell {
	if s, ok := value.(string); ok {
		value, _ = celltext.Fit(s)
	}
	return excelize.Cell{StyleID: style, Value: value}
}

func (g *guide) title() {
	g.row++
	title := "What to mend in this list"
	if g.err == nil {
		g.err = g.SetRow("A1", []any{g.cell(g.book.styles.title, title)}, excelize.RowOpts{Height: 28})
	}
	t := g.book.tally
	fine := t.rows
	for _, n := range t.marked {
		fine -= n
	}
	if g.book.list.Name != "" {
		g.line(g.cell(g.book.styles.name, "List"), g.cell(g.book.styles.prose, g.book.list.Name))
	}
	g.line(g.cell(g.book.styles.name, "Rows"), g.cell(g.book.styles.prose, fmt.Sprintf("%s; in %s of them there is nothing to mend.", text.Thousands(t.rows), text.Thousands(fine))))
}

// colours is the legend, with the figures.
func (g *guide) colours() {
	s := g.book.styles
	g.section("What the colours mean")
	g.line(g.cell(s.tableName, "Colour"), g.cell(s.tableName, "Meaning"), g.cell(s.tableNumber, "Rows"))
	for _, severity := range severities() {
		g.line(
			g.cell(s.cells[severity], severity.title()), g.cell(s.prose, severity.meaning()),
			g.cell(s.number, g.book.tally.marked[severity]),
		)
	}
	g.line(nil, g.cell(s.prose, "A row with several colours counts once, where it stands first in this table."))
}

// steps say how to go on.
func (g *guide) steps() {
	g.section("How to mend it")
	where := g.book.sheets[0].name
	for i, s := range []string{
		"Open the sheet “" + where + "”. To see only the rows in question, click the arrow in the heading “" + Column +
			"” and take the tick off “(Blanks)”.",
		"Correct the coloured cells. Point at one: a comment says what is wrong. The same stands in the column “" + Column + "”.",
		"Leave the headings as they are. Colours, comments and the column “" + Column + "” may stay: they do no harm.",
		"Save the workbook and send it back to whoever sent it to you.",
	} {
		g.line(g.cell(g.book.styles.step, strconv.Itoa(i+1)+"."), g.cell(g.book.styles.prose, s))
	}
}

// faults lists what is wrong, the most frequent first.
func (g *guide) faults() {
	t, s := g.book.tally, g.book.styles
	if len(t.faults) == 0 {
		return
	}
	g.section("What was found")
	g.line(g.cell(s.tableName, "Column"), g.cell(s.tableName, "What"), g.cell(s.tableNumber, "Rows"))
	for _, f := range t.most() {
		g.line(g.cell(s.name, f.heading), g.cell(s.prose, f.severity.title()+" - "+closed(f.what)), g.cell(s.number, t.faults[f]))
	}
}

// notes say where this workbook does not show everything.
func (g *guide) notes() {
	var notes []string
	if n := len(g.book.sheets); n > 1 {
		var names []string
		for _, s := range g.book.sheets {
			names = append(names, "“"+s.name+"”")
		}
		notes = append(notes, "The list is longer than a sheet: it goes on on the next. Its sheets are "+strings.Join(names, ", ")+".")
	}
	if t := g.book.tally; t.uncommented > 0 {
		notes = append(notes, fmt.Sprintf("Only the first %s marked cells have a comment, since more would make the workbook slow; %s others have their colour and their words.",
			text.Thousands(maxComments-g.book.comments), text.Thousands(t.uncommented)))
	}
	if t := g.book.tally; t.links > 0 {
		notes = append(notes, fmt.Sprintf("The column “%s” is empty here: its links are personal, and stay with whoever invites.", results.ColumnRedeemURL))
	}
	if t := g.book.tally; t.cut > 0 {
		notes = append(notes, fmt.Sprintf("%s too long for a cell of Excel and cut; the end of the cell says so.", plural(t.cut, "text was", "texts were")))
	}
	if len(notes) == 0 {
		return
	}
	g.section("Good to know")
	for _, note := range notes {
		g.line(nil, g.cell(g.book.styles.prose, note))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return text.Thousands(n) + " " + many
}
