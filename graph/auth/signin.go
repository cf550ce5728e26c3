// Package auth gets the bearer tokens that Graph wants: nine ways of signing
// in, all but one through azidentity.
//
// A [Session] hands out one token to any number of workers and renews it before
// it ends. Nothing is written to disk: a person who signs in does so in every run.
//
// Secrets come from the environment, by the standard AZURE_* names. The cloud
// decides where they are sent; AZURE_AUTHORITY_HOST is not read.
package auth

import (
	"errors"
	"net/http"
	"time"

	"guestlist/graph"
)

// authorityTimeout bounds one request to an authority; azidentity repeats it
// three times.
const authorityTimeout = 30 * time.Second

// errNoPrompt is a fault of the program, not of its user.
var errNoPrompt = errors.New("device-code needs a Prompt")

// Config says how to sign in.
type Config struct {
	// Mode is one of [Modes].
	Mode Mode
	// Cloud says where tokens come from and what they are for.
	Cloud graph.Cloud
	// TenantID and ClientID take precedence over AZURE_TENANT_ID and
	// AZURE_CLIENT_ID.
	TenantID, ClientID string
	// Getenv reads the environment. azidentity reads the variables of managed
	// identities from the process's own, and so does the Azure CLI.
	Getenv func(string) string
	// Prompt shows the text that says where to enter a device code.
	Prompt func(text string)
	// HTTP reaches the authority. nil means a client that follows no redirect.
	HTTP *http.Client
	// DisableInstanceDiscovery is for an authority of one's own, which
	// Microsoft's list of authorities does not have.
	DisableInstanceDiscovery bool
}

// SignIn prepares a sign-in from what flags and environment say. Nothing is
// sent before the first [Session.Token]. Errors are [*MissingError],
// [*ConflictError], [*TenantError], [*CertificateError], [*FederatedError] and,
// for [ModeToken], [ErrNoToken] and [ErrTokenText].
func SignIn(cfg Config) (*Session, error) {
	set := readSettings(&cfg)
	mode := cfg.Mode
	if err := set.check(mode); err != nil {
		return nil, err
	}
	if cfg.HTTP == nil {
		cfg.HTTP = newClient()
	}
	b := &builder{cfg: cfg, set: set}
	if mode != ModeDefault {
		m, err := b.method(mode)
		if err != nil {
			return nil, err
		}
		return newSession(m), nil
	}
	if chosen := set.chosen(); chosen != "" {
		cfg.Mode = chosen
		return SignIn(cfg)
	}
	return b.discover()
}

// newClient follows no redirect: a secret goes to the authority alone.
func newClient() *http.Client {
	return &http.Client{Timeout: authorityTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}
