package report

import (
	"strings"
	"time"
	"unicode/utf8"

	"guestlist/internal/text"

	"github.com/xuri/excelize/v2"
)

// instant writes a time for people; the zero time is unknown.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

// epoch is day 0 of a spreadsheet's calendar.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// serial is a point in time as spreadsheets count it: in days.
func serial(t time.Time) float64 {
	const day = 24 * 60 * 60
	return float64(t.Unix()-epoch.Unix()) / day
}

// positive writes a count, "" for none.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return text.Thousands(n)
}

// lineHeight is the height of a line in points.
const lineHeight = 15.0

// linesHigh is the height in points of a text that wraps at width characters. A
// width counts digits; letters are narrower, which makes up for the room that
// words leave at the end of a line.
func linesHigh(s string, width int) float64 {
	lines := 0
	for part := range strings.Lines(s) {
		lines += 1 + max(0, utf8.RuneCountInString(part)-1)/width
	}
	return min(float64(max(lines, 1))*lineHeight, excelize.MaxRowHeight)
}
