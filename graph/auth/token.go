package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"guestlist/internal/secret"
)

// TokenVariable is the environment variable that holds a ready-made token.
const TokenVariable = "GUESTLIST_ACCESS_TOKEN"

// ErrNoToken says that the variable is empty.
var ErrNoToken = errors.New(TokenVariable + " is not set")

// ErrTokenText says that a token has characters that no header can carry,
// mostly a line break from copying.
var ErrTokenText = errors.New(TokenVariable + " holds spaces or line breaks")

// usable trims a token and refuses what no header can hold.
func usable(token secret.Text) (secret.Text, error) {
	text := strings.TrimSpace(token.Reveal())
	switch {
	case text == "":
		return secret.Text{}, ErrNoToken
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return secret.Text{}, ErrTokenText
	}
	return secret.New(text), nil
}

// token is a bearer token and its times.
type token struct {
	text secret.Text
	// renew is when to get the next one, end is when Graph stops accepting this
	// one. Zero means never.
	renew, end time.Time
}

func (t token) alive(now time.Time) bool {
	return !t.text.IsZero() && (t.end.IsZero() || now.Before(t.end))
}

func (t token) due(now time.Time) bool { return !t.renew.IsZero() && !now.Before(t.renew) }

// readyMade is a method whose token was given in the environment.
type readyMade struct{ token token }

func (readyMade) mode() Mode                             { return ModeToken }
func (r readyMade) get(context.Context) (token, error)   { return r.token, nil }
func (r readyMade) fresh(context.Context) (token, error) { return r.token, nil }
