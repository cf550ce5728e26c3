package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/internal/text"
)

// Checkup is what doctor prints; its JSON names are a promise.
type Checkup struct {
	Tenant     string `json:"tenant"`
	TenantName string `json:"tenant_name"`
	Sandbox    bool   `json:"sandbox"`
	// SignIn is the way that gave the token, Kind "app-only", "delegated" or "".
	SignIn      string   `json:"sign_in"`
	Kind        string   `json:"kind"`
	App         string   `json:"app"`
	AppName     string   `json:"app_name"`
	User        string   `json:"user"`
	Permissions []string `json:"permissions"`
	// AllowInvitesFrom is the tenant's policy, "" where it cannot be read.
	AllowInvitesFrom string `json:"allow_invites_from"`
	// ClockAhead is how far Graph's clock is ahead of this machine's, in whole seconds.
	ClockAhead int           `json:"clock_ahead_seconds"`
	Proxy      string        `json:"proxy"`
	Checks     []CheckResult `json:"checks"`
	// Abilities are what the sign-in may do, those that work first.
	Abilities []Ability `json:"abilities"`
}

// Verdict says how a check went.
type Verdict string

// The verdicts. NotKnown is that about an ability where the token does not tell.
const (
	Works    Verdict = "ok"
	Dubious  Verdict = "warning"
	Missing  Verdict = "missing"
	NotKnown Verdict = "not known"
)

// CheckResult is the result of one check.
type CheckResult struct {
	Check  string  `json:"check"`
	Status Verdict `json:"status"`
	Text   string  `json:"text"`
	// Next is the next step, "" for a check that went well.
	Next string `json:"next"`

	lack Lack
}

// Lack says what kind of thing is missing.
type Lack uint8

// What can be missing.
const (
	LackNothing    Lack = iota
	LackAccess          // a sign-in, a permission or a setting of the tenant
	LackConnection      // Graph cannot be reached
)

func fine(check, format string, args ...any) CheckResult {
	return CheckResult{Check: check, Status: Works, Text: fmt.Sprintf(format, args...)}
}

func doubt(check, what, next string) CheckResult {
	return CheckResult{Check: check, Status: Dubious, Text: what, Next: next}
}

func absent(check string, lack Lack, what, next string) CheckResult {
	return CheckResult{Check: check, Status: Missing, Text: what, Next: next, lack: lack}
}

// Lack is that of the first check that found something missing.
func (c Checkup) Lack() Lack {
	for _, r := range c.Checks {
		if r.Status == Missing {
			return r.lack
		}
	}
	return LackNothing
}

// Examine signs in and asks the tenant about itself. A sign-in that fails is a
// result; wrong settings are an error.
func Examine(ctx context.Context, o ConnectOptions) (Checkup, error) {
	o.Connections = 1
	t, err := Connect(ctx, o)
	if errors.As(err, new(*graph.SignInError)) {
		return Checkup{Permissions: []string{}, Abilities: []Ability{}, Checks: []CheckResult{absent("sign-in", LackAccess, text.Error(err), Hint(err))}}, nil
	}
	if err != nil {
		return Checkup{}, err
	}
	defer t.Close()
	e := examination{Tenant: t}
	e.org, e.orgErr = t.Client.Organization(ctx)
	if !cutOff(e.orgErr) {
		e.policy, e.policyErr = t.Client.InvitePolicy(ctx)
	}
	e.ahead = t.clockAhead()
	e.proxy, e.proxyErr = t.Client.Proxy()
	return e.checkup(), nil
}

// cutOff reports whether a request came to nothing in a way that the next one
// would as well.
func cutOff(err error) bool {
	return errors.As(err, new(*graph.UnreachableError)) || errors.As(err, new(*graph.NotGraphError)) || errors.As(err, new(*graph.NoAnswerError)) || errors.As(err, new(*graph.SignInError))
}

// The permissions that guestlist uses. Stronger ones do as well
// (learn.microsoft.com/graph/api/invitation-post and user-list).
const permissionInvite = "User.Invite.All"

var (
	insteadOfInvite = []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}
	forLookUps      = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)

// maxClockApart is how far this machine's clock may be off before it is worth
// a word. Tokens stop working at some five minutes.
const maxClockApart = 30 * time.Second

// examination is what was found out about a sign-in and its tenant.
type examination struct {
	*Tenant

	org       graph.Organization
	orgErr    error
	policy    graph.InvitePolicy
	policyErr error
	ahead     time.Duration
	proxy     string
	proxyErr  error
}

func (e *examination) checkup() Checkup {
	c := Checkup{
		Tenant: cmp.Or(e.Claims.Tenant, e.org.ID), TenantName: e.org.Name, Sandbox: e.ID.Sandbox,
		SignIn: e.Method, App: e.Claims.App, AppName: e.Claims.AppName, User: e.Claims.User,
		Permissions: slices.Sorted(slices.Values(e.Claims.Permissions())), AllowInvitesFrom: string(e.policy),
		ClockAhead: seconds(e.ahead), Proxy: e.proxy,
	}
	switch {
	case e.Claims.AppOnly():
		c.Kind = "app-only"
	case e.Claims.Delegated():
		c.Kind = "delegated"
	}
	if c.Permissions == nil {
		c.Permissions = []string{} // [] and not null for programs
	}
	c.Checks = []CheckResult{
		e.signIn(), e.reach(), e.whose(c.Tenant), e.account(c.Kind), e.permissions(c.Permissions),
		e.mayInvite(), e.mayLookUp(), e.invites(), e.mail(), e.clock(), e.way(),
	}
	c.Abilities = e.abilities()
	return c
}

// refused is the refusal of a read, nil where there was none.
func refused(err error) *graph.Refusal {
	r, _ := errors.AsType[*graph.Refusal](err)
	return r
}

func (e *examination) signIn() CheckResult {
	const check = "sign-in"
	if r := refused(e.orgErr); r != nil && r.Claims != "" {
		return absent(check, LackAccess, fmt.Sprintf("with %s, but a policy asks for more: %s", e.Method, r.Message), r.Hint())
	} else if r != nil && r.Entry.Name == "InvalidToken" {
		return absent(check, LackAccess, fmt.Sprintf("with %s, but Graph refuses the token: %s", e.Method, r.Message), r.Hint())
	}
	if errors.As(e.orgErr, new(*graph.SignInError)) {
		return absent(check, LackAccess, text.Error(e.orgErr), Hint(e.orgErr))
	}
	if e.ID.Sandbox {
		return fine(check, "simulated: no one signs in, and --auth has no effect")
	}
	if ends := e.TokenEnds(); ends != "" {
		return fine(check, "with %s; %s", e.Method, ends)
	}
	return fine(check, "with %s", e.Method)
}

// reach tells whether Graph answers at all: a refusal is an answer.
func (e *examination) reach() CheckResult {
	const check = "graph"
	where, r := e.Root, refused(e.orgErr)
	switch {
	case r != nil && r.Entry.Name == "WrongPath":
		return absent(check, LackConnection, where+" is no Graph root: "+r.Error(), r.Hint())
	case r != nil && !r.Denied():
		return doubt(check, where+" answers "+r.Error(), tenantAdvice(r))
	case e.orgErr == nil, r != nil:
		return fine(check, "%s answers", where)
	case errors.As(e.orgErr, new(*graph.SignInError)):
		return doubt(check, "not asked without a token", "sign in first")
	default:
		return absent(check, LackConnection, text.Error(e.orgErr), cmp.Or(Hint(e.orgErr), "check the network, the proxy (HTTPS_PROXY) and --graph-url"))
	}
}

// tenantAdvice is what to do about a refusal where no row is concerned: the catalogue's
// advice about rows would make no sense.
func tenantAdvice(r *graph.Refusal) string {
	if r.Entry.Scope != graph.ScopeRow {
		return r.Hint()
	}
	again := "run the same command again in a few minutes"
	if r.RequestID == "" {
		return again
	}
	return again + "; if the answer stays the same, Microsoft support can look up the request id " + r.RequestID
}

// unreadable tells why something is not shown, for the end of a sentence.
func unreadable(err error, permission string) string {
	if r := refused(err); r != nil && r.Denied() {
		return "reading it needs " + permission
	}
	return "Graph did not answer"
}

func (e *examination) whose(id string) CheckResult {
	const check = "tenant"
	switch {
	case id == "":
		return doubt(check, "not known: guestlist cannot read this token, nor look the name up ("+unreadable(e.orgErr, "Organization.Read.All")+")", "make sure that the token is from the right tenant")
	case e.org.Name == "":
		return fine(check, "%s (its name is not shown: %s)", id, unreadable(e.orgErr, "Organization.Read.All"))
	default:
		return fine(check, "%s, %s", e.org.Name, id)
	}
}

func (e *examination) account(kind string) CheckResult {
	const check = "account"
	app := e.Claims.App
	if e.Claims.AppName != "" {
		app = fmt.Sprintf("%s (%s)", e.Claims.AppName, app)
	}
	switch {
	case e.ID.Sandbox:
		return fine(check, "simulated, as if an app had signed in: %s", app)
	case kind == "app-only":
		return fine(check, "the app %s, app-only: no person is signed in", app)
	case kind == "delegated":
		return fine(check, "%s, delegated through the app %s", cmp.Or(e.Claims.User, "a person"), app)
	default:
		return doubt(check, "cannot be told: the token does not say", "Entra's tokens do: check that the token is whole, or sign in another way with --auth")
	}
}

func (e *examination) permissions(all []string) CheckResult {
	const check = "permissions"
	switch {
	case len(all) > 0:
		return fine(check, "%s", strings.Join(all, ", "))
	case e.Claims.Readable():
		return doubt(check, "the token has none", "")
	default:
		return doubt(check, "not known: guestlist cannot read this token", "")
	}
}

// hasOne reports whether the token has one of some permissions.
func (e *examination) hasOne(names ...string) bool {
	return slices.ContainsFunc(e.Claims.Permissions(), func(p string) bool { return slices.Contains(names, p) })
}

func (e *examination) mayInvite() CheckResult {
	const check = "invite"
	switch {
	case e.hasOne(permissionInvite):
		return fine(check, "invite and retry may send: %s", permissionInvite)
	case e.hasOne(insteadOfInvite...):
		return doubt(check, permissionInvite+" is missing; the permissions above mostly do, but there are reports of refusals", e.grant(permissionInvite))
	case e.Claims.Readable():
		return absent(check, LackAccess, "invite and retry cannot send: "+permissionInvite+" is missing", e.grant(permissionInvite))
	default:
		return doubt(check, "cannot be told: it needs "+permissionInvite, "try with one row: guestlist invite LIST --limit 1")
	}
}

func (e *examination) mayLookUp() CheckResult {
	const check = "look-up"
	const need = "User.Read.All"
	switch {
	case e.hasOne(forLookUps...):
		return fine(check, "guests can be looked up when an answer is lost")
	case e.Claims.Readable():
		return doubt(check, need+" is missing: rows with an email whose answer is lost stay unconfirmed", e.grant(need))
	default:
		return doubt(check, "cannot be told: it needs "+need, "without it, rows with an email whose answer is lost stay unconfirmed")
	}
}

// settings is where an admin changes who may invite.
const settings = "the Entra admin center: External Identities > External collaboration settings > Guest invite settings"

// invites tells what the tenant's policy means for this sign-in.
func (e *examination) invites() CheckResult {
	const check = "policy"
	said := "allowInvitesFrom is " + string(e.policy)
	switch e.policy {
	case graph.InvitesFromAll, graph.InvitesFromMembers:
		return fine(check, "%s", said)
	case graph.InvitesFromAdmins:
		if e.Claims.AppOnly() {
			return fine(check, "%s; an app needs %s itself", said, permissionInvite)
		}
		return doubt(check, said, "the person who signs in needs the role Guest Inviter, Directory Writers or User Administrator")
	case graph.InvitesFromNone:
		return absent(check, LackAccess, said+": no one may invite guests", "change it in "+settings+"; it takes up to 60 minutes")
	case "":
		what := "who may invite is not known: " + unreadable(e.policyErr, "Policy.Read.All")
		if e.Cloud.InvitesOff {
			what += "; tenants of the cloud " + e.Cloud.Name + " let no one invite by default"
		}
		return doubt(check, what, "look in "+settings)
	default:
		return doubt(check, said+", which guestlist does not know", "look in "+settings)
	}
}

func (e *examination) mail() CheckResult {
	const check = "mail"
	if e.ID.Sandbox {
		return fine(check, "no one is emailed; in a real tenant, Microsoft leaves a text of your own out of the email when an app signs in, and not when a person does (--auth browser or device-code)")
	}
	if e.Claims.AppOnly() {
		return doubt(check, "for an app, Microsoft leaves a text of your own out of the email",
			"for a text of your own sign in as a person (--auth browser or device-code), or send the links yourself")
	}
	if !e.Claims.Delegated() {
		return doubt(check, "cannot be told: for an app, Microsoft leaves a text of your own out of the email", "")
	}
	return fine(check, "Microsoft's emails can have a text of your own if the signed-in person has an email address")
}

func (e *examination) clock() CheckResult {
	const check = "clock"
	switch apart := e.ahead.Abs(); {
	case e.orgErr != nil && refused(e.orgErr) == nil:
		return doubt(check, "cannot be told: Graph did not answer", "")
	case apart <= maxClockApart:
		return fine(check, "this machine's and Graph's are %s apart", text.Plural(seconds(apart), "second"))
	case e.ahead > 0:
		return doubt(check, fmt.Sprintf("this machine's is %v behind Graph's", apart.Round(time.Second)), "set this machine's clock: sign-ins fail when it is minutes off")
	default:
		return doubt(check, fmt.Sprintf("this machine's is %v ahead of Graph's", apart.Round(time.Second)), "set this machine's clock: sign-ins fail when it is minutes off")
	}
}

func (e *examination) way() CheckResult {
	const check = "proxy"
	switch {
	case e.proxyErr != nil:
		return doubt(check, text.Error(e.proxyErr), "correct HTTPS_PROXY or HTTP_PROXY")
	case e.proxy == "":
		return fine(check, "none")
	default:
		return fine(check, "%s", e.proxy)
	}
}

// seconds rounds a duration to whole seconds.
func seconds(d time.Duration) int { return int(math.Round(d.Seconds())) }

// Ability is something that a sign-in may be allowed to do; its JSON names are a promise.
type Ability struct {
	// Ability is what it is, in words that go after "may".
	Ability string  `json:"ability"`
	Status  Verdict `json:"status"`
	// Permission is the least one that it needs, Granted the one of the token that covers
	// it, "" for none.
	Permission string `json:"permission"`
	Granted    string `json:"granted"`
	// For are the commands and flags that need it.
	For []string `json:"for"`
	// Role is what a person who signs in needs besides, in words that go after "a signed-in
	// person"; "" for nothing, or an app.
	Role string `json:"role"`
	// Next is how to grant the permission, "" where it is not missing.
	Next string `json:"next"`
}

// usedBy are the commands and flags that need a capability.
var usedBy = map[graph.Capability][]string{
	graph.ReadStatus:        {"status", "remind", "undo"},
	graph.ReadGroups:        {"--group", "--groups-from"},
	graph.ReadGroupSettings: {"--group", "--groups-from"},
	graph.ChangeMembers:     {"--group", "--groups-from"},
	graph.ChangeAttributes:  {"--set"},
	graph.ChangeManager:     {"--manager-from"},
	graph.ChangeSponsors:    {"--sponsors-from"},
	graph.DeleteGuests:      {"undo"},
}

// abilities are what the sign-in may do by the permissions of its token: first what works,
// then what is not known, then what is missing, each in the order in which it is used.
func (e *examination) abilities() []Ability {
	all := []Ability{
		e.ability("invite guests", append([]string{permissionInvite}, insteadOfInvite...), "", "invite", "retry"),
		e.ability("look up who is in the tenant already", forLookUps, "", "invite", "retry"),
	}
	for _, c := range graph.Capabilities() {
		all = append(all, e.ability(c.String(), c.Permissions(), c.Role(), usedBy[c]...))
	}
	order := []Verdict{Works, NotKnown, Missing}
	slices.SortStableFunc(all, func(a, b Ability) int { return slices.Index(order, a.Status) - slices.Index(order, b.Status) })
	return all
}

// ability is one of them. Of the permissions, the first one is the least.
func (e *examination) ability(what string, permissions []string, role string, uses ...string) Ability {
	a := Ability{Ability: what, Status: Missing, Permission: permissions[0], For: uses}
	if e.Claims.Delegated() {
		a.Role = role
	}
	for _, name := range permissions {
		if e.hasOne(name) {
			a.Status, a.Granted = Works, name
			return a
		}
	}
	if !e.Claims.Readable() {
		a.Status = NotKnown
		return a
	}
	a.Next = e.grant(a.Permission)
	return a
}

// azureCLI is the id of the Azure CLI's own application, which is Microsoft's
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// grant is how an administrator adds a permission.
func (e *examination) grant(permission string) string {
	switch {
	case e.Method == string(auth.ModeManagedIdentity):
		return grantToIdentity(e.Claims.App, permission)
	case e.Claims.App == azureCLI:
		return "the app of the Azure CLI is Microsoft's, and its permissions cannot be changed: register an app with the delegated permission " + permission +
			", and sign in with --auth device-code --client-id"
	}
	kind := "Application permissions"
	if e.Claims.Delegated() {
		kind = "Delegated permissions"
	}
	app := "your app"
	if e.Claims.AppName != "" {
		app = e.Claims.AppName
	}
	return strings.Join([]string{
		"Entra admin center: Identity", "Applications", "App registrations", app, "API permissions", "Add a permission", "Microsoft Graph", kind, permission,
	}, " > ") + "; then Grant admin consent"
}

// grantToIdentity is the same for a managed identity, which has no app registration.
func grantToIdentity(app, permission string) string {
	if uuid.Validate(app) != nil {
		app = "CLIENT-ID-OF-THE-IDENTITY"
	}
	return fmt.Sprintf(`a managed identity gets permissions by PowerShell (Microsoft.Graph) alone:
$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"
$app = Get-MgServicePrincipal -Filter "appId eq '%s'"
$role = $graph.AppRoles | Where-Object Value -eq '%s'
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId $role.Id`, app, permission)
}
