package selection

import (
	"fmt"
	"strings"

	"guestlist/internal/text"

	"golang.org/x/text/unicode/norm"
)

// Condition is what a cell of a row has to say. Case and surrounding spaces do
// not count.
type Condition struct {
	// Heading names the column, see [HeadingKey].
	Heading string
	// Value is what the cell is to be, or to hold where Contains is set.
	Value    string
	Contains bool
}

// ParseCondition reads "Company=Fabrikam" or, for a part of the cell,
// "Company~fab". The first of = and ~ counts, so that a value may hold either;
// "Company=" asks for empty cells. The error is a [*SelectionError].
func ParseCondition(s string) (Condition, error) {
	const hint = "write Company=Fabrikam, or Company~fab for a part of it"
	at := strings.IndexAny(s, "=~")
	if at < 0 {
		return Condition{}, &SelectionError{Text: s, What: fmt.Sprintf("%q has neither = nor ~", s), hint: hint}
	}
	c := Condition{Heading: text.Trim(s[:at]), Value: text.Trim(s[at+1:]), Contains: s[at] == '~'}
	switch {
	case text.HeadingKey(c.Heading) == "":
		return Condition{}, &SelectionError{Text: s, What: fmt.Sprintf("%q names no heading", s), hint: hint}
	case c.Contains && c.Value == "":
		return Condition{}, &SelectionError{Text: s, What: fmt.Sprintf("%q names nothing to look for", s), hint: hint}
	}
	return c, nil
}

// String gives the form that [ParseCondition] reads.
func (c Condition) String() string {
	if c.Contains {
		return c.Heading + "~" + c.Value
	}
	return c.Heading + "=" + c.Value
}

// holds makes the condition for the cells of one column.
func (c Condition) holds() func(cell string) bool {
	want := folded(c.Value)
	if c.Contains {
		return func(cell string) bool { return strings.Contains(folded(cell), want) }
	}
	return func(cell string) bool { return folded(cell) == want }
}

// folded is a text as conditions compare it.
func folded(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(text.Trim(s))))
}
