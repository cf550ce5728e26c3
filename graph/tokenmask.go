package graph

import (
	"bytes"
	"net/http"
	"strings"

	"guestlist/internal/secret"
)

// tokenMask takes a token out of what the other side says. A token may be of any form,
// so that [secret.Mask] need not know it, and may be escaped in any way: what every
// spelling leaves as it is are its runs of letters and digits.
type tokenMask []string

// minRun is the shortest run that is looked for: shorter ones are words.
const minRun = 8

func newTokenMask(token secret.Text) tokenMask {
	return strings.FieldsFunc(token.Reveal(), func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// masked is what stands in the place of a part of the token.
const masked = "[secret]"

// text is a text without the token.
func (m tokenMask) text(s string) string {
	for _, run := range m {
		if len(run) >= minRun {
			s = strings.ReplaceAll(s, run, masked)
		}
	}
	return s
}

// answer takes the token out of an answer.
func (m tokenMask) answer(header http.Header, body []byte) []byte {
	for _, values := range header {
		for i := range values {
			values[i] = m.text(values[i])
		}
	}
	for _, run := range m {
		if len(run) >= minRun && bytes.Contains(body, []byte(run)) {
			body = bytes.ReplaceAll(body, []byte(run), []byte(masked))
		}
	}
	return body
}
