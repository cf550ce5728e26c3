package page

import (
	"fmt"
	"regexp"

	"guestlist/report/celltext"
)

// invisible finds the control characters that people do not see and that make
// text look like another: C0 and C1 but for tab and line breaks, and those that
// turn the direction of writing around. The table in the browser does the same.
var invisible = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)

// plain shows those characters by their code: [U+202E].
func plain(text string) string {
	return invisible.ReplaceAllStringFunc(text, func(c string) string {
		return fmt.Sprintf("[U+%04X]", []rune(c)[0])
	})
}

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
		text := count(int(seconds/u.seconds), u.name)
		if i+1 < len(units) {
			if rest := seconds % u.seconds / units[i+1].seconds; rest > 0 {
				text += " " + count(int(rest), units[i+1].name)
			}
		}
		return text
	}
	return "less than a second"
}

// count gives a noun with its number: "1 row", "2,000 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return celltext.Thousands(n) + " " + noun + "s"
}
