package text

import (
	"strconv"
	"strings"
	"time"
)

// Thousands writes a count with commas: 40,000.
func Thousands(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Plural gives a noun with its number: "1 row", "2,000 rows". The noun is one
// that takes an s.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(n) + " " + noun + "s"
}

// Few lists some of all names: "a, b and 3 more".
func Few(some []string, all int) string {
	names := strings.Join(some, ", ")
	if rest := all - len(some); rest > 0 {
		names += " and " + Thousands(rest) + " more"
	}
	return names
}

// Rows names rows by their numbers: "row 2", "rows 2, 5 and 40 more". Numbers is not empty.
func Rows(numbers []int) string {
	const few = 10
	texts := make([]string, min(few, len(numbers)))
	for i := range texts {
		texts[i] = strconv.Itoa(numbers[i])
	}
	if len(numbers) == 1 {
		return "row " + texts[0]
	}
	return "rows " + Few(texts, len(numbers))
}

// Moment tells when something is, to the minute, in the time of this machine:
// "2026-11-26 09:05".
func Moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// units are what a time is told in, the longest first.
var units = []struct {
	name string
	unit time.Duration
}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}

// Duration tells a time by its longest unit and the next, rounded to seconds:
// "6 minutes 2 seconds".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	for i, u := range units {
		if d < u.unit {
			continue
		}
		s := Plural(int(d/u.unit), u.name)
		if i+1 < len(units) {
			if rest := d % u.unit / units[i+1].unit; rest > 0 {
				s += " " + Plural(int(rest), units[i+1].name)
			}
		}
		return s
	}
	return "less than a second"
}
