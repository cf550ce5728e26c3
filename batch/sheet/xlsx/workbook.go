// Package xlsx reads Excel workbooks strictly: whatever of a workbook cannot be
// read exactly is an [Error] that names the sheet, the row and the column, or the
// part of the workbook, and nothing is read after it. excelize is no way to read
// a list, since it ends a sheet early, without an error, at the first thing that
// it does not understand; it only shows numbers here, see numberFormats.
//
// The package knows cells, not guests: what a list is, and which sheet holds it,
// is the business of batch/sheet.
package xlsx

import (
	"archive/zip"
	"fmt"
	"slices"
	"strconv"

	"guestlist/internal/text"
)

// Workbook is an open workbook. It is for one goroutine, as are its sheets.
type Workbook struct {
	parts  parts
	sheets []*Sheet
	values values
}

// Open reads all of a workbook but its sheets. Shared strings that do not fit
// into memory go to what spill makes; a nil spill keeps all of them in memory, so
// that no plain text of an encrypted workbook reaches a disk. The caller must
// close the workbook, and the archive must stay readable until then.
func Open(archive *zip.Reader, spill func() (Spill, error)) (*Workbook, error) {
	b := &Workbook{values: values{texts: sharedStrings{limit: memoryLimit, spill: spill}}}
	if err := b.read(archive); err != nil {
		_ = b.Close()
		return nil, err
	}
	return b, nil
}

// Sheets returns the sheets in the order of their tabs.
func (b *Workbook) Sheets() []*Sheet { return slices.Clone(b.sheets) }

// Close removes what was put on disk.
func (b *Workbook) Close() error { return b.values.close() }

// read reads the directory of the workbook, its shared strings and its number
// formats.
func (b *Workbook) read(archive *zip.Reader) (err error) {
	if b.parts, err = readParts(archive); err != nil {
		return err
	}
	c, err := readContents(b.parts)
	if err != nil {
		return err
	}
	for _, s := range c.sheets {
		s.book = b
	}
	b.sheets, b.values.from1904 = c.sheets, c.from1904
	if err := b.values.texts.read(b.parts, c.strings); err != nil {
		return err
	}
	if b.values.styles, err = readStyles(b.parts, c.styles); err != nil {
		return err
	}
	b.values.formats = newNumberFormats(b.values.styles, c.from1904)
	return nil
}

// contents are what a workbook says of itself.
type contents struct {
	sheets []*Sheet
	// front is the sheet that was in front when the workbook was saved, from 0.
	front int
	// strings and styles are parts, which need not exist.
	strings, styles string
	// from1904 says that days are counted from 1904, as early Macs did.
	from1904 bool
}

// readContents reads the parts that say where everything else is.
func readContents(p parts) (contents, error) {
	var c contents
	main, err := mainPart(p)
	if err != nil {
		return c, err
	}
	// This is where they are found even when no relation points to them.
	c.strings, c.styles = resolve(main, "sharedStrings.xml"), resolve(main, "styles.xml")
	targets, unreadable := make(map[string]string), make(map[string]bool)
	err = p.relations(main, func(r relation) {
		targets[r.id] = resolve(main, r.target)
		switch r.kind {
		case "xlMacrosheet", "xlIntlMacrosheet", "dialogsheet":
			unreadable[r.id] = true
		case "sharedStrings":
			c.strings = targets[r.id]
		case "styles":
			c.styles = targets[r.id]
		}
	})
	if err != nil {
		return c, err
	}
	tab, viewed := 0, false
	err = p.elements(main, func(x *xmlReader) error {
		switch depth := x.depth(); {
		case x.name == "workbookPr" && depth == 2: // x15:workbookPr further inside is another thing
			c.from1904 = isTrue(x.attribute("date1904"))
		case x.name == "workbookView" && depth == 3 && !viewed:
			viewed = true
			c.front, _ = strconv.Atoi(x.attribute("activeTab")) // 0 where it is left out
		case x.name == "sheet" && depth == 3:
			state, id := x.attribute("state"), x.prefixed("id")
			sheet := &Sheet{Name: x.attribute("name"), Hidden: state == "hidden" || state == "veryHidden", part: targets[id]}
			// Sheets of old macros and dialogs have no cells for people: a module of Excel
			// 5 has no part at all.
			if id != "" && !unreadable[id] {
				c.sheets = append(c.sheets, sheet)
			}
			sheet.Front = tab == c.front
			tab++
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	return c, checkSheets(p, main, c.sheets)
}

// sheetsLimit is how many sheets are taken: each is looked at for guests.
const sheetsLimit = 5000

// checkSheets refuses sheets that have no part of their own.
func checkSheets(p parts, main string, sheets []*Sheet) error {
	if len(sheets) > sheetsLimit {
		return damaged(main, fmt.Errorf("it has more than %d sheets", sheetsLimit))
	}
	of := make(map[string]string)
	for _, s := range sheets {
		name := partName(s.part)
		if p[name] == nil {
			return damaged(main, fmt.Errorf("the sheet %q is missing (part %s)", s.Name, text.Line(s.part)))
		}
		if other, twice := of[name]; twice {
			return damaged(main, fmt.Errorf("the sheets %q and %q are one part (%s)", other, s.Name, text.Line(s.part)))
		}
		of[name] = s.Name
	}
	return nil
}

// mainPart is the part that lists the sheets.
func mainPart(p parts) (string, error) {
	name := "xl/workbook.xml"
	err := p.relations("", func(r relation) {
		if r.kind == "officeDocument" {
			name = resolve("", r.target)
		}
	})
	return name, err
}

// isTrue reads an attribute that is true or false.
func isTrue(value string) bool { return value == "1" || value == "true" }
