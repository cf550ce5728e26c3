package marked

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/text"
	"guestlist/report/xlsx"
)

// readme is the name of the sheet that explains.
const readme = "Read me"

// Widths of its columns, in characters.
const (
	nameWidth   = 22
	proseWidth  = 78
	figureWidth = 10
)

// guide writes the sheet that explains, for people who have only this workbook.
type guide struct {
	*xlsx.Sheet

	book *book
	err  error
}

// line writes a row of up to three cells, high enough for the text in the
// second, which wraps.
func (g *guide) line(cells ...any) {
	height := xlsx.LineHeight
	if len(cells) > 1 {
		if c, ok := cells[1].(excelize.Cell); ok {
			if s, ok := c.Value.(string); ok {
				height = max(height, xlsx.Height(xlsx.Lines(s, proseWidth)))
			}
		}
	}
	g.high(height, cells...)
}

// high writes a row of the given height in points.
func (g *guide) high(height float64, cells ...any) {
	if g.err == nil {
		g.err = g.Add(cells, height)
	}
}

func (g *guide) section(name string) {
	g.line()
	g.high(xlsx.HeadingHeight, xlsx.Cell(name, g.book.Styles.Section))
}

// tableHeading writes the headings of a table with figures in its last column.
func (g *guide) tableHeading(name, what, figure string) {
	s := g.book.Styles
	g.line(xlsx.Cell(name, s.TableName), xlsx.Cell(what, s.TableName), xlsx.Cell(figure, s.TableFigures))
}

// prose writes a row with a name, "" for none, and a text.
func (g *guide) prose(name, s string) {
	var first any
	if name != "" {
		first = xlsx.Cell(name, g.book.Styles.Prose)
	}
	g.line(first, xlsx.Cell(s, g.book.Styles.Prose))
}

func (g *guide) title() {
	g.high(28, xlsx.Cell("What to correct in this list", g.book.Styles.Title))
	t := g.book.tally
	fine := t.rows
	for _, n := range t.marked {
		fine -= n
	}
	if g.book.list.Name != "" {
		g.prose("List", g.book.list.Name)
	}
	g.prose("Rows", fmt.Sprintf("%s; there is nothing to correct in %s of them.", text.Thousands(t.rows), text.Thousands(fine)))
}

// colours is the legend, with the figures.
func (g *guide) colours() {
	g.section("What the colours mean")
	g.tableHeading("Colour", "Meaning", "Rows")
	for _, severity := range severities() {
		g.line(
			xlsx.Cell(titles[severity], g.book.styles.cells[severity]), xlsx.Cell(meanings[severity], g.book.Styles.Prose),
			xlsx.Cell(g.book.tally.marked[severity], g.book.styles.number),
		)
	}
	g.prose("", "A row with several colours counts once, for the first of them in this table.")
}

// steps say how to go on.
func (g *guide) steps() {
	g.section("How to correct it")
	where, column := g.book.sheets[0].Name, g.book.columns.headings[g.book.columns.texts]
	for i, s := range []string{
		"Open the sheet “" + where + "”. To see only the rows in question, click the arrow in the heading “" + column +
			"” and clear the box “(Blanks)”.",
		"Correct the coloured cells. Point at one: a comment says what is wrong. The column “" + column + "” says the same.",
		"Leave the headings as they are. Colours, comments and the column “" + column + "” can stay: they do no harm.",
		"Save the workbook and send it back to the person who sent it to you.",
	} {
		g.line(xlsx.Cell(strconv.Itoa(i+1)+".", g.book.styles.step), xlsx.Cell(s, g.book.Styles.Prose))
	}
}

// causes lists what is wrong, the most frequent first.
func (g *guide) causes() {
	t := g.book.tally
	if len(t.causes) == 0 {
		return
	}
	g.section("What was found")
	g.tableHeading("Column", "What", "Rows")
	for _, c := range t.most() {
		g.line(
			xlsx.Cell(c.heading, g.book.Styles.Prose), xlsx.Cell(titles[c.severity]+" - "+closed(c.what), g.book.Styles.Prose),
			xlsx.Cell(t.causes[c], g.book.styles.number),
		)
	}
}

// notes say where this workbook does not show everything.
func (g *guide) notes() {
	var notes []string
	if n := len(g.book.sheets); n > 1 {
		var names []string
		for _, s := range g.book.sheets {
			names = append(names, "“"+s.Name+"”")
		}
		notes = append(notes, "The list is longer than a sheet: it continues on the next one. Its sheets are "+strings.Join(names, ", ")+".")
	}
	t := g.book.tally
	if t.uncommented > 0 {
		notes = append(notes, fmt.Sprintf("Only the first %s marked cells have a comment, since more would make the workbook slow; %s others have their colour and their text.",
			text.Thousands(maxComments-g.book.comments), text.Thousands(t.uncommented)))
	}
	if t.links > 0 {
		notes = append(notes, fmt.Sprintf("The column “%s” is empty here: its links are personal, and stay with the person who invites.", results.ColumnRedeemURL))
	}
	if t.cut > 0 {
		were := " were"
		if t.cut == 1 {
			were = " was"
		}
		notes = append(notes, text.Plural(t.cut, "text")+were+" too long for a cell of Excel and cut; the end of the cell says so.")
	}
	if len(notes) == 0 {
		return
	}
	g.section("Good to know")
	for _, note := range notes {
		g.prose("", note)
	}
}

// tally counts what the rows have, for the sheet that explains.
type tally struct {
	rows int
	// marked is rows by their gravest note, causes rows by each.
	marked map[batch.Severity]int
	causes map[cause]int
	// cut is texts that no cell can hold whole, uncommented the marked cells
	// beyond maxComments.
	cut, uncommented int
	// links is redeem URLs that were left out.
	links int
}

// cause is what rows have in common that are corrected in the same way.
type cause struct {
	severity      batch.Severity
	heading, what string
}

// maxCauses bounds them; some name a figure of their own row.
const maxCauses = 500

// otherCauses is all that came after them.
var otherCauses = cause{severity: batch.SeverityWarning, heading: "(other)", what: "see the column " + Column}

func newTally() tally {
	return tally{marked: make(map[batch.Severity]int), causes: make(map[cause]int)}
}

// add counts a row with its notes, the gravest first.
func (t *tally) add(notes []note) {
	t.rows++
	if len(notes) == 0 {
		return
	}
	t.marked[notes[0].severity]++
	seen := make(map[cause]bool, len(notes))
	for _, n := range notes {
		c := cause{severity: n.severity, heading: n.heading, what: n.cause}
		if _, known := t.causes[c]; !known && len(t.causes) >= maxCauses {
			c = otherCauses
		}
		if !seen[c] {
			seen[c] = true
			t.causes[c]++
		}
	}
}

// most returns the causes by severity, those of the most rows first.
func (t *tally) most() []cause {
	return slices.SortedFunc(maps.Keys(t.causes), func(a, b cause) int {
		return cmp.Or(
			rank(a.severity)-rank(b.severity), t.causes[b]-t.causes[a],
			cmp.Compare(a.heading, b.heading), cmp.Compare(a.what, b.what),
		)
	})
}
