package auth

import (
	"context"
	"errors"
	"strings"

	"guestlist/internal/secret"
)

// TokenVariable is the environment variable that holds a ready-made token.
const TokenVariable = "GUESTLIST_ACCESS_TOKEN"

// ErrNoToken says that the variable is empty.
var ErrNoToken = errors.New(TokenVariable + " is not set")

// ErrTokenText says that a token has characters that no header can carry,
// mostly a line break from copying.
var ErrTokenText = errors.New(TokenVariable + " holds spaces or line breaks")

// Static gives the same ready-made token for every request. When it expires,
// Graph refuses it and the run stops. Errors are [ErrNoToken] and [ErrTokenText].
func Static(token secret.Text) (func(context.Context) (secret.Text, error), error) {
	token, err := usable(token)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (secret.Text, error) { return token, nil }, nil
}

// usable trims a token and refuses what cannot stand in a header.
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
