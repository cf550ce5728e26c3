package judge

import (
	"fmt"
	"strings"

	"guestlist/batch"
)

// longMessage is about the length at which a text was once left out of the
// email without an error, in characters. Microsoft documents no maximum
// (github.com/microsoftgraph/microsoft-graph-docs, issue 13436).
const longMessage = 3000

// What can be said about the custom text of an invitation email.
var (
	errMessageUnused = &CellError{
		batch.KindMessageMuted, "the text is not used: no invitation email is sent for this row", "Turn the email on with --send-message or in the row, or leave the text out.",
	}
	errCopyUnused = &CellError{
		batch.KindMessageMuted, "gets no copy: no invitation email is sent for this row", "Turn the email on with --send-message or in the row, or leave the copy out.",
	}
	errMessageRaw  = kindError(batch.KindMessageRaw, "contains {{, which the guest will see: only --message is a template")
	errMessageHTML = kindError(batch.KindMessageHTML, "contains HTML tags, which the guest will see: the email is plain text only")
)

func errMessageLong(characters int) *CellError {
	return kindError(batch.KindMessageLong, fmt.Sprintf("has %d characters; texts of about %d have been left out of the email without an error", characters, longMessage))
}

func errMessageGap(column, advice string) *CellError {
	return &CellError{batch.KindMessageGap, fmt.Sprintf("the message has a gap: the column %q is empty here", column), advice}
}

// maxTag is how far a tag is searched for its end, in bytes: enough for a link
// with its address.
const maxTag = 1000

// hasHTMLTag reports whether a text contains HTML tags. An address in angle
// brackets is not one.
func hasHTMLTag(s string) bool {
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			return false
		}
		tag, _, closed := strings.Cut(strings.TrimPrefix(rest[:min(len(rest), maxTag)], "/"), ">")
		if closed && isHTMLTag(tag) {
			return true
		}
		s = rest
	}
}

func isHTMLTag(s string) bool {
	name, _, _ := strings.Cut(strings.TrimRight(s, " /"), " ")
	switch strings.ToLower(name) {
	case "a", "b", "body", "br", "center", "div", "em", "font", "h1", "h2", "h3", "h4", "hr", "html", "i", "img", "li",
		"ol", "p", "span", "strong", "style", "sub", "sup", "table", "tbody", "td", "th", "tr", "u", "ul":
		return true
	default:
		return false
	}
}
