package xlsx

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// MaxLinks is how many links Excel takes on one sheet.
	MaxLinks = 65_530
	// maxLinkLength is the longest address that Excel opens from a cell, in characters.
	maxLinkLength = 2079
)

// linkable are the characters of RFC 3986 but for percent signs. Anything else
// in a link's address makes Excel call the workbook damaged.
const linkable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;="

// isLinkable has an entry for each byte: there are a million links to look at.
var isLinkable = func() (is [256]bool) {
	for _, c := range []byte(linkable) {
		is[c] = true
	}
	return is
}()

// canLink reports whether an address may be put behind a cell: http or https,
// not too long, and without characters or halves of percent escapes that Excel
// does not take.
func canLink(address string) bool {
	rest, ok := strings.CutPrefix(address, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(address, "http://")
	}
	if !ok || rest == "" || len(address) > maxLinkLength {
		return false
	}
	for i := 0; i < len(rest); i++ {
		switch {
		case isLinkable[rest[i]]:
		case rest[i] == '%' && i+2 < len(rest) && isHex(rest[i+1]) && isHex(rest[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}

// Link puts a link to an address behind a cell of the next row, whose column
// counts from 0. It reports false where there can be none: the sheet takes no
// more, or Excel would not open the address. The cell then needs another style.
func (s *Sheet) Link(column int, address string) (linked bool, err error) {
	if !canLink(address) || s.MaxLinks <= 0 || s.links != nil && s.links.count >= s.MaxLinks {
		return false, nil
	}
	if s.links == nil {
		s.links = &links{scratch: s.book.options.Scratch}
	}
	cell, err := excelize.CoordinatesToCellName(column+1, s.rows+1)
	if err != nil {
		return false, err
	}
	return true, s.links.add(cell, address)
}

// addLinks says what goes into the parts of the sheet.
func (s *Sheet) addLinks() error {
	if s.links == nil {
		return nil // an empty list of links is not allowed
	}
	// Excelize makes the part of the relationships where it has some of its own.
	const none = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>`
	if _, there := s.book.File.Relationships.Load(s.part(".rels")); !there {
		s.book.File.Pkg.LoadOrStore(s.part(".rels"), []byte(none))
	}
	s.patch("", zipPatch{mark: "<pageMargins", write: s.links.writeElement})
	s.patch(".rels", zipPatch{mark: "</Relationships>", write: s.links.writeTargets})
	return nil
}

// linksInMemory is how many bytes of links are kept in memory: most workbooks have few, and
// a file for each of twenty thousand would take longer than all the rest.
const linksInMemory = 256 << 10

// links are the links of one sheet until the sheet is packed; what memory should not
// hold is kept on disk. Excelize would look through all that are there for each new one,
// and keep them in memory.
type links struct {
	count int
	// lines has a line for each, its cell and its address: the latest, after those in the
	// file.
	lines   []byte
	scratch string
	// file is nil as long as all are in memory.
	file *os.File
}

// add puts a link to an address behind a cell.
func (l *links) add(cell, address string) (err error) {
	l.count++
	l.lines = append(append(append(append(l.lines, cell...), ' '), address...), '\n')
	if len(l.lines) < linksInMemory {
		return nil
	}
	if l.file == nil {
		if l.file, err = os.CreateTemp(l.scratch, "links-"); err != nil {
			return err
		}
	}
	_, err = l.file.Write(l.lines)
	l.lines = l.lines[:0]
	return err
}

// each calls do with the links in the order in which they came.
func (l *links) each(do func(n int, cell, address []byte) error) error {
	var all io.Reader = bytes.NewReader(l.lines)
	if l.file != nil {
		all = io.MultiReader(io.NewSectionReader(l.file, 0, math.MaxInt64), all)
	}
	r := bufio.NewReaderSize(all, 64<<10)
	for n := range l.count {
		line, err := r.ReadSlice('\n') // no address has a line break, or is so long
		if err != nil {
			return fmt.Errorf("read links again: %w", err)
		}
		cell, address, _ := bytes.Cut(line[:len(line)-1], []byte(" "))
		if err := do(n+1, cell, address); err != nil {
			return err
		}
	}
	return nil
}

// writeElement writes the part of the sheet that says which cells have links.
func (l *links) writeElement(w io.Writer) error {
	buf := bufio.NewWriter(w)
	_, _ = buf.WriteString("<hyperlinks>")
	err := l.each(func(n int, cell, _ []byte) error {
		_, _ = buf.WriteString(`<hyperlink ref="`)
		_, _ = buf.Write(cell)
		_, err := buf.WriteString(`" r:id="` + linkID(n) + `"/>`)
		return err
	})
	if err != nil {
		return err
	}
	_, _ = buf.WriteString("</hyperlinks>")
	return buf.Flush()
}

// writeTargets writes the relationships of the sheet that say where they lead.
func (l *links) writeTargets(w io.Writer) error {
	buf := bufio.NewWriter(w)
	err := l.each(func(n int, _, address []byte) error {
		_, _ = buf.WriteString(`<Relationship Id="` + linkID(n) + `" Type="` + excelize.SourceRelationshipHyperLink + `" Target="`)
		_ = xml.EscapeText(buf, address)
		_, err := buf.WriteString(`" TargetMode="External"/>`)
		return err
	})
	if err != nil {
		return err
	}
	return buf.Flush()
}

// linkID names a link among the relationships of its sheet, away from the
// numbers that excelize gives.
func linkID(n int) string { return "link" + strconv.Itoa(n) }

func (l *links) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
