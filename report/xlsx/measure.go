package xlsx

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/width"

	"guestlist/internal/text"
)

// Widths are in characters of the standard font, heights in points.
const (
	// MinWidth is the least width of a column.
	MinWidth = 8
	// Padding leaves room for the filter's arrow beside a heading.
	Padding = 4
	// LineHeight is the height of a line.
	LineHeight = 15.0
	// HeadingHeight is the height of a row of headings.
	HeadingHeight = 21.0
)

// Widths measures the columns of a sheet by the texts that they show.
type Widths struct{ longest []int }

// NewWidths begins with the headings.
func NewWidths(headings []string) Widths {
	w := Widths{longest: make([]int, len(headings))}
	for i, heading := range headings {
		w.Note(i, heading)
	}
	return w
}

// Note takes a text of a column into account, if there is such a column.
func (w Widths) Note(column int, s string) {
	if column < len(w.longest) {
		w.longest[column] = max(w.longest[column], text.LongestLine(s))
	}
}

// Columns are the widths that suit, none of them wider than limit.
func (w Widths) Columns(limit int) []float64 {
	widths := make([]float64, len(w.longest))
	for i, characters := range w.longest {
		widths[i] = float64(min(max(characters+Padding, MinWidth), limit))
	}
	return widths
}

// Lines is how many lines a text takes that wraps between words at a width in characters,
// which counts digits: letters are a little narrower. A word that is wider is broken.
func Lines(s string, columnWidth int) int {
	n := 0
	for line := range strings.Lines(s) {
		n++
		used := 0
		for i, word := range strings.Split(strings.TrimRight(line, "\r\n"), " ") {
			wide := broad(word)
			switch {
			case i > 0 && used+1+wide <= columnWidth:
				used += 1 + wide
				continue
			case i > 0:
				n++
			}
			n += max(0, wide-1) / columnWidth
			used = max(0, wide-1)%columnWidth + min(wide, 1)
		}
	}
	return max(n, 1)
}

// broad is the width of a text in letters: those of East Asia take two.
func broad(s string) int {
	n := 0
	for _, r := range s {
		if n++; r < utf8.RuneSelf {
			continue
		}
		if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// Height is the height of a row of text lines, 0 for the usual one. Not every
// spreadsheet program sizes rows when it opens a workbook.
func Height(lines int) float64 {
	if lines <= 1 {
		return 0
	}
	return min(float64(lines)*LineHeight, excelize.MaxRowHeight)
}

// epoch is day 0 of a spreadsheet's calendar.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// Serial is a point in time as spreadsheets count it, in days, to the second.
func Serial(t time.Time) float64 {
	const day = 24 * 60 * 60
	return float64(t.Unix()-epoch.Unix()) / day
}
