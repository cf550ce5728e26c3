package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guestlist/graph"
	"guestlist/internal/text"
)

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
	*tenant

	root      string // of Graph
	cloud     graph.Cloud
	org       graph.Organization
	orgErr    error
	policy    graph.InvitePolicy
	policyErr error
	ahead     time.Duration
	proxy     string
	proxyErr  error
}

func (e *examination) checkup() checkup {
	c := checkup{
		Tenant: cmp.Or(e.claims.Tenant, e.org.ID), TenantName: e.org.Name, Sandbox: e.id.Sandbox,
		SignIn: e.method, App: e.claims.App, AppName: e.claims.AppName, User: e.claims.User,
		Permissions: slices.Sorted(slices.Values(e.claims.Permissions())), AllowInvitesFrom: string(e.policy),
		ClockAhead: seconds(e.ahead), Proxy: e.proxy,
	}
	switch {
	case e.claims.AppOnly():
		c.Kind = "app-only"
	case e.claims.Delegated():
		c.Kind = "delegated"
	}
	if c.Permissions == nil {
		c.Permissions = []string{} // [] and not null for programs
	}
	c.Checks = []checkResult{
		e.signIn(), e.reach(), e.whose(c.Tenant), e.account(c.Kind), e.permissions(c.Permissions),
		e.mayInvite(), e.mayLookUp(), e.invites(), e.mail(), e.clock(), e.way(),
	}
	return c
}

// refused is the refusal of a read, nil where there was none.
func refused(err error) *graph.Refusal {
	r, _ := errors.AsType[*graph.Refusal](err)
	return r
}

func (e *examination) signIn() checkResult {
	const check = "sign-in"
	if r := refused(e.orgErr); r != nil && r.Entry.Name == "InvalidToken" {
		return absent(check, exitAccess, fmt.Sprintf("with %s, but Graph refuses the token: %s", e.method, r.Message), r.Hint())
	}
	if errors.As(e.orgErr, new(*graph.SignInError)) {
		return absent(check, exitAccess, e.orgErr.Error(), hintOf(e.orgErr))
	}
	if e.id.Sandbox {
		return fine(check, "simulated")
	}
	return fine(check, "with %s", e.method)
}

// reach tells whether Graph answers at all: a refusal is an answer.
func (e *examination) reach() checkResult {
	const check = "graph"
	where, r := e.root, refused(e.orgErr)
	switch {
	case r != nil && r.Entry.Name == "WrongPath":
		return absent(check, exitBroken, where+" is no Graph root: "+r.Error(), r.Hint())
	case r != nil && !r.Denied():
		return doubt(check, where+" answers "+r.Error(), r.Hint())
	case e.orgErr == nil, r != nil:
		return fine(check, "%s answers", where)
	case errors.As(e.orgErr, new(*graph.SignInError)):
		return doubt(check, "not asked without a token", "sign in first")
	default:
		return absent(check, exitBroken, e.orgErr.Error(), cmp.Or(hintOf(e.orgErr), "check the network, the proxy (HTTPS_PROXY) and --graph-url"))
	}
}

// unreadable tells why something is not shown, for the end of a sentence.
func unreadable(err error, permission string) string {
	if r := refused(err); r != nil && r.Denied() {
		return "reading it needs " + permission
	}
	return "Graph did not answer"
}

func (e *examination) whose(id string) checkResult {
	const check = "tenant"
	switch {
	case id == "":
		return doubt(check, "cannot be told: the token is opaque, and the name was not to be had ("+unreadable(e.orgErr, "Organization.Read.All")+")", "make sure that the token is from the right tenant")
	case e.org.Name == "":
		return fine(check, "%s (its name is not shown: %s)", id, unreadable(e.orgErr, "Organization.Read.All"))
	default:
		return fine(check, "%s, %s", id, e.org.Name)
	}
}

func (e *examination) account(kind string) checkResult {
	const check = "account"
	app := e.claims.App
	if e.claims.AppName != "" {
		app = fmt.Sprintf("%s (%s)", e.claims.AppName, app)
	}
	switch kind {
	case "app-only":
		return fine(check, "the app %s, app-only: no person is signed in", app)
	case "delegated":
		return fine(check, "%s, delegated through the app %s", cmp.Or(e.claims.User, "a person"), app)
	default:
		return doubt(check, "cannot be told: the token does not say", "Entra's tokens do: check that the token is whole, or sign in another way with --auth")
	}
}

func (e *examination) permissions(all []string) checkResult {
	const check = "permissions"
	switch {
	case len(all) > 0:
		return fine(check, "%s", strings.Join(all, ", "))
	case e.claims.Readable():
		return doubt(check, "the token has none", "")
	default:
		return doubt(check, "cannot be told: the token is opaque", "")
	}
}

// hasOne reports whether the token has one of some permissions.
func (e *examination) hasOne(names ...string) bool {
	return slices.ContainsFunc(e.claims.Permissions(), func(p string) bool { return slices.Contains(names, p) })
}

// grant is the step that adds a permission.
func (e *examination) grant(permission string) string {
	kind := "application"
	if e.claims.Delegated() {
		kind = "delegated"
	}
	return fmt.Sprintf("add the %s permission %s to the app registration and press \"Grant admin consent\"", kind, permission)
}

func (e *examination) mayInvite() checkResult {
	const check = "invite"
	switch {
	case e.hasOne(permissionInvite):
		return fine(check, "invite and retry may send: %s", permissionInvite)
	case e.hasOne(insteadOfInvite...):
		return doubt(check, permissionInvite+" is missing; the permissions above mostly do, but there are reports of refusals", e.grant(permissionInvite))
	case e.claims.Readable():
		return absent(check, exitAccess, "invite and retry cannot send: "+permissionInvite+" is missing", e.grant(permissionInvite))
	default:
		return doubt(check, "cannot be told: it needs "+permissionInvite, "try with one row: guestlist invite LIST --limit 1")
	}
}

func (e *examination) mayLookUp() checkResult {
	const check = "look-up"
	const need = "User.Read.All"
	switch {
	case e.hasOne(forLookUps...):
		return fine(check, "guests can be looked up when an answer is lost")
	case e.claims.Readable():
		return doubt(check, need+" is missing: mailed rows whose answer is lost stay unconfirmed", e.grant(need))
	default:
		return doubt(check, "cannot be told: it needs "+need, "without it, mailed rows whose answer is lost stay unconfirmed")
	}
}

// settings is where an admin changes who may invite.
const settings = "\"Guest invite settings\" in the Entra admin center (External Identities, External collaboration settings)"

// invites tells what the tenant's policy means for this sign-in.
func (e *examination) invites() checkResult {
	const check = "policy"
	said := "allowInvitesFrom is " + string(e.policy)
	switch e.policy {
	case graph.InvitesFromAll, graph.InvitesFromMembers:
		return fine(check, "%s", said)
	case graph.InvitesFromAdmins:
		if e.claims.AppOnly() {
			return fine(check, "%s; an app needs %s itself", said, permissionInvite)
		}
		return doubt(check, said, "the person who signs in needs the role Guest Inviter, Directory Writers or User Administrator")
	case graph.InvitesFromNobody:
		return absent(check, exitAccess, said+": nobody may invite guests", "change "+settings+"; it takes up to 60 minutes")
	case "":
		text := "who may invite is not known: " + unreadable(e.policyErr, "Policy.Read.All")
		if e.cloud.InvitesOff {
			text += "; tenants of the cloud " + e.cloud.Name + " let nobody invite by default"
		}
		return doubt(check, text, "look at "+settings)
	default:
		return doubt(check, said+", which guestlist does not know", "look at "+settings)
	}
}

func (e *examination) mail() checkResult {
	const check = "mail"
	if e.claims.AppOnly() {
		return doubt(check, "an app sends Microsoft's mails without your own text, and nothing says so",
			"for a text of your own sign in as a person (--auth browser or device-code), or send the links yourself")
	}
	if !e.claims.Delegated() {
		return doubt(check, "cannot be told: an app alone cannot send your own text in Microsoft's mails", "")
	}
	return fine(check, "Microsoft's mails can carry your own text if the signed-in person has a mail address")
}

func (e *examination) clock() checkResult {
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

func (e *examination) way() checkResult {
	const check = "proxy"
	switch {
	case e.proxyErr != nil:
		return doubt(check, e.proxyErr.Error(), "correct HTTPS_PROXY or HTTP_PROXY")
	case e.proxy == "":
		return fine(check, "none")
	default:
		return fine(check, "%s", e.proxy)
	}
}
