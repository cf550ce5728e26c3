package judge

import (
	"strings"

	"guestlist/internal/text"
)

// Mailboxes takes a text apart that names several people, as email programs copy
// them: "Berg, Anna <anna@x.example>; Lund, Per <per@x.example>", addresses with
// commas, line breaks or spaces between them, or Google's " ::: ". It returns nil
// unless all of the text is mailboxes.
func Mailboxes(s string) []string {
	pieces := splitMailboxes(strings.ReplaceAll(s, ":::", ";"))
	if len(pieces) == 1 {
		if words := strings.FieldsFunc(pieces[0], text.IsInvisible); len(words) > 1 && !strings.ContainsAny(pieces[0], "<([") {
			pieces = words
		}
	}
	for _, piece := range pieces {
		if _, err := readMailbox(piece); err != nil {
			return nil
		}
	}
	return pieces
}

// splitMailboxes cuts at semicolons and line breaks, and at a comma behind an address:
// one before it stands within a name.
func splitMailboxes(s string) []string {
	var pieces []string
	start, quoted, bracketed := 0, false, false
	cut := func(end int) {
		if piece := text.Trim(s[start:end]); piece != "" {
			pieces = append(pieces, piece)
		}
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			bracketed = true
		case c == '>':
			bracketed = false
		case bracketed:
		case c == ';', c == '\n', c == '\r', c == ',' && strings.Contains(s[start:i], "@"):
			cut(i)
			start = i + 1
		}
	}
	cut(len(s))
	return pieces
}
