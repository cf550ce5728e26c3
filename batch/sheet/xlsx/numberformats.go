package xlsx

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// stylesLimit bounds the part with the number formats, which is held in memory,
// in bytes.
const stylesLimit = 32 << 20

// shownLimit is how many numbers are remembered as they are shown: the same dates
// and amounts come again and again.
const shownLimit = 4096

// numberFormats show numbers as people see them. excelize does it, in a workbook
// that has the styles of ours and one cell for each of them.
type numberFormats struct {
	excel *excelize.File
	cells map[int]string
	shown map[storedNumber]string
}

// storedNumber is a number as it is stored, and the style of its cell.
type storedNumber struct {
	style int
	raw   string
}

// helperSheet is the only sheet in the workbook of numberFormats.
const helperSheet = "Sheet1"

// readNumberFormats reads the part with the styles, which a workbook need not
// have.
func readNumberFormats(p parts, name string, from1904 bool) (*numberFormats, error) {
	styles, err := readStyles(p, name)
	if err != nil {
		return nil, err
	}
	formats, err := newNumberFormats(styles, from1904)
	if err != nil {
		return nil, damaged(name, err)
	}
	return formats, nil
}

// readStyles returns the part with the styles, nil where there is none.
func readStyles(p parts, name string) ([]byte, error) {
	part := p[partName(name)]
	if part == nil {
		return nil, nil //nolint:nilnil // none, as the comment says
	}
	file, err := openPart(part, stylesLimit)
	if err != nil {
		return nil, damaged(name, err)
	}
	defer func() { _ = file.Close() }()
	// excelize takes what it can of a damaged part, so that it is read once before.
	if err := p.elements(name, func(*xmlReader) error { return nil }); err != nil {
		return nil, err
	}
	styles, err := io.ReadAll(file)
	if err != nil {
		return nil, damaged(name, err)
	}
	return styles, nil
}

// newNumberFormats takes the styles part as it is stored, nil for none.
func newNumberFormats(styles []byte, from1904 bool) (*numberFormats, error) {
	// A date in the system's short form has no form of its own.
	f := &numberFormats{excel: excelize.NewFile(excelize.Options{ShortDatePattern: "yyyy-mm-dd"})}
	f.cells, f.shown = make(map[int]string), make(map[storedNumber]string)
	if styles != nil {
		f.excel.Styles = nil // read again, from here:
		f.excel.Pkg.Store("xl/styles.xml", styles)
	}
	return f, f.excel.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904})
}

// show returns a number as people see it.
func (f *numberFormats) show(n storedNumber) (string, error) {
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
func (f *numberFormats) format(n storedNumber) (text string, err error) {
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

func (f *numberFormats) close() error { return f.excel.Close() }
