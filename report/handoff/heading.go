package handoff

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"guestlist/internal/text"
)

// HeadingError says that the list has no column of that name.
type HeadingError struct {
	// Heading is what was asked for.
	Heading string
	// Headings are those of the list, without the empty ones.
	Headings []string
}

// Error names the heading.
func (e *HeadingError) Error() string {
	return fmt.Sprintf("the list has no column %q", e.Heading)
}

// Hint lists the headings there are.
func (e *HeadingError) Hint() string {
	if len(e.Headings) == 0 {
		return "the list has no headings"
	}
	return "its columns are: " + strings.Join(e.Headings, ", ")
}

// findHeading returns the position of a column; a heading that is written the
// same way comes before one that only means the same.
func findHeading(columns []string, heading string) (int, error) {
	if at := slices.Index(columns, heading); at >= 0 && heading != "" {
		return at, nil
	}
	want := foldHeading(heading)
	for at, column := range columns {
		if want != "" && foldHeading(column) == want {
			return at, nil
		}
	}
	e := &HeadingError{Heading: heading}
	for _, column := range columns {
		if strings.TrimSpace(column) != "" {
			e.Headings = append(e.Headings, text.Line(column))
		}
	}
	return 0, e
}

// foldHeading is what two headings have in common when they mean the same
// column: no case, spaces, dashes, underscores and invisible characters.
func foldHeading(heading string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) {
			return -1
		}
		return unicode.ToLower(r)
	}, heading)
}
