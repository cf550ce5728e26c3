// Package secret keeps texts that must not be printed by accident - redeem URLs
// and bearer tokens - out of logs, errors and progress lines, and takes them out
// of foreign texts that repeat them.
package secret

import (
	"fmt"
	"io"
	"regexp"
)

// hidden is what every way of printing a [Text] gives, and what [Mask] puts in
// the place of a secret.
const hidden = "[secret]"

// Text is a redeem URL, a bearer token or a password. It keeps its text in a
// closure, so that fmt, encoding/json and log/slog find nothing to print at any
// depth. The zero Text is empty.
type Text struct{ reveal func() string }

// New hides s. An empty s gives the zero Text.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{reveal: func() string { return s }}
}

// Reveal returns the hidden text, "" for the zero Text. Its callers are the few
// places that send a token, store a redeem URL or write it into a workbook.
func (t Text) Reveal() string {
	if t.reveal == nil {
		return ""
	}
	return t.reveal()
}

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t.reveal == nil }

// Format prints "[secret]" for every verb.
func (Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText gives "[secret]", so that JSON and slog leak nothing. It never fails.
func (Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// A redeem URL may come plain, or escaped by whatever repeats it: as JSON
// (https:\/\/, \u002f), percent-encoded (https%3A%2F%2F, also twice: %253A), or
// as HTML (&#x2F;).
const (
	colon = `(?::|%(?:25)*3a|\\+u003a|&#x3a;|&#58;)`
	slash = `(?:\\*/|%(?:25)*2f|\\+u002f|&#x2f;|&#47;)`
	equal = `(?:=|%(?:25)*3d|\\+u003d|&#x3d;|&#61;)`
	quote = `(?:\\*["']|%(?:25)*22|\\+u0022|&quot;|&#x22;|&#34;)`
)

// The value of a field, to its end: a slash in it may be escaped. That of a ticket ends
// at a single quote, too.
const (
	value       = `(?:\\+[^"\s]|[^\s"&\\])+`
	ticketValue = `(?:\\+[^"'\s]|[^\s"'&\\])+`
)

// pattern finds redeem URLs and tokens that something between us and Microsoft
// may repeat: whole URLs, a ticket alone where the text was cut or names its parts, JSON Web Tokens,
// the value after "Bearer", and the fields of OAuth's answers and requests.
var pattern = regexp.MustCompile(`(?i)https?` + colon + slash + slash + `\S*(?:redeem|ticket)\S*` +
	`|(?:\b|%(?:25)*[0-9a-f]{2})ticket` + equal + `\S+` +
	`|ticket` + quote + `\s?` + colon + `\s?` + quote + ticketValue +
	`|eyJ[\w-]{6,}(?:\.[\w-]*)*` +
	`|bearer \S+` +
	`|\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|device_code)\\*"?\s?[=:]\s?\\*"?` + value)

// Mask puts "[secret]" in the place of every redeem URL and token that a foreign
// text holds. White space ends a secret, so text.Line should come before it.
func Mask(s string) string { return pattern.ReplaceAllString(s, hidden) }
