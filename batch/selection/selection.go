// Package selection says which rows of a list are meant: --rows by their numbers,
// --where by what their cells say.
package selection

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
	"guestlist/internal/text"
)

// Selection says which rows of a list are meant: those within Ranges that meet
// every condition. The zero Selection means all rows.
type Selection struct {
	Ranges RowRanges
	Where  []Condition
}

// Empty reports whether the selection restricts nothing, so that every row is meant.
func (s Selection) Empty() bool { return s.Ranges.Empty() && len(s.Where) == 0 }

// Flags names the options that leave rows out, for messages.
func (s Selection) Flags() string {
	var flags []string
	if !s.Ranges.Empty() {
		flags = append(flags, "--rows")
	}
	if len(s.Where) > 0 {
		flags = append(flags, "--where")
	}
	return strings.Join(flags, " and ")
}

// Bind makes a filter for a list with this header. The error is an
// [*UnknownHeadingError].
func (s Selection) Bind(h batch.Header) (func(batch.Row) bool, error) {
	var checks []func(batch.Row) bool
	if !s.Ranges.Empty() {
		checks = append(checks, func(r batch.Row) bool { return s.Ranges.Has(r.Line) })
	}
	for _, c := range s.Where {
		at := text.FindHeading(h.Columns, c.Heading)
		if at < 0 {
			return nil, &UnknownHeadingError{Heading: c.Heading, Headings: h.Columns}
		}
		holds := c.predicate()
		checks = append(checks, func(r batch.Row) bool { return holds(r.Cell(at)) })
	}
	return func(r batch.Row) bool {
		for _, check := range checks {
			if !check(r) {
				return false
			}
		}
		return true
	}, nil
}

// SelectionError says why a text cannot be read as a selection of rows.
type SelectionError struct {
	// Text is the whole text, What says what is wrong with it.
	Text, What string

	hint string
}

func (e *SelectionError) Error() string { return e.What }

// Hint tells how to write a selection.
func (e *SelectionError) Hint() string { return e.hint }

// UnknownHeadingError says that a list does not have a column that a condition names.
type UnknownHeadingError struct {
	Heading string
	// Headings are those of the list.
	Headings []string
}

func (e *UnknownHeadingError) Error() string {
	return fmt.Sprintf("the list has no column %q; its columns are %s", e.Heading, text.Quote(e.Headings))
}

// Hint names the heading that was likely meant.
func (e *UnknownHeadingError) Hint() string {
	if place := columnOf(e.Heading); place >= 0 && place < len(e.Headings) && text.Trim(e.Headings[place]) != "" {
		return fmt.Sprintf("give a heading, no letter: that of the column %s is %q", strings.ToUpper(e.Heading), e.Headings[place])
	}
	if near := text.Nearest(e.Headings, e.Heading); text.Trim(near) != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "headings must be written as in the list; quote them for the shell"
}

// columnOf is the place of a column that is named by its letter, -1 for no letter.
func columnOf(name string) int {
	if len(name) != 1 {
		return -1
	}
	return strings.Index("ABCDEFGHIJKLMNOPQRSTUVWXYZ", strings.ToUpper(name))
}

// Condition is what a cell of a row has to contain. Case and surrounding spaces
// do not count.
type Condition struct {
	// Heading names the column, compared by [text.HeadingKey].
	Heading string
	// Value is what the cell must equal, or contain where Contains is set.
	Value    string
	Contains bool
}

// ParseCondition reads "Company=Fabrikam" or, for a part of the cell,
// "Company~fab". The first = or ~ counts, so a value may contain either;
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

// String returns the form that [ParseCondition] reads.
func (c Condition) String() string {
	if c.Contains {
		return c.Heading + "~" + c.Value
	}
	return c.Heading + "=" + c.Value
}

// predicate returns a function that tests the cells of the condition's column.
func (c Condition) predicate() func(cell string) bool {
	want := foldCell(c.Value)
	if c.Contains {
		return func(cell string) bool { return strings.Contains(foldCell(cell), want) }
	}
	return func(cell string) bool { return foldCell(cell) == want }
}

// foldCell returns a text in the form in which conditions compare it.
func foldCell(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(text.Trim(s))))
}
