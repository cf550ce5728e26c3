package sandbox

import (
	"context"
	"encoding/base64"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says how a simulated tenant behaves. The zero Config answers at once,
// accepts any bearer token and has no quota.
type Config struct {
	// Latency returns how long the next answer takes; nil is no time at all.
	// What a request asks for is done before the wait. It is called from many
	// goroutines.
	Latency func() time.Duration
	// Quota is the number of requests to /invitations admitted in any Window;
	// 0 is no quota. The service's is 150 in 5 seconds
	// (learn.microsoft.com/graph/throttling-limits).
	Quota  int
	Window time.Duration
	// CountThrottled makes requests that were answered 429 count against the
	// quota as well.
	CountThrottled bool
	// Token is the bearer token demanded; "" accepts any.
	Token string
	// Replication is how long it takes until a new guest can be looked up.
	Replication time.Duration
	// ClockOffset is how far the tenant's clock is ahead of this machine's:
	// it moves the Date header, the dates in refusals and createdDateTime.
	ClockOffset time.Duration
	// AllowInvitesFrom is what the tenant's policy says, "" is "everyone".
	AllowInvitesFrom string
	// Forbidden are paths below the root that the token's permissions do not
	// reach, such as "/users".
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

	mu        sync.Mutex
	directory *directory
	requested map[string]bool // addresses whose first invitation has been
	blocked   bool            // for suspicious activity
	requests  []Request
}

var _ http.Handler = (*Tenant)(nil)

// New makes a tenant without guests.
func New(cfg Config) *Tenant {
	t := &Tenant{cfg: cfg, start: time.Now(), directory: newDirectory(cfg), requested: map[string]bool{}}
	if cfg.Quota > 0 {
		t.quota = newQuota(cfg)
	}
	return t
}

// Serve listens on a free loopback port until ctx ends or Close is called.
// Close must be called in any case: it waits for the server's goroutines.
func (t *Tenant) Serve(ctx context.Context) (*Server, error) { return newServer(ctx, t) }

// Requests returns what the tenant saw, in the order in which it acted. It is
// empty unless Config.Record is set.
func (t *Tenant) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.requests)
}

// Guests returns how many guests the directory holds.
func (t *Tenant) Guests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.directory.guests)
}

// Mails returns how many invitation emails went to an address. Copies to a cc
// recipient are not counted.
func (t *Tenant) Mails(address string) int { return t.guest(address).mails }

// RedeemURL returns the one link of a guest that works, that of the last
// invitation, and "" for an address that was not invited.
func (t *Tenant) RedeemURL(address string) string {
	if g := t.guest(address); g.invitations > 0 {
		return g.redeemURL()
	}
	return ""
}

// guest is the guest with an address, the zero guest where there is none.
func (t *Tenant) guest(address string) guest {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g, known := t.directory.guests[key(address)]; known {
		return *g
	}
	return guest{}
}

// now is the time by the tenant's own clock.
func (t *Tenant) now() time.Time { return time.Now().Add(t.cfg.ClockOffset) }

// root is where the tenant is served.
const root = "/v1.0"

// ServeHTTP answers one request. It panics with [http.ErrAbortHandler] where the
// connection is to be cut, and when the client leaves during the wait.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := t.handle(r)
	if t.cfg.Latency != nil {
		answer.delay += t.cfg.Latency()
	}
	if !wait(r.Context(), answer.delay) {
		panic(http.ErrAbortHandler) // returning would answer 200
	}
	answer.send(w, t.now())
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

func (t *Tenant) handle(r *http.Request) response {
	req := newRequest(r)
	switch fault := t.checkToken(r); {
	case fault != nil:
		return t.refuse(req, fault)
	case slices.Contains(t.cfg.Forbidden, strings.TrimPrefix(r.URL.Path, root)):
		return t.refuse(req, &denied)
	case r.URL.Path == root+"/invitations":
		return t.invitations(req, r)
	case r.URL.Path == root+"/users" && r.Method == http.MethodGet:
		return t.users(req, r.URL.RawQuery)
	case r.URL.Path == root+"/organization" && r.Method == http.MethodGet:
		return t.organization(req, r.URL.Query())
	case r.URL.Path == root+"/policies/authorizationPolicy" && r.Method == http.MethodGet:
		return t.authorizationPolicy(req, r.URL.Query())
	default:
		return t.refuse(req, &notFound)
	}
}

// checkToken says what is wrong with the token of a request, nil for nothing.
func (t *Tenant) checkToken(r *http.Request) *refusal {
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

// record keeps a request. t.mu must be held.
func (t *Tenant) record(req Request) {
	if t.cfg.Record {
		t.requests = append(t.requests, req)
	}
}

// refuse records a request that changed nothing, and refuses it.
func (t *Tenant) refuse(req Request, why *refusal) response {
	req.Status = why.status
	t.mu.Lock()
	t.record(req)
	t.mu.Unlock()
	return refusalResponse(req, why, t.now())
}

// found records a request that changed nothing, and answers it.
func (t *Tenant) found(req Request, body any) response {
	req.Status = http.StatusOK
	t.mu.Lock()
	t.record(req)
	t.mu.Unlock()
	return jsonResponse(req, http.StatusOK, body)
}

// invitations answers what comes to /invitations, where only POST is known.
// The quota comes first: requests that are wrong use it up as well.
func (t *Tenant) invitations(req Request, r *http.Request) response {
	fault := &notFound
	if r.Method == http.MethodPost {
		req.Invitation, fault = readInvitation(r)
		req.Address = key(req.Invitation.InvitedUserEmailAddress)
	}
	v := t.quota.admit(time.Since(t.start))
	if v.wait > 0 {
		fault = throttled(int(math.Ceil(v.wait.Seconds())))
	}
	if fault != nil {
		return t.refuse(req, fault).withLoad(v.share)
	}
	return t.invite(req).withLoad(v.share)
}

// invite does what the address asks for, and answers.
func (t *Tenant) invite(req Request) response {
	b, g := t.act(&req)
	var answer response
	if b.refusal != nil {
		answer = refusalResponse(req, b.refusal, t.now())
	} else {
		answer = jsonResponse(req, http.StatusCreated, newCreated(req.Invitation, g, b.status))
	}
	answer.delivery, answer.delay = b.delivery, b.delay
	return answer
}

// act changes the directory and records the request, in one step.
func (t *Tenant) act(req *Request) (behaviour, guest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.behaviourFor(*req)
	g := *t.directory.newGuest(req.Invitation)
	if b.invites {
		g = t.directory.invite(req.Invitation)
		req.Invited, req.Mailed = true, req.Invitation.SendInvitationMessage
	}
	req.Status, req.Cut = b.answerStatus(), b.delivery != complete
	t.record(*req)
	return b, g
}

// behaviourFor returns how the tenant behaves about an invitation this time.
// t.mu must be held.
func (t *Tenant) behaviourFor(req Request) behaviour {
	b := behaviourOf(req.Address)
	if b.once {
		if t.requested[req.Address] {
			b = ordinary
		}
		t.requested[req.Address] = true
	}
	t.blocked = t.blocked || b.blocks
	switch named := req.Invitation.InvitedUser; {
	case t.blocked:
		return behaviour{refusal: &suspicious}
	case b.refusal != nil:
		b.refusal = b.refusal.about(userID(req.Address))
	case named != nil && !t.directory.hasGuest(req.Address, named.ID):
		return behaviour{refusal: noSuchUser.about(named.ID)}
	}
	return b
}

// users answers a look-up by address.
func (t *Tenant) users(req Request, query string) response {
	terms, names, fault := readQuery(query)
	if fault != nil {
		return t.refuse(req, fault)
	}
	req.Address, req.Status = terms[0].address(), http.StatusOK
	t.mu.Lock()
	t.record(req)
	people := t.directory.lookUp(terms)
	t.mu.Unlock()
	return jsonResponse(req, http.StatusOK, struct {
		Context string           `json:"@odata.context"`
		Value   []map[string]any `json:"value"`
	}{metadata + "#users(" + strings.Join(names, ",") + ")", selectFrom(people, names)})
}

// ownDomainName is the verified domain of every simulated tenant.
const ownDomainName = "contoso.example"

// organization answers GET /organization
// (learn.microsoft.com/graph/api/organization-list).
func (t *Tenant) organization(req Request, query url.Values) response {
	selected, names, fault := selectOf("organization", query, map[string]any{
		"id":              TenantID,
		"displayName":     "Contoso (simulated)",
		"verifiedDomains": []any{map[string]any{"name": ownDomainName, "isDefault": true, "isInitial": false}},
	})
	if fault != nil {
		return t.refuse(req, fault)
	}
	return t.found(req, map[string]any{
		"@odata.context": metadata + "#organization" + names, "value": []any{selected},
	})
}

// authorizationPolicy answers GET /policies/authorizationPolicy
// (learn.microsoft.com/graph/api/authorizationpolicy-get).
func (t *Tenant) authorizationPolicy(req Request, query url.Values) response {
	allowed := t.cfg.AllowInvitesFrom
	if allowed == "" {
		allowed = "everyone"
	}
	selected, names, fault := selectOf("authorizationPolicy", query, map[string]any{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "allowInvitesFrom": allowed,
	})
	if fault != nil {
		return t.refuse(req, fault)
	}
	selected["@odata.context"] = metadata + "#policies/authorizationPolicy" + names + "/$entity"
	return t.found(req, selected)
}

// Token returns a bearer token of the shape that Entra gives to an app with the
// permissions that guestlist uses. It is unsigned, and worth nothing outside of
// a simulated tenant.
func Token() string {
	const claims = `{"aud":"https://graph.microsoft.com","tid":"` + TenantID + `","appid":"00000000-0000-0000-0000-000000000000",` +
		`"app_displayname":"guestlist sandbox","idtyp":"app",` +
		`"roles":["Organization.Read.All","Policy.Read.All","User.Invite.All","User.Read.All"]}`
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "."
}
