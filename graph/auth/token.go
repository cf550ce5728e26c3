package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"guestlist/graph"
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
func Static(token graph.Secret) (func(context.Context) (graph.Secret, error), error) {
	token, err := usable(token)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (graph.Secret, error) { return token, nil }, nil
}

// usable trims a token and refuses what cannot stand in a header.
func usable(token graph.Secret) (graph.Secret, error) {
	text := strings.TrimSpace(token.Reveal())
	switch {
	case text == "":
		return graph.Secret{}, ErrNoToken
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return graph.Secret{}, ErrTokenText
	}
	return graph.NewSecret(text), nil
}

// Claims are what a token says about itself. guestlist reads them to tell
// people what they are about to do, never to trust them: that is Graph's part.
type Claims struct {
	// Tenant is the tenant's id.
	Tenant string `json:"tid"`
	// App is the application's id, AppName its display name where given.
	App     string `json:"appid"`
	AppName string `json:"app_displayname"`
	// User is the signed-in person, "" for an app alone.
	User string `json:"upn"`
}

// ReadClaims reads the claims of a JSON Web Token without verifying it. A
// token that is opaque has none.
func ReadClaims(token graph.Secret) Claims {
	var c Claims
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return c
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(body, &c) != nil {
		return Claims{}
	}
	return c
}
