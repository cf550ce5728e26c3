package sheet

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// stylesLimit bounds the part with the number formats, which is held in memory,
// in bytes.
const stylesLimit = 32 << 20

// shownLimit is how many numbers are remembered as they are shown: dates and
// amounts come again and again.
const shownLimit = 4096

// formats shows numbers as people see them. excelize does it, in a workbook that
// has the styles of ours and one cell for each of them.
type formats struct {
	excel *excelize.File
	cells map[int]string
	shown map[number]string
}

// number is a stored number and its style.
type number struct {
	style int
	raw   string
}

// helperSheet is the only one in the workbook of formats.
const helperSheet = "Sheet1"

// newFormats takes the styles part as it stands, nil for none.
func newFormats(styles []byte, from1904 bool) (*formats, error) {
	// A date of the system's short form has no form of its own.
	f := &formats{excel: excelize.NewFile(excelize.Options{ShortDatePattern: "yyyy-mm-dd"})}
	f.cells, f.shown = make(map[int]string), make(map[number]string)
	if styles != nil {
		f.excel.Styles = nil // read again, from here:
		f.excel.Pkg.Store("xl/styles.xml", styles)
	}
	return f, f.excel.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904})
}

// show is a number as people see it.
func (f *formats) show(n number) (string, error) {
	if n.style == 0 {
		return n.raw, nil
	}
	text, known := f.shown[n]
	if known {
		return text, nil
	}
	text, err := f.format(n)
	if err != nil {
		return "", err
	}
	if len(f.shown) == shownLimit {
		clear(f.shown)
	}
	f.shown[n] = text
	return text, nil
}

// format lets excelize show a number. Some damage to styles makes it panic.
func (f *formats) format(n number) (text string, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the number format of style %d cannot be read", n.style)
		}
	}()
	cell, known := f.cells[n.style]
	if !known {
		cell = fmt.Sprintf("A%d", len(f.cells)+1)
		if err := f.excel.SetCellStyle(helperSheet, cell, cell, n.style); err != nil {
			return n.raw, nil // there is no such style, so that the number has no form
		}
		f.cells[n.style] = cell
	}
	if err := f.excel.SetCellDefault(helperSheet, cell, n.raw); err != nil {
		return "", err
	}
	return f.excel.GetCellValue(helperSheet, cell)
}

func (f *formats) close() error { return f.excel.Close() }
