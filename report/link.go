package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"

	"github.com/xuri/excelize/v2"
)

const (
	// maxLinks is how many links Excel takes on one sheet.
	maxLinks = 65_530
	// maxLinkLength is the longest address that Excel opens from a cell, in characters.
	maxLinkLength = 2079
)

// linkable holds the characters of RFC 3986 and whole percent escapes. Anything
// else in a link's address makes Excel call the workbook damaged.
var linkable = regexp.MustCompile(`^https?://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)

// canLink reports whether an address may be put behind a cell.
func canLink(address string) bool {
	return len(address) <= maxLinkLength && linkable.MatchString(address)
}

// links are the links of one sheet, kept on disk until the sheet is packed.
// Excelize would look through all that are there for each new one, and keep
// them in memory.
type links struct {
	// column is the letter of the cells that hold them.
	column string
	count  int
	// file has a line for each: the number of its row and its address.
	file *os.File
	buf  *bufio.Writer
}

// newLinks keeps links of the column at position, from 0, in the folder scratch.
func newLinks(scratch string, position int) (*links, error) {
	column, err := excelize.ColumnNumberToName(position + 1)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(scratch, "links-")
	if err != nil {
		return nil, err
	}
	return &links{column: column, file: file, buf: bufio.NewWriterSize(file, 64<<10)}, nil
}

// add puts a link to address, which [canLink], behind the cell of a row.
func (l *links) add(row int, address string) error {
	l.count++
	_, err := fmt.Fprintf(l.buf, "%d %s\n", row, address)
	return err
}

// each calls do with the links in the order of their rows.
func (l *links) each(do func(n, row int, address string) error) error {
	if err := l.buf.Flush(); err != nil {
		return err
	}
	r := bufio.NewReader(io.NewSectionReader(l.file, 0, 1<<62))
	for n := range l.count {
		var row int
		var address string
		if _, err := fmt.Fscanf(r, "%d %s\n", &row, &address); err != nil {
			return fmt.Errorf("read links again: %w", err)
		}
		if err := do(n+1, row, address); err != nil {
			return err
		}
	}
	return nil
}

// writeElement writes the part of the sheet that says which cells have links.
func (l *links) writeElement(w io.Writer) error {
	if l.count == 0 {
		return nil // an empty list of links is not allowed
	}
	buf := bufio.NewWriter(w)
	_, _ = buf.WriteString("<hyperlinks>")
	err := l.each(func(n, row int, _ string) error {
		_, err := buf.WriteString(`<hyperlink ref="` + l.column + strconv.Itoa(row) + `" r:id="` + linkID(n) + `"/>`)
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
	err := l.each(func(n, _ int, address string) error {
		_, _ = buf.WriteString(`<Relationship Id="` + linkID(n) + `" Type="` + excelize.SourceRelationshipHyperLink + `" Target="`)
		_ = xml.EscapeText(buf, []byte(address))
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

func (l *links) close() error { return l.file.Close() }
