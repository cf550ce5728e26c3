package sheet

import (
	"strings"
	"testing"
)

// TestGuestsAboveTheHeadings are refused, so that nobody is left out in silence.
func TestGuestsAboveTheHeadings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ above, refused, notice string }{
		{above: "Guests of 2026\n"},
		{above: "Our guests,2026\n,\n"},
		{above: "anna@x.example,Anna\n", refused: "row 1: 1 row with an address, the first anna@x.example, stands above the headings, which are in row 2"},
		{above: "Anna Berg <anna@x.example>,Anna\n", refused: "the first anna@x.example"},
		{above: "Guests\nanna@x.example\nbo@x.example\n", refused: "row 2: 2 rows with an address"},
		{above: "Contact,kim@x.example\n", notice: "Above the headings, which are in row 2, stands an address that is not invited: kim@x.example (row 1)."},
		{above: "Ask kim@x.example.\nContact,lee@x.example\n", notice: "stand addresses that are not invited: kim@x.example (row 1), lee@x.example (row 2)."},
		{above: "#TYPE System.Object\n", notice: `Row 1 ("#TYPE System.Object") is the type that PowerShell writes and is left out.`},
		{above: "kim@x.example\n", notice: "kim@x.example (row 1)"},
	} {
		path := write(t, "list.csv", tt.above+"Email,Name\nper@x.example,Per\n")
		if tt.refused != "" {
			if err := firstError(t, path, Options{}); !strings.Contains(err.Error(), tt.refused) || err.Hint() == "" {
				t.Errorf("%q: %v", tt.above, err)
			}
			continue
		}
		l := open(t, path, Options{})
		if rows := all(t, l); len(rows) != 1 {
			t.Errorf("%q: rows %v", tt.above, rows)
		}
		if told := strings.Join(l.Notices(), " "); !strings.Contains(told, tt.notice) || tt.notice == "" && told != "" {
			t.Errorf("%q: told %q", tt.above, told)
		}
	}
}
