package graph

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Scope says what an error is about.
type Scope uint8

const (
	// ScopeRow concerns this address: the run goes on.
	ScopeRow Scope = iota
	// ScopeTenant concerns the tenant, the sign-in or the permission: every
	// other row would meet it, too.
	ScopeTenant
	// ScopeUnsure is for a 403 that nobody described: it concerns the tenant
	// unless other rows have succeeded.
	ScopeUnsure
)

// Entry is what is known about one error of POST /invitations.
type Entry struct {
	// Name is the workbook's Error Code. Graph's own codes are too general to
	// group by: half of all errors are BadRequest. "" means unknown.
	Name string
	// Statuses are the HTTP statuses it comes with; none means any.
	Statuses []int
	// Code is Graph's code, "" for any; Text is a distinctive part of the
	// message in lower case, "" for any.
	Code, Text string
	Scope      Scope
	// Access says that signing in or permissions are at fault.
	Access bool
	// Attempts caps how often the row is tried; 0 leaves it to the run.
	Attempts int
	// Meaning and Advice are sentences for the operator.
	Meaning, Advice string
}

// Known reports whether the catalogue has the error.
func (e Entry) Known() bool { return e.Name != "" }

var tags = regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<[^>]*>`)

// catalogue is ordered: phrases first, then codes. The first match counts.
// Texts are from Microsoft's documentation and from public reports.
var catalogue = []Entry{
	{
		Name: "SuspiciousActivity", Text: "due to suspicious activity", Scope: ScopeTenant,
		Meaning: "Microsoft has blocked invitations for the whole tenant. It does not lift by itself.",
		Advice:  "Open a support case with Microsoft (Entra ID, External Identities) and give the tenant id, the request id and the time. Do not go on inviting until it is lifted.",
	},
	{
		Name: "InvitationsNotAllowed", Text: "guest invitations not allowed for your company", Scope: ScopeTenant, Access: true,
		Meaning: "The tenant's external collaboration settings do not let this sign-in invite guests.",
		Advice:  "Grant the app User.Invite.All with admin consent, or loosen \"Guest invite settings\" in the Entra admin center. A change takes up to 60 minutes.",
	},
	{
		Name: "InsufficientPrivileges", Text: "insufficient privileges to perform requested operation", Scope: ScopeTenant, Access: true,
		Meaning: "The permission is missing or has no admin consent. The application id in the text is Graph's own, not yours.",
		Advice:  "Add the application permission User.Invite.All and press \"Grant admin consent\".",
	},
	{
		Name: "UserBlockedFromSignIn", Text: "but the account is blocked from signing in", Scope: ScopeRow,
		Meaning: "The address belongs to an account of this tenant that is disabled.",
		Advice:  "Unblock that account instead of inviting it; its object id is in the User ID column.",
	},
	{
		Name: "AlreadyInDirectory", Text: "already exists in the directory as object", Scope: ScopeRow,
		Meaning: "The address belongs to an internal account of this tenant.",
		Advice:  "No invitation is needed: the person can use that account. Its object id is in the User ID column.",
	},
	{
		Name: "OwnDomain", Text: "verified domain of this directory", Scope: ScopeRow,
		Meaning: "The address is in one of the tenant's own domains.",
		Advice:  "Colleagues are not invited as guests: remove the row. If many rows say this, the list was sent to the wrong tenant.",
	},
	{
		Name: "OwnDomain", Text: "invitee is in inviter tenant", Scope: ScopeRow,
		Meaning: "The address is in one of the tenant's own domains.",
		Advice:  "Colleagues are not invited as guests: remove the row.",
	},
	{
		Name: "GroupAddress", Text: "group email address is not supported", Scope: ScopeRow,
		Meaning: "The address belongs to a group, not a person.",
		Advice:  "Replace it by the addresses of the people in the group.",
	},
	{
		Name: "CrossTenantAccess", Text: "blocked by cross-tenant access settings", Scope: ScopeRow,
		Meaning: "Cross-tenant access settings of one of the two organizations block the invitation.",
		Advice:  "Admins of both organizations must allow it under \"Cross-tenant access settings\"; then use retry.",
	},
	{
		Name: "CrossCloudWorker", Text: "b2b cross cloud worker", Scope: ScopeRow,
		Meaning: "The guest's organization has disabled the application that other clouds need.",
		Advice:  "Ask the guest's admin to enable \"Microsoft B2B Cross Cloud Worker\" again; then use retry.",
	},
	{
		Name: "DomainNotAllowed", Text: "invitation policy", Scope: ScopeRow,
		Meaning: "The tenant's collaboration restrictions do not allow the guest's domain.",
		Advice:  "Allow the domain in the Entra admin center under External collaboration settings, Collaboration restrictions; then use retry.",
	},
	{
		Name: "AddressConflict", Text: "proxy address", Scope: ScopeRow,
		Meaning: "Another object of the tenant, such as a contact, already owns the address.",
		Advice:  "Remove the address from that user, group or contact; then use retry.",
	},
	{
		Name: "AddressConflict", Text: "contact object", Scope: ScopeRow,
		Meaning: "A contact of the tenant already owns the address.",
		Advice:  "Remove that contact; then use retry.",
	},
	{
		Name: "CannotBeInvited", Text: "this user can't be invited to this directory", Scope: ScopeRow,
		Meaning: "The guest's home tenant cannot take part in B2B collaboration.",
		Advice:  "Ask the person for another address.",
	},
	{
		Name: "TargetAddressNotFound", Statuses: []int{http.StatusInternalServerError}, Text: "unable to find target address", Scope: ScopeRow, Attempts: 3,
		Meaning: "A fault of the service, seen with consumer addresses.",
		Advice:  "Use retry later; if it stays, ask Microsoft support with the request id.",
	},
	{
		Name: "InviteOperationFailed", Statuses: []int{http.StatusInternalServerError}, Text: "directory invite operation failed", Scope: ScopeRow, Attempts: 3,
		Meaning: "A fault of the service.",
		Advice:  "Use retry later; if it stays, ask Microsoft support with the request id.",
	},
	{
		Name: "QuotaExceeded", Code: "Directory_QuotaExceeded", Scope: ScopeTenant,
		Meaning: "The tenant's object quota is used up, or the 250 objects that a non-admin may create.",
		Advice:  "Delete objects that are no longer needed or ask Microsoft support for a larger quota; then run the same command again.",
	},
	{
		Name: "QuotaExceeded", Text: "directory object quota limit", Scope: ScopeTenant,
		Meaning: "The tenant's object quota is used up, or the 250 objects that a non-admin may create.",
		Advice:  "Delete objects that are no longer needed or ask Microsoft support for a larger quota; then run the same command again.",
	},
	{
		Name: "RequestDenied", Code: "Authorization_RequestDenied", Scope: ScopeTenant, Access: true,
		Meaning: "A permission or role is missing.",
		Advice:  "Grant User.Invite.All with admin consent; a signed-in person also needs the role Guest Inviter where inviting is restricted.",
	},
	{
		Name: "InvalidToken", Statuses: []int{http.StatusUnauthorized}, Scope: ScopeTenant, Access: true,
		Meaning: "Graph does not accept the token: expired, or issued for another audience or cloud.",
		Advice:  "Get a new token for this cloud's Graph and run the same command again.",
	},
	{
		Name: "WrongPath", Statuses: []int{http.StatusNotFound, http.StatusMethodNotAllowed}, Scope: ScopeTenant,
		Meaning: "There is no Graph at this URL.",
		Advice:  "Check --graph-url: it ends in /v1.0.",
	},
	{
		Name: "Throttled", Statuses: []int{http.StatusTooManyRequests}, Scope: ScopeRow,
		Meaning: "The tenant's quota of requests is used up for now: 150 in 5 seconds for all apps together.",
		Advice:  "Use retry, with a lower --rate.",
	},
}

// look finds the entry of an answer. What the catalogue does not have gets a
// scope by its status and an advice that says that it is unknown.
func look(status int, code, message string) Entry {
	message = strings.ToLower(message)
	for _, e := range catalogue {
		if e.matches(status, code, message) {
			return e
		}
	}
	return unknown(status)
}

func (e Entry) matches(status int, code, message string) bool {
	return (len(e.Statuses) == 0 || slices.Contains(e.Statuses, status)) &&
		(e.Code == "" || strings.EqualFold(e.Code, code)) &&
		strings.Contains(message, e.Text)
}

func unknown(status int) Entry {
	switch {
	case status < http.StatusBadRequest:
		return Entry{Scope: ScopeTenant, Advice: "This is no answer of Graph's: a proxy or a redirect stands before it. Check HTTPS_PROXY and --graph-url."}
	case status == http.StatusForbidden:
		return Entry{Scope: ScopeUnsure, Access: true, Advice: "guestlist does not know this answer. Check the permission User.Invite.All, the external collaboration settings and the guest's domain."}
	case status >= http.StatusInternalServerError:
		return Entry{Advice: "The service had a fault. Use retry later; if it stays, ask Microsoft support with the request id."}
	default:
		return Entry{Advice: "guestlist does not know this answer. If the text does not help, ask Microsoft support with the request id."}
	}
}
