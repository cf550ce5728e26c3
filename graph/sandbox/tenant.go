package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Config says how a simulated tenant behaves. The zero Config answers at once,
// takes any bearer token and has no quota.
type Config struct {
	// Latency says how long the next answer takes; nil is no time at all. What
	// a request asks for is done before the wait. It is called from many
	// goroutines.
	Latency func() time.Duration
	// Quota is the number of requests to /invitations admitted in any Window;
	// 0 is no quota. The service's is 150 in 5 seconds.
	Quota  int
	Window time.Duration
	// CountThrownBack makes requests answered 429 count against the quota too.
	CountThrownBack bool
	// Token is the bearer token demanded; "" takes any.
	Token string
	// Replication is how long it takes until a new guest can be looked up.
	Replication time.Duration
	// ClockOffset is how far the tenant's clock is ahead of this machine's:
	// it moves the Date header, the dates in refusals and createdDateTime.
	ClockOffset time.Duration
	// AllowInvitesFrom is what the tenant's policy says, "" is "everyone".
	AllowInvitesFrom string
	// Forbidden are paths below the root that the token's permissions do not
	// reach, e.g. "/users".
	Forbidden []string
	// Record keeps every request for [Tenant.Requests]. The record grows for
	// as long as the tenant lives.
	Record bool
}

// Tenant is a simulated tenant. All its methods may be used at the same time.
type Tenant struct {
	cfg   Config
	start time.Time
	quota *quota

	mu       sync.Mutex
	guests   map[string]*guest
	met      map[string]bool // addresses whose first request has been
	blocked  bool            // for suspicious activity
	requests []Request
}

var _ http.Handler = (*Tenant)(nil)

// New makes a tenant without guests.
func New(cfg Config) *Tenant {
	t := &Tenant{cfg: cfg, start: time.Now(), guests: map[string]*guest{}, met: map[string]bool{}}
	if cfg.Quota > 0 {
		t.quota = newQuota(cfg)
	}
	return t
}

// now is the time by the tenant's own clock.
func (t *Tenant) now() time.Time { return time.Now().Add(t.cfg.ClockOffset) }

// root is where the tenant is served.
const root = "/v1.0"

// ServeHTTP answers one request. It ends with [http.ErrAbortHandler] where the
// connection is to be cut, or when the client leaves during the wait.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := t.handle(r)
	if t.cfg.Latency != nil {
		x.delay += t.cfg.Latency()
	}
	if !wait(r.Context(), x.delay) {
		panic(http.ErrAbortHandler) // returning would answer 200
	}
	t.deliver(w, x)
}

func (t *Tenant) handle(r *http.Request) exchange {
	seen := arrived(r)
	switch fault := t.unauthorised(r); {
	case fault != nil:
		return t.refuse(seen, fault)
	case slices.Contains(t.cfg.Forbidden, strings.TrimPrefix(r.URL.Path, root)):
		return t.refuse(seen, &denied)
	case r.URL.Path == root+"/invitations":
		return t.invitations(seen, r)
	case r.URL.Path == root+"/users" && r.Method == http.MethodGet:
		return t.users(seen, r.URL.RawQuery)
	case r.URL.Path == root+"/organization" && r.Method == http.MethodGet:
		return t.organization(seen, r.URL.Query())
	case r.URL.Path == root+"/policies/authorizationPolicy" && r.Method == http.MethodGet:
		return t.authorizationPolicy(seen, r.URL.Query())
	default:
		return t.refuse(seen, &notFound)
	}
}

// arrived notes what can be told of a request before it is read.
func arrived(r *http.Request) Request {
	seen := Request{
		At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		RequestID: uuid.NewString(), ClientRequestID: r.Header.Get("Client-Request-Id"),
	}
	if seen.ClientRequestID == "" {
		seen.ClientRequestID = seen.RequestID
	}
	return seen
}

// unauthorised says what is wrong with the token of a request, nil for nothing.
func (t *Tenant) unauthorised(r *http.Request) *refusal {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return &noToken
	case t.cfg.Token != "" && token != t.cfg.Token:
		return &staleToken
	default:
		return nil
	}
}

// wait reports whether the time passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
