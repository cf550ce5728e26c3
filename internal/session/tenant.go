package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"guestlist/batch/followup"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/graph/sandbox"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// How long after the request a guest who is not in the directory counts as not
// invited. Microsoft names no time; reports go up to some minutes. The simulated
// tenant needs none.
const (
	lookupFor        = 15 * time.Minute
	sandboxLookupFor = 3 * time.Second
	// How long after the invitation a guest of the simulated tenant is changed first: it
	// replicates in half a second.
	sandboxStepsAfter = time.Second
)

// ConnectOptions say which tenant to talk to, and as whom.
type ConnectOptions struct {
	// Sandbox starts a simulated tenant instead, whose clock is Later ahead of this
	// machine's.
	Sandbox bool
	Later   time.Duration
	// GraphURL is another Graph root, "" for the cloud's own.
	GraphURL string
	// Cloud, Auth, TenantID and ClientID are as on the command line; the last two
	// may be "" and come from the environment.
	Cloud, Auth, TenantID, ClientID string
	// Timeout is for each request, Connections how many are in flight at most.
	Timeout     time.Duration
	Connections int
	// Tool is the name and version that Microsoft's logs show.
	Tool string
	// Getenv reads the environment, Prompt tells a person how to sign in.
	Getenv func(string) string
	Prompt func(string)
}

// Tenant is where invitations go.
type Tenant struct {
	Client *graph.Client
	ID     journal.Identity
	// Method is how the sign-in was made, Claims what its token says.
	Method string
	Claims auth.Claims
	// LookupFor is how long a guest may take to appear in the directory.
	LookupFor time.Duration
	// StepsAfter is how long after the invitation a guest is changed first.
	StepsAfter time.Duration
	// Root is where requests go, for messages.
	Root  string
	Cloud graph.Cloud

	close func()
	// simulated is the tenant itself where it is simulated, nil otherwise.
	simulated *sandbox.Tenant
}

// Directory reads who is in the tenant.
func (t *Tenant) Directory() *graph.Directory { return t.Client.Directory(graph.DirectoryConfig{}) }

// clockAhead is how far Graph's clock is ahead of this machine's.
func (t *Tenant) clockAhead() time.Duration {
	now := time.Now()
	return t.Client.ServerTime(now).Sub(now)
}

// bucket is what the runs of this machine lock the tenant by: its id, or Graph's address
// where the sign-in does not tell.
func (t *Tenant) bucket() string { return cmp.Or(t.ID.Tenant, "unknown tenant at "+t.Root) }

// directoryID is the tenant's id as links have it. The simulated tenant has one in its
// token alone.
func (t *Tenant) directoryID() string { return cmp.Or(t.Claims.Tenant, t.ID.Tenant) }

// SignedInAs is the identity that Microsoft knows: the user principal name of a person,
// or the name and id of an app; "" where the token does not tell.
func (t *Tenant) SignedInAs() string {
	c := t.Claims
	switch {
	case c.User != "":
		return c.User
	case c.AppName != "" && c.App != "":
		return fmt.Sprintf("%s (%s)", c.AppName, c.App)
	default:
		return cmp.Or(c.AppName, c.App)
	}
}

// TokenEnds tells when the sign-in ends for good, for a token that cannot be renewed;
// "" where it can, or the token does not say.
func (t *Tenant) TokenEnds() string {
	if t.Method != string(auth.ModeToken) || t.Claims.Expires.IsZero() {
		return ""
	}
	left := time.Until(t.Claims.Expires).Round(time.Minute)
	return fmt.Sprintf("the token ends at %s, in %s, and cannot be renewed", t.Claims.Expires.Local().Format("15:04"), text.Duration(left))
}

// Close ends the connections.
func (t *Tenant) Close() { t.close() }

// Whom names tenant and account as far as the token tells, for the end of a sentence.
func (t *Tenant) Whom() string {
	var whom string
	if t.Claims.Tenant != "" {
		whom = ", tenant " + t.Claims.Tenant
	}
	if who := cmp.Or(t.Claims.User, t.Claims.AppName, t.Claims.App); who != "" {
		whom += ", as " + who
	}
	return whom
}

// Connect signs in, or starts the simulated tenant. No request has gone to Graph
// when it returns. A sign-in that fails is a [*graph.SignInError], wrong settings
// are a [*UsageError].
func Connect(ctx context.Context, o ConnectOptions) (*Tenant, error) {
	if o.Sandbox {
		return connectSandbox(ctx, o)
	}
	cloud, err := graph.ParseCloud(o.Cloud)
	if err != nil {
		return nil, AsUsage(err)
	}
	signedIn, err := signIn(o, cloud)
	if err != nil {
		return nil, err
	}
	root := strings.TrimRight(cmp.Or(o.GraphURL, cloud.GraphURL), "/")
	client, err := newClient(o, graph.Config{URL: root, Token: signedIn.Token, Fresh: signedIn.Fresh, ForClaims: signedIn.ForClaims})
	if err != nil {
		return nil, AsUsage(err)
	}
	// The token tells whose tenant it is, which the journal must know first.
	token, err := signedIn.Token(ctx)
	if err != nil {
		return nil, &graph.SignInError{Err: err}
	}
	claims := auth.ReadClaims(token)
	return &Tenant{
		Client: client, ID: journal.Identity{Tenant: claims.Tenant},
		Method: signedIn.Method(), Claims: claims,
		LookupFor: lookupFor, StepsAfter: followup.FirstAfter, Root: root, Cloud: cloud, close: client.Close,
	}, nil
}

// NoSponsors reports whether invitations of a cloud cannot name sponsors. A cloud
// that is not known has them: the sign-in says that it is not known.
func NoSponsors(cloud string) bool {
	c, err := graph.ParseCloud(cloud)
	return err == nil && !c.Sponsors
}

func signIn(o ConnectOptions, cloud graph.Cloud) (*auth.Session, error) {
	mode, err := auth.ParseMode(o.Auth)
	if err != nil {
		return nil, AsUsage(err)
	}
	if mode == auth.ModeDefault && o.Getenv(auth.TokenVariable) != "" {
		mode = auth.ModeToken // a token was fetched on purpose
	}
	signedIn, err := auth.SignIn(auth.Config{
		Mode: mode, Cloud: cloud, TenantID: o.TenantID, ClientID: o.ClientID, Getenv: o.Getenv, Prompt: o.Prompt,
		AnyAudience: o.GraphURL != "",
	})
	if errors.Is(err, auth.ErrNoToken) {
		return nil, &noTokenError{&graph.SignInError{Err: err}}
	}
	if err != nil {
		return nil, &graph.SignInError{Err: err}
	}
	return signedIn, nil
}

func newClient(o ConnectOptions, cfg graph.Config) (*graph.Client, error) {
	cfg.Connections, cfg.Timeout, cfg.UserAgent = o.Connections, o.Timeout, o.Tool
	return graph.New(cfg)
}

// connectSandbox starts a tenant that behaves like the service at its documented
// quota, with the latency of a good day. It outlives a stop, so that requests in
// flight are answered.
func connectSandbox(ctx context.Context, o ConnectOptions) (*Tenant, error) {
	if o.GraphURL != "" {
		return nil, Usagef("leave one of them out", "--sandbox and --graph-url are both set")
	}
	tenant := sandbox.New(sandbox.Config{
		Latency: func() time.Duration {
			return 80*time.Millisecond + rand.N(220*time.Millisecond) //nolint:gosec // only a delay
		},
		Quota: 150, Window: 5 * time.Second, CountThrottled: true,
		WriteQuota: 3000, WriteWindow: 150 * time.Second,
		Replication: 500 * time.Millisecond,
		Acceptance:  sandbox.Habits, ClockOffset: o.Later,
		Groups: sandbox.ReadyGroups(), People: sandbox.ReadyPeople(),
	})
	server, err := tenant.Serve(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	token := secret.New(sandbox.Token())
	client, err := newClient(o, graph.Config{
		URL: server.URL, Token: func(context.Context) (secret.Text, error) { return token, nil },
	})
	if err != nil {
		return nil, err
	}
	return &Tenant{
		Client: client, ID: journal.IdentityOf(journal.SandboxTenant),
		Method: journal.SandboxTenant, Claims: auth.ReadClaims(token),
		LookupFor: sandboxLookupFor, StepsAfter: sandboxStepsAfter, Root: "the simulated tenant", Cloud: graph.Clouds()[0],
		close: func() { client.Close(); _ = server.Close() }, simulated: tenant,
	}, nil
}

// noTokenError adds the next step to a sign-in that failed before any request.
type noTokenError struct{ *graph.SignInError }

// Hint tells how to get a token.
func (*noTokenError) Hint() string {
	return "get a token, for example with the Azure CLI, and try again:\n" +
		"export " + auth.TokenVariable + "=$(az account get-access-token --resource-type ms-graph --query accessToken -o tsv)\n" +
		"To look around without a tenant, add --sandbox."
}

// Unwrap makes the error that of a sign-in.
func (e *noTokenError) Unwrap() error { return e.SignInError }
