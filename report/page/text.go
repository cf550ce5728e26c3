package page

import (
	"guestlist/internal/text"
)

// units are what a time is told in, the longest first, in seconds.
var units = []struct {
	name    string
	seconds int64
}{{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}}

// spell tells a time by its longest unit and the next: "6 minutes 2 seconds".
func spell(seconds int64) string {
	for i, u := range units {
		if seconds < u.seconds {
			continue
		}
		s := text.Plural(int(seconds/u.seconds), u.name)
		if i+1 < len(units) {
			if rest := seconds % u.seconds / units[i+1].seconds; rest > 0 {
				s += " " + text.Plural(int(rest), units[i+1].name)
			}
		}
		return s
	}
	return "less than a second"
}
