package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"guestlist/internal/secret"
)

// cliTimeout bounds one call of a credential that has no time-out of its own:
// az takes seconds to start, more on Windows.
const cliTimeout = time.Minute

// credential is a method of azidentity.
type credential struct {
	scope  string
	report reporter
	build  func() (azcore.TokenCredential, error)
	// remembers says that the credential holds more than a token: a person's
	// refresh token, or what it shares with others. For a fresh token it is then
	// not built anew but asked with claims, which bypass its cache.
	remembers bool
	current   azcore.TokenCredential
}

// prepare builds the credential. Nothing is sent yet.
func (c *credential) prepare() error {
	built, err := c.build()
	if err != nil {
		return c.report.failure(err)
	}
	c.current = built
	return nil
}

func (c *credential) mode() Mode { return c.report.mode }

func (c *credential) get(ctx context.Context) (token, error) { return c.ask(ctx, "") }

func (c *credential) fresh(ctx context.Context) (token, error) {
	if c.remembers {
		return c.ask(ctx, notBefore(time.Now()))
	}
	if err := c.prepare(); err != nil {
		return token{}, err
	}
	return c.ask(ctx, "")
}

// forClaims asks for a token with claims, which no cache has. The Azure CLI cannot: the
// person has to sign in again by a command.
func (c *credential) forClaims(ctx context.Context, claims string) (token, error) {
	if c.report.mode == ModeAzureCLI {
		return token{}, &ClaimsError{Claims: claims}
	}
	return c.ask(ctx, claims)
}

// notBefore asks for a token that is issued from now on, in the form of the claims
// challenge of continuous access evaluation
// (learn.microsoft.com/entra/identity-platform/claims-challenge).
func notBefore(now time.Time) string {
	return fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, now.Unix())
}

func (c *credential) ask(ctx context.Context, claims string) (token, error) {
	limited := ctx
	if c.report.mode == ModeAzureCLI {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, cliTimeout)
		defer cancel()
	}
	got, err := c.current.GetToken(limited, policy.TokenRequestOptions{Scopes: []string{c.scope}, Claims: claims})
	switch {
	case err == nil:
		return token{secret.New(got.Token), renewAt(got), got.ExpiresOn}, nil
	case ctx.Err() != nil:
		return token{}, fmt.Errorf("%s: %w", c.report.mode, context.Cause(ctx))
	default:
		return token{}, c.report.failure(err)
	}
}

// renewAt is when a token should be replaced.
func renewAt(t azcore.AccessToken) time.Time {
	if !t.RefreshOn.IsZero() && t.RefreshOn.Before(t.ExpiresOn) {
		return t.RefreshOn
	}
	return t.ExpiresOn.Add(-renewBefore)
}
