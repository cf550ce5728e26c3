package report

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"

	"guestlist/batch/results"
)

// headingHeight is in points.
const headingHeight = 21

// series is the sheets of one name: "Results" and, where the rows do not fit
// into one, "Results 2" and so on. Each has the heading row and is a table.
type series struct {
	book *book
	name string
	// widths has one entry for each heading.
	widths []float64
	// maxRows is the number of rows a sheet holds, headings included, maxLinks
	// the number of links.
	maxRows, maxLinks int
	sheets            []*page
	// unlinked is how many redeem URLs have no link behind them.
	unlinked int
}

// page is one sheet of a series.
type page struct {
	*excelize.StreamWriter

	name string
	rows int
	// width is how many columns the longest row has.
	width int
	links *links
}

// add writes the row of the given height in points, 0 for the usual, with its
// redeem URL: a link as long as the sheet takes one more.
func (s *series) add(row *line, height float64, redeemURL string) error {
	p := s.sheets[len(s.sheets)-1]
	if p.rows == s.maxRows {
		var err error
		if p, err = s.open(); err != nil {
			return err
		}
	}
	p.rows++
	p.width = max(p.width, len(row.values))
	style, err := s.link(p, redeemURL)
	if err != nil {
		return err
	}
	row.text(s.book.columns.at[results.ColumnRedeemURL], redeemURL, style)
	opts := excelize.RowOpts{StyleID: s.book.styles.text, Height: height}
	return p.SetRow("A"+strconv.Itoa(p.rows), row.values, opts)
}

// link puts a link behind the redeem URL of the page's last row, and returns
// the style of its cell: only what can be clicked looks like it.
func (s *series) link(p *page, redeemURL string) (style int, err error) {
	if p.links.count == s.maxLinks || !canLink(redeemURL) {
		if redeemURL != "" {
			s.unlinked++
		}
		return s.book.styles.text, nil
	}
	return s.book.styles.link, p.links.add(p.rows, redeemURL)
}

// open begins the next sheet of the series with its headings.
func (s *series) open() (*page, error) {
	b := s.book
	name := s.name
	if n := len(s.sheets); n > 0 {
		name += " " + strconv.Itoa(n+1)
	}
	w, err := b.newSheet(name, landscape)
	if err != nil {
		return nil, err
	}
	p := &page{StreamWriter: w, name: name, rows: 1, width: len(s.widths)}
	if p.links, err = newLinks(b.scratch, b.columns.at[results.ColumnRedeemURL]); err != nil {
		return nil, err
	}
	s.sheets = append(s.sheets, p)
	if err := b.layOut(p, s.widths); err != nil {
		return nil, err
	}
	return p, w.SetRow("A1", b.headings(), excelize.RowOpts{Height: headingHeight})
}

// headings is the first row of every sheet.
func (b *book) headings() []any {
	var row line
	row.reset(len(b.columns.headings))
	for i, heading := range b.columns.headings {
		style := b.styles.listHeading
		if b.columns.isResult(i) {
			style = b.styles.resultHeading
		}
		row.value(i, heading, style)
	}
	return row.values
}

// layOut sets the widths of the columns and keeps the headings in sight.
func (b *book) layOut(p *page, widths []float64) error {
	for i, width := range widths {
		if err := p.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	key := b.columns.at[results.ColumnRowKey] + 1
	if err := p.SetColVisible(key, key, false); err != nil {
		return err
	}
	return p.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
}

// close ends every sheet. They have their final places by now: the printed
// heading is kept by position in the workbook.
func (s *series) close() error {
	for _, p := range s.sheets {
		titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + p.name + "'!$1:$1", Scope: p.name}
		if err := s.book.file.SetDefinedName(&titles); err != nil {
			return err
		}
		if err := s.book.closePage(p); err != nil {
			return err
		}
	}
	return nil
}

// closePage makes the rows of a sheet a table, which has at least one, and says
// what goes into the sheet when it is packed.
func (b *book) closePage(p *page) error {
	last := max(p.rows, 2)
	status, err := excelize.ColumnNumberToName(b.columns.at[results.ColumnStatus] + 1)
	if err != nil {
		return err
	}
	if err := b.colourStatus(p.name, fmt.Sprintf("%s2:%[1]s%d", status, last)); err != nil {
		return err
	}
	ref, err := area(len(b.columns.headings), last)
	if err != nil {
		return err
	}
	if err := b.makeTable(p, ref); err != nil {
		return err
	}
	whole, err := area(p.width, p.rows)
	if err != nil {
		return err
	}
	// A cell holds the text that stood in the list, also where it is a number.
	if err := b.file.AddIgnoredErrors(p.name, whole, excelize.IgnoredErrorsNumberStoredAsText); err != nil {
		return err
	}
	part := "sheet" + strconv.Itoa(p.SheetID) + ".xml"
	b.insertions["xl/worksheets/"+part] = []insertion{dimension(whole), {"<pageMargins", p.links.writeElement}}
	b.insertions["xl/worksheets/_rels/"+part+".rels"] = []insertion{{"</Relationships>", p.links.writeTargets}}
	return p.Flush()
}

// area is the range from A1 of so many columns and rows.
func area(columns, rows int) (string, error) {
	corner, err := excelize.CoordinatesToCellName(columns, rows)
	return "A1:" + corner, err
}
