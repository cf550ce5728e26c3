package marked

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// title is what a severity is called wherever people read it.
func (s Severity) title() string {
	switch s {
	case Invalid:
		return "Needs mending"
	case Duplicate:
		return "Twice on the list"
	case Warning:
		return "Please look"
	default:
		return ""
	}
}

// meaning explains a severity to whoever made the list.
func (s Severity) meaning() string {
	switch s {
	case Invalid:
		return "The guest cannot be invited until this is mended."
	case Duplicate:
		return "The same address stands in an earlier row. The guest is invited once, as that row says. " +
			"Delete the row that is not needed, or correct the address if two people are meant."
	case Warning:
		return "The guest can be invited as it is. See whether it is meant that way."
	default:
		return ""
	}
}

// statement says what is wrong, with the value where it is not simply what
// stands in the cell.
func (m Mark) statement(cell string) string {
	value := strings.TrimSpace(m.Value)
	if value == "" || value == strings.TrimSpace(cell) {
		return m.What
	}
	const long = 80
	if runes := []rune(value); len(runes) > long {
		value = string(runes[:long]) + "…"
	}
	return "“" + value + "” " + m.What
}

// sentence begins a text with a capital letter and ends it with a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return closed(string(unicode.ToUpper(first)) + text[size:])
}

// closed ends a text with a full stop.
func closed(text string) string {
	if last, _ := utf8.DecodeLastRuneInString(text); strings.ContainsRune(".!?…", last) {
		return text
	}
	return text + "."
}

// joined puts sentences behind each other, without those that are empty.
func joined(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}

// told is a mark in words.
type told struct {
	severity Severity
	// at is the position of the marked cell, heading what people call it.
	at      int
	heading string
	// what ends a sentence about the cell, advice is sentences. Fault is what
	// the mark has in common with those of other rows.
	what, advice, fault string
}

// toldOf puts a mark into words, given the cell it stands at. First is where
// the row stands that this one repeats, "" for a mark that is about no other row.
func toldOf(m Mark, heading, cell, first string) told {
	m.What, m.Advice = addressed(m)
	t := told{severity: m.Severity, heading: heading, what: m.statement(cell), advice: m.Advice, fault: m.What}
	if m.Column == NoColumn && m.Heading != "" {
		t.heading = m.Heading
	}
	if first != "" {
		t.what, t.fault = "the same address as in "+first, "the same address as in an earlier row"
		t.advice = "Delete the row that is not needed, or correct the address if two people are meant."
	}
	return t
}

// text is the mark as a comment has it, where its cell is in view.
func (t told) text() string { return joined(sentence(t.what), sentence(t.advice)) }

// line is the mark as the column of the words has it. It reads alike for all
// rows with the same fault, so that a filter can find them.
func (t told) line() string {
	subject := t.severity.title() + " - "
	if t.heading != "" {
		subject += t.heading + ": "
	}
	return joined(subject+closed(t.what), sentence(t.advice))
}
