package selection

import (
	"fmt"

	"guestlist/batch"
	"guestlist/internal/text"
)

// Selection says which rows of a list are meant: those of Lines for which every
// condition holds. The zero Selection means all.
type Selection struct {
	Ranges RowRanges
	Where  []Condition
}

// Empty reports whether nothing is said, so that every row is meant.
func (s Selection) Empty() bool { return s.Ranges.Empty() && len(s.Where) == 0 }

// Bind makes a filter for a list with these headings. The error is an
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
		holds := c.holds()
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

// SelectionError says why a text does not say which rows are meant.
type SelectionError struct {
	// Text is the whole of it, What says what is wrong.
	Text, What string

	hint string
}

func (e *SelectionError) Error() string { return e.What }

// Hint tells how to write it.
func (e *SelectionError) Hint() string { return e.hint }

// UnknownHeadingError says that a list lacks a column that is asked for.
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
	if near := text.Nearest(e.Headings, e.Heading); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "headings must be written as in the list; quote them for the shell"
}
