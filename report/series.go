package report

import (
	"strconv"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// series is the sheets of one name: "Results" and, where the rows do not fit
// into one, "Results 2" and so on. Each has the heading row.
type series struct {
	book *book
	name string
	// maxRows is the number of rows a sheet holds, headings included.
	maxRows int
	sheets  []*page
}

// page is one sheet of a series.
type page struct {
	*excelize.StreamWriter
	name string
	rows int
}

// add writes the row of the given height in points, 0 for the usual, with a
// link behind its redeem URL unless link is "".
func (s *series) add(row []any, height float64, link string) error {
	p := s.sheets[len(s.sheets)-1]
	if p.rows == s.maxRows {
		var err error
		if p, err = s.open(); err != nil {
			return err
		}
	}
	p.rows++
	opts := excelize.RowOpts{StyleID: s.book.styles.text, Height: height}
	if err := p.SetRow("A"+strconv.Itoa(p.rows), row, opts); err != nil {
		return err
	}
	if link == "" {
		return nil
	}
	cell, err := excelize.CoordinatesToCellName(s.book.columns.at[batch.ColumnRedeemURL]+1, p.rows)
	if err != nil {
		return err
	}
	return s.book.file.SetCellHyperLink(p.name, cell, link, "External")
}

// open begins the next sheet of the series with its headings.
func (s *series) open() (*page, error) {
	name := s.name
	if n := len(s.sheets); n > 0 {
		name += " " + strconv.Itoa(n+1)
	}
	w, err := s.book.newSheet(name, "landscape")
	if err != nil {
		return nil, err
	}
	p := &page{StreamWriter: w, name: name, rows: 1}
	for i, width := range s.book.widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	key := s.book.columns.at[batch.ColumnRowKey] + 1
	if err := w.SetColVisible(key, key, false); err != nil {
		return nil, err
	}
	err = w.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
	if err != nil {
		return nil, err
	}
	s.sheets = append(s.sheets, p)
	return p, w.SetRow("A1", s.book.headings(), excelize.RowOpts{Height: headingHeight})
}

// close puts the filter and the printed heading on every sheet. The sheets have
// their final places by now: both are kept by position in the workbook.
func (s *series) close() error {
	for _, p := range s.sheets {
		last, err := excelize.CoordinatesToCellName(len(s.book.columns.headings), p.rows)
		if err != nil {
			return err
		}
		if err := s.book.file.AutoFilter(p.name, "A1:"+last, nil); err != nil {
			return err
		}
		titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + p.name + "'!$1:$1", Scope: p.name}
		if err := s.book.file.SetDefinedName(&titles); err != nil {
			return err
		}
		if err := p.Flush(); err != nil {
			return err
		}
	}
	return nil
}
