package graph

import (
	"fmt"
	"io"
)

// hidden is what every way of printing a [Secret] gives.
const hidden = "[secret]"

// Secret is a text that must not be printed by accident: a redeem URL or a
// bearer token. It keeps the text in a closure, so that fmt, encoding/json and
// log/slog find nothing to print at any depth. The zero Secret is empty.
type Secret struct{ reveal func() string }

// NewSecret hides text. An empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the hidden text, "" for the zero Secret. Its callers are the
// few places that send a token, store a redeem URL or write it into a workbook.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Format prints "[secret]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText gives "[secret]", so that JSON and slog leak nothing. It never fails.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
