package cli

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/graph/sandbox"
	"guestlist/internal/secret"
)

// How long a guest may take to appear in look-ups before it counts as not
// invited. Microsoft names no time; reports go up to two minutes. The simulated
// tenant needs none.
const (
	lookupFor        = 2 * time.Minute
	sandboxLookupFor = 3 * time.Second
)

// sandboxTenant is the id of the simulated tenant in journals and workbooks.
const sandboxTenant = "sandbox"

// tenant is where invitations go.
type tenant struct {
	client    *graph.Client
	id        journal.Identity
	method    string      // of the sign-in
	claims    auth.Claims // of its token
	lookupFor time.Duration
	close     func()
}

// connect signs in, or starts the simulated tenant. No request has gone to
// Graph when it returns.
func (p *process) connect(ctx context.Context, o *inviteOptions) (*tenant, error) {
	t, err := p.dial(ctx, &o.connectOptions, o.workers)
	if err == nil && !o.sandbox {
		p.warn("signed in with %s%s", t.method, whom(t.claims))
	}
	return t, err
}

// dial is connect without a word about it. So many requests may be in flight.
func (p *process) dial(ctx context.Context, o *connectOptions, connections int) (*tenant, error) {
	if o.sandbox {
		return p.connectSandbox(ctx, o, connections)
	}
	session, err := p.signIn(o)
	if err != nil {
		return nil, err
	}
	client, err := newClient(o, connections, graph.Config{URL: o.graphRoot(), Token: session.Token, Fresh: session.Fresh})
	if err != nil {
		return nil, asUsage(err)
	}
	// The token tells whose tenant it is, which the journal must know first.
	token, err := session.Token(ctx)
	if err != nil {
		return nil, &graph.SignInError{Err: err}
	}
	claims := auth.ReadClaims(token)
	return &tenant{
		client: client, id: journal.Identity{Tenant: claims.Tenant},
		method: session.Method(), claims: claims,
		lookupFor: lookupFor, close: client.Close,
	}, nil
}

func (p *process) signIn(o *connectOptions) (*auth.Session, error) {
	mode, err := auth.ParseMode(o.auth)
	if err != nil {
		return nil, asUsage(err)
	}
	if mode == auth.ModeDefault && p.getenv(auth.TokenVariable) != "" {
		mode = auth.ModeToken // somebody went to the length of getting one
	}
	cloud, err := graph.ParseCloud(o.cloud)
	if err != nil {
		return nil, asUsage(err)
	}
	session, err := auth.SignIn(auth.Config{
		Mode: mode, Cloud: cloud, TenantID: o.tenantID, ClientID: o.clientID, Getenv: p.getenv,
		Prompt: func(text string) { p.screen.say("%s\n", text) },
	})
	if errors.Is(err, auth.ErrNoToken) {
		return nil, &signInError{&graph.SignInError{Err: err}}
	}
	if err != nil {
		return nil, &graph.SignInError{Err: err}
	}
	return session, nil
}

// whom names tenant and account as far as the token tells.
func whom(c auth.Claims) string {
	var text string
	if c.Tenant != "" {
		text = ", tenant " + c.Tenant
	}
	if who := cmp.Or(c.User, c.AppName, c.App); who != "" {
		text += ", as " + who
	}
	return text
}

func newClient(o *connectOptions, connections int, cfg graph.Config) (*graph.Client, error) {
	cfg.Connections, cfg.Timeout, cfg.UserAgent = connections, o.timeout, tool()
	return graph.New(cfg)
}

// connectSandbox starts a tenant that behaves like the service at its
// documented quota, with the latency of a good day. It outlives a stop, so that
// requests in flight are answered.
func (*process) connectSandbox(ctx context.Context, o *connectOptions, connections int) (*tenant, error) {
	if o.graphURL != "" {
		return nil, usagef("leave one of them out", "--sandbox and --graph-url are both set")
	}
	server, err := sandbox.New(sandbox.Config{
		Latency: func() time.Duration {
			return 80*time.Millisecond + rand.N(220*time.Millisecond) //nolint:gosec // only a delay
		},
		Quota: 150, Window: 5 * time.Second, CountThrownBack: true,
		Replication: 500 * time.Millisecond,
	}).Serve(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	token := secret.New(sandbox.Token())
	client, err := newClient(o, connections, graph.Config{
		URL: server.URL, Token: func(context.Context) (secret.Text, error) { return token, nil },
	})
	if err != nil {
		return nil, err
	}
	return &tenant{
		client: client, id: journal.Identity{Tenant: sandboxTenant, Sandbox: true},
		method: sandboxTenant, claims: auth.ReadClaims(token),
		lookupFor: sandboxLookupFor,
		close:     func() { client.Close(); _ = server.Close() },
	}, nil
}

// signInError adds the next step to a sign-in that failed before any request.
type signInError struct{ *graph.SignInError }

// Hint tells how to get a token.
func (*signInError) Hint() string {
	return "get a token, for example with the Azure CLI, and try again:\n" +
		"export " + auth.TokenVariable + "=$(az account get-access-token --resource-type ms-graph --query accessToken -o tsv)\n" +
		"To look around without a tenant, add --sandbox."
}

// Unwrap makes the exit code that of a sign-in.
func (e *signInError) Unwrap() error { return e.SignInError }
