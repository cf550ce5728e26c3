package marked

import (
	"strings"

	"guestlist/internal/text"

	"github.com/xuri/excelize/v2"
)

// Widths of columns in characters of the standard font, and heights in points.
const (
	minWidth = 8
	maxWidth = 50
	// padding leaves room for the filter's arrow beside a heading.
	padding       = 4
	wordsWidth    = 64
	maxCellLines  = 5
	lineHeight    = 15.0
	headingHeight = 21.0
)

// widths returns a width for each heading that suits the rows.
func (c columns) widths(rows []Row) []float64 {
	longest := make([]int, len(c.headings))
	for i, heading := range c.headings {
		longest[i] = text.LongestLine(heading)
	}
	for _, r := range rows {
		for i, s := range r.Cells {
			if at := c.place(i); at < len(longest) {
				longest[at] = max(longest[at], text.LongestLine(s))
			}
		}
	}
	widths := make([]float64, len(longest))
	for i, characters := range longest {
		widths[i] = float64(min(max(characters+padding, minWidth), maxWidth))
	}
	widths[c.words] = wordsWidth
	return widths
}

// lines is how many lines a text takes that wraps at a width in characters. A
// width counts digits; letters are a little narrower, and words leave room at
// the end of a line.
func lines(s string, width int) int {
	n := 0
	for part := range strings.Lines(s) {
		n += 1 + max(0, broad(strings.TrimRight(part, "\r\n"))-1)/(width+width/10)
	}
	return max(n, 1)
}

// broad is the width of a text in letters: those of East Asia take two.
func broad(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}

// height is the height in points of a row with these words, 0 for the usual:
// not every spreadsheet program sizes rows when it opens a workbook. Line breaks
// in the list's own cells count up to a few.
func height(cells []string, words string) float64 {
	n := lines(words, wordsWidth)
	for _, s := range cells {
		if breaks := strings.Count(s, "\n"); breaks > 0 {
			n = max(n, min(breaks+1, maxCellLines))
		}
	}
	if n == 1 {
		return 0
	}
	return min(float64(n)*lineHeight, excelize.MaxRowHeight)
}
