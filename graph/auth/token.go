package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"guestlist/internal/secret"
	"guestlist/internal/text"
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
	bare := strings.TrimSpace(token.Reveal())
	switch {
	case bare == "":
		return secret.Text{}, ErrNoToken
	case strings.ContainsFunc(bare, func(r rune) bool { return r <= ' ' || r > '~' }):
		return secret.Text{}, ErrTokenText
	}
	return secret.New(bare), nil
}

// graphApp is Graph's own application id, which tokens may name as their audience.
const graphApp = "00000003-0000-0000-c000-000000000000"

// TokenError says that a ready-made token cannot be used: it has expired, or it is
// meant for something else.
type TokenError struct {
	// Expired is when the token ended, zero where that is not what is wrong.
	Expired time.Time
	// Audience is what it is for, Want what it should be for.
	Audience, Want string
}

func (e *TokenError) Error() string {
	if !e.Expired.IsZero() {
		return fmt.Sprintf("the token in %s ended at %s", TokenVariable, text.Moment(e.Expired))
	}
	return fmt.Sprintf("the token in %s is for %q, not for %s", TokenVariable, e.Audience, e.Want)
}

// Hint says how to get another one.
func (e *TokenError) Hint() string {
	if !e.Expired.IsZero() {
		return "get a new token and set " + TokenVariable + " to it; with the Azure CLI: az account get-access-token --resource-type ms-graph"
	}
	return "get a token for " + e.Want + ", or check --cloud; with the Azure CLI: az account get-access-token --resource-type ms-graph"
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

func (readyMade) forClaims(context.Context, string) (token, error) { return token{}, nil }
