package auth

import (
	"context"
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
	// Cloud says where tokens come from and what for.
	Cloud graph.Cloud
	// TenantID and ClientID win over AZURE_TENANT_ID and AZURE_CLIENT_ID.
	TenantID, ClientID string
	// Getenv reads the environment. Managed identities and the Azure CLI read
	// the process's own besides.
	Getenv func(string) string
	// Prompt shows the text that tells where to enter a device code.
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
	return b.found()
}

// newClient follows no redirect: a secret goes to the authority alone.
func newClient() *http.Client {
	return &http.Client{Timeout: authorityTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// chosen is the mode that the environment asks for. Once it does, nothing else
// is tried: falling through to another identity could invite as the wrong one.
func (s *settings) chosen() Mode {
	switch {
	case !s.secret.IsZero():
		return ModeClientSecret
	case s.certificate != "":
		return ModeClientCertificate
	case s.federated != "":
		return ModeWorkloadIdentity
	default:
		return ""
	}
}

// found tries what the machine may offer.
func (b *builder) found() (*Session, error) {
	machine, err := b.method(ModeManagedIdentity)
	if err != nil {
		return nil, err
	}
	cli, err := b.method(ModeAzureCLI)
	if err != nil {
		return nil, err
	}
	return newSession(machine, cli), nil
}

// readyMade is a token that somebody else got.
type readyMade struct{ token token }

func (readyMade) mode() Mode                             { return ModeToken }
func (r readyMade) get(context.Context) (token, error)   { return r.token, nil }
func (r readyMade) fresh(context.Context) (token, error) { return r.token, nil }
