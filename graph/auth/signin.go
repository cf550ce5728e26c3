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
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"guestlist/graph"
	"guestlist/internal/text"
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
	// HTTP reaches the authority. nil means a client that follows no redirect, and one
	// that uses no proxy for the identity of the machine.
	HTTP *http.Client
	// AnyAudience takes a ready-made token that is not meant for the cloud's Graph: one
	// for a Graph root of one's own.
	AnyAudience bool
	// DisableInstanceDiscovery is for an authority of one's own, which
	// Microsoft's list of authorities does not have.
	DisableInstanceDiscovery bool
}

// SignIn prepares a sign-in from what flags and environment say. Nothing is
// sent before the first [Session.Token]. Errors are [*MissingError],
// [*ConflictError], [*TenantError], [*CertificateError], [*FederatedError] and,
// for [ModeToken], [ErrNoToken], [ErrTokenText] and [*TokenError].
func SignIn(cfg Config) (*Session, error) {
	set := readSettings(&cfg)
	mode := cfg.Mode
	if err := set.check(mode); err != nil {
		return nil, err
	}
	b := &builder{cfg: cfg, set: set, direct: cfg.HTTP}
	if cfg.HTTP == nil {
		b.cfg.HTTP, b.direct = newClient(), newDirectClient()
	}
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
	return &http.Client{
		Timeout:       authorityTimeout,
		Transport:     connecting{http.DefaultTransport, connectTimeout}, //nolint:forbidigo // this is that client
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newDirectClient is newClient without a proxy, whatever the environment says: behind
// one, 169.254.169.254 would be another machine's service.
func newDirectClient() *http.Client {
	c := newClient()
	direct := &http.Transport{Proxy: nil, DialContext: (&net.Dialer{Timeout: connectTimeout}).DialContext, IdleConnTimeout: time.Minute}
	c.Transport = connecting{direct, connectTimeout}
	return c
}

// connectTimeout is how long a connection to the authority may take, proxy and TLS
// included. It is short enough for people to be told within five seconds.
const connectTimeout = 4 * time.Second

// connecting is a transport that gives up where no connection comes about in time.
type connecting struct {
	http.RoundTripper

	within time.Duration
}

// notConnectedError says that there was no connection in time.
type notConnectedError struct{ within time.Duration }

func (e *notConnectedError) Error() string { return "no connection within " + text.Duration(e.within) }

// RoundTrip sends a request.
func (c connecting) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	late := time.AfterFunc(c.within, func() { cancel(&notConnectedError{c.within}) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { late.Stop() }})
	resp, err := c.RoundTripper.RoundTrip(req.WithContext(ctx))
	late.Stop()
	if err != nil {
		cancel(nil)
		if tooLate, ok := errors.AsType[*notConnectedError](context.Cause(ctx)); ok {
			err = tooLate
		}
		return nil, err
	}
	resp.Body = &body{resp.Body, cancel}
	return resp, nil
}

// body ends the context of its request when it is closed.
type body struct {
	io.ReadCloser

	cancel context.CancelCauseFunc
}

// Close closes the body.
func (b *body) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}
