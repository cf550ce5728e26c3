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

// pattern finds redeem URLs and tokens that something between us and Graph may
// repeat.
var pattern = regexp.MustCompile(`(?i)https?://\S*(?:redeem|ticket)\S*|eyJ[\w-]+\.[\w-]+\.[\w-]*|bearer \S+`)

// Mask puts "[secret]" in the place of every redeem URL and token that a foreign
// text holds.
func Mask(s string) string { return pattern.ReplaceAllString(s, hidden) }
