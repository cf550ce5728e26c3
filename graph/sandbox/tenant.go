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

	"guestlist/internal/pause"
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
	// WriteQuota is the number of changes of users and groups admitted in any
	// WriteWindow; 0 is no quota. The service's is 3,000 in 150 seconds
	// (learn.microsoft.com/graph/throttling-limits).
	WriteQuota  int
	WriteWindow time.Duration
	// Token is the bearer token demanded; "" accepts any.
	Token string
	// Replication is how long it takes until a new guest can be found by look-ups
	// and in lists.
	Replication time.Duration
	// ClockOffset is how far the tenant's clock is ahead of this machine's when it
	// starts: it moves all of the tenant's times, so that a week later can be practised.
	// [Tenant.Advance] sets it forward.
	ClockOffset time.Duration
	// AllowInvitesFrom is what the tenant's policy says, "" is "everyone".
	AllowInvitesFrom string
	// People are who is in the directory when the tenant starts, and Groups the groups that
	// it has, see [ReadyPeople] and [ReadyGroups]. A tenant of an earlier process is restored
	// from what [Tenant.People] said.
	People []Person
	Groups []Group
	// NoGuestsInGroups is the tenant's setting that no Microsoft 365 group may have guests.
	NoGuestsInGroups bool
	// Acceptance says when guests accept; nil leaves it to [Tenant.Accept].
	Acceptance Acceptance
	// Aliases are addresses that belong to the same account as another, which only
	// the guest's own tenant knows: whoever is invited by either is one guest.
	Aliases map[string]string
	// Basic makes the token one with User.ReadBasic.All: filters by other than
	// basic properties are refused, and other properties are null.
	Basic bool
	// PageSize bounds the pages of users, so that few people make several pages; 0
	// is what the request asks for.
	PageSize int
	// Trouble is asked before each request is handled, also those in a $batch. A
	// status other than 0 refuses the request, with Retry-After in seconds unless
	// that is 0, and nothing is done. nil is no trouble. It is called from many
	// goroutines.
	Trouble func(r *http.Request) (status, retryAfter int)
	// Forbidden are paths below the root that the token's permissions do not
	// reach, such as "/users", "/users/{id}" for any id, or, of one method alone,
	// "DELETE /users/{id}".
	Forbidden []string
	// Cut is asked after each request was handled, and not of those in a $batch: where it
	// says so, the connection is cut before the answer. nil cuts none. It is called from
	// many goroutines.
	Cut func(r *http.Request) bool
	// Record keeps every request for [Tenant.Requests]. The record grows for
	// as long as the tenant lives.
	Record bool
}

// Tenant is a simulated tenant. All its methods may be used at the same time.
type Tenant struct {
	cfg   Config
	start time.Time
	quota *quota
	// writes is the quota of changes of users and groups.
	writes *quota

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
		t.quota = newQuota(cfg.Quota, cfg.Window, cfg.CountThrottled)
	}
	if cfg.WriteQuota > 0 {
		t.writes = newQuota(cfg.WriteQuota, cfg.WriteWindow, cfg.CountThrottled)
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

// Guests returns how many guests the directory holds, deleted ones not included.
func (t *Tenant) Guests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.directory.guests
}

// People returns everyone whom the directory holds or has deleted, in the order
// in which they came.
func (t *Tenant) People() []Person {
	t.mu.Lock()
	defer t.mu.Unlock()
	people := make([]Person, len(t.directory.people))
	for i, p := range t.directory.people {
		people[i] = t.directory.shown(p)
	}
	return people
}

// Find returns who has an address, or an alias of it. Unlike a look-up, it knows
// new guests at once.
func (t *Tenant) Find(address string) (Person, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.directory.owner(key(address))
	if !known {
		return Person{}, false
	}
	return t.directory.shown(p), true
}

// Mails returns how many invitation emails went to the person who has an address,
// whichever of their addresses was invited. Copies to a cc recipient are not
// counted.
func (t *Tenant) Mails(address string) int {
	p, _ := t.Find(address)
	return p.Mails
}

// RedeemURL returns the one link that works of the person who has an address,
// that of the last invitation, and "" where there was none.
func (t *Tenant) RedeemURL(address string) string {
	p, _ := t.Find(address)
	return p.RedeemURL
}

// LinkOwner returns who can redeem an invitation link. It reports false for a link
// that does not work: a later invitation of the same person ends it.
func (t *Tenant) LinkOwner(redeemURL string) (owner Person, works bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, works := t.directory.live[invitationOf(redeemURL)]
	if !works || p.liveLink() != redeemURL {
		return Person{}, false
	}
	return t.directory.shown(p), true
}

// Accept has the guest with an address accept the invitation. It reports false
// where there is no guest.
func (t *Tenant) Accept(address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.directory.owner(key(address))
	if !known || p.isInternal() {
		return false
	}
	p.state, p.stateChanged = accepted, t.Now()
	return true
}

// Delete moves the person with an address to the deleted items. It reports false
// where there is none. An invitation of the address makes a new guest then.
func (t *Tenant) Delete(address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.directory.owner(key(address))
	if known {
		t.directory.delete(p)
	}
	return known
}

// Now is the time by the tenant's own clock.
func (t *Tenant) Now() time.Time { return t.directory.clock.now() }

// Admit puts people into the directory, as [Config].People does when the tenant starts. One
// with the object id of somebody who is there, or was deleted, takes their place.
func (t *Tenant) Admit(people []Person) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range people {
		t.directory.restore(p)
	}
}

// Advance sets the tenant's clock forward.
func (t *Tenant) Advance(d time.Duration) { t.directory.clock.ahead.Add(int64(d)) }

// ByID returns the person with an object id, deleted ones included.
func (t *Tenant) ByID(id string) (Person, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.directory.ids[key(id)]
	if !known {
		return Person{}, false
	}
	return t.directory.shown(p), true
}

// root is where the tenant is served.
const root = "/v1.0"

// ServeHTTP answers one request. It panics with [http.ErrAbortHandler] where the
// connection is to be cut, and when the client leaves during the wait.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := t.handle(r)
	if t.cfg.Latency != nil {
		answer.delay += t.cfg.Latency()
	}
	if answer.delay > 0 && pause.For(r.Context(), answer.delay) != nil {
		panic(http.ErrAbortHandler) // returning would answer 200
	}
	if t.cfg.Cut != nil && t.cfg.Cut(r) {
		answer.delivery = nothing
	}
	answer.send(w, t.Now())
}

func (t *Tenant) handle(r *http.Request) response {
	req := newRequest(r)
	if fault := t.checkAccess(r); fault != nil {
		return t.refuse(req, fault)
	}
	switch at := r.Method + " " + strings.TrimPrefix(r.URL.Path, root); {
	case strings.HasSuffix(at, " /invitations"): // with any method: all use up the quota
		return t.invitations(req, r)
	case at == "GET /users":
		return t.users(req, r, false)
	case at == "GET /users/$count":
		return t.count(req, r)
	case at == "GET /directory/deletedItems/microsoft.graph.user":
		return t.users(req, r, true)
	case at == "POST /$batch":
		return t.batch(req, r)
	case at == "GET /organization":
		return t.organization(req, r.URL.Query())
	case at == "GET /policies/authorizationPolicy":
		return t.authorizationPolicy(req, r.URL.Query())
	case at == "GET /groups":
		return t.groupList(req, r)
	case at == "GET /groupSettings":
		return t.groupSettings(req, r)
	default:
		return t.handleObject(req, r)
	}
}

// checkAccess says why a request may not be handled, nil for no reason.
func (t *Tenant) checkAccess(r *http.Request) *refusal {
	path, below := strings.CutPrefix(r.URL.Path, root)
	if fault := t.checkToken(r); fault != nil {
		return fault
	}
	if !below {
		return &notFound
	}
	if t.forbids(r.Method, path) {
		return &denied
	}
	if t.cfg.Trouble != nil {
		if status, after := t.cfg.Trouble(r); status != 0 {
			return troubled(status, after)
		}
	}
	return nil
}

// forbids reports whether the token does not reach a path.
func (t *Tenant) forbids(method, path string) bool {
	return slices.ContainsFunc(t.cfg.Forbidden, func(one string) bool {
		of, below, named := strings.Cut(one, " ")
		if !named {
			of, below = method, one
		}
		return of == method && (below == path || below == generalize(path))
	})
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
	return refusalResponse(req, why, t.Now())
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
	b, p := t.act(&req)
	var answer response
	if b.refusal != nil {
		answer = refusalResponse(req, b.refusal, t.Now())
	} else {
		answer = jsonResponse(req, http.StatusCreated, newCreated(req.Invitation, &p, b.status))
	}
	answer.delivery, answer.delay = b.delivery, b.delay
	return answer
}

// act changes the directory and records the request, in one step.
func (t *Tenant) act(req *Request) (behaviour, person) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.behaviourFor(*req)
	p := t.directory.draft(req.Invitation)
	if b.invites {
		p = t.directory.invite(req.Invitation)
		req.Invited, req.Mailed = true, req.Invitation.SendInvitationMessage
	}
	req.Status, req.Cut = b.answerStatus(), b.delivery != complete
	t.record(*req)
	return b, *p
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
	owner, owned := t.directory.owner(req.Address)
	switch named := req.Invitation.InvitedUser; {
	case t.blocked:
		return behaviour{refusal: &suspicious}
	case b.refusal != nil:
		b.refusal = b.refusal.about(userID(req.Address))
	case named != nil && !t.directory.hasGuest(req.Address, named.ID):
		return behaviour{refusal: noSuchUser.about(named.ID)}
	case owned && owner.isInternal() && owner.disabled:
		return behaviour{refusal: alreadyDisabled.about(owner.id)}
	case owned && owner.isInternal():
		return behaviour{refusal: alreadyMember.about(owner.id)}
	}
	return b
}

// users answers with users, or with deleted ones: who fits a filter, page by page
// (learn.microsoft.com/graph/api/user-list and directory-deleteditems-list).
func (t *Tenant) users(req Request, r *http.Request, deleted bool) response {
	q, fault := readQuery(r, ofUsers)
	if fault == nil && t.cfg.Basic && !q.isBasic() {
		fault = &denied
	}
	if fault != nil {
		return t.refuse(req, fault)
	}
	q.deleted = deleted
	q = t.sized(q)
	req.Address, req.Status = q.filter.firstAddress(), http.StatusOK
	body := map[string]any{"@odata.context": metadata + "#users(" + strings.Join(q.names, ",") + ")"}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.record(req)
	people, next := t.directory.find(q)
	body["value"] = q.selectFrom(people, t.isReadable)
	if next > 0 {
		body["@odata.nextLink"] = q.nextLinkOf(r, next)
	}
	if q.count {
		body["@odata.count"] = t.directory.count(q)
	}
	return jsonResponse(req, http.StatusOK, body)
}

// count answers GET /users/$count, which needs ConsistencyLevel: eventual.
func (t *Tenant) count(req Request, r *http.Request) response {
	q, fault := readQuery(r, ofUsers)
	if fault == nil && !isEventual(r) {
		fault = badRequest("$count is not currently supported.")
	}
	if fault == nil && t.cfg.Basic && !q.isBasic() {
		fault = &denied
	}
	if fault != nil {
		return t.refuse(req, fault)
	}
	req.Status = http.StatusOK
	t.mu.Lock()
	defer t.mu.Unlock()
	t.record(req)
	answer := jsonResponse(req, http.StatusOK, t.directory.count(q))
	answer.header.Set("Content-Type", "text/plain")
	return answer
}

// isReadable reports whether the token may read a property of users.
func (t *Tenant) isReadable(name string) bool { return !t.cfg.Basic || basics[name] }

func isEventual(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("ConsistencyLevel"), "eventual")
}

// baseURL is where the tenant is served, as the client knows it.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// batch answers each request of a $batch by itself. The record has all of them,
// each after the batch. Cut connections and delays of single requests are ignored.
func (t *Tenant) batch(req Request, r *http.Request) response {
	items, fault := readBatch(r)
	if fault != nil {
		return t.refuse(req, fault)
	}
	req.Status = http.StatusOK
	t.mu.Lock()
	t.record(req)
	t.mu.Unlock()
	answers := make([]batchAnswer, 0, len(items))
	for _, item := range items {
		inner, fault := item.request(r)
		if fault != nil {
			answers = append(answers, item.answer(refusalResponse(req, fault, t.Now())))
			continue
		}
		answers = append(answers, item.answer(t.handle(inner)))
	}
	return jsonResponse(req, http.StatusOK, map[string]any{"responses": answers})
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
		`"roles":["GroupMember.ReadWrite.All","GroupSettings.Read.All","Organization.Read.All","Policy.Read.All","User.Invite.All","User.Read.All","User.ReadWrite.All"]}`
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "."
}
