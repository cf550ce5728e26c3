package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Pattern says what happens to the addresses that fit it.
type Pattern struct {
	// Match is the beginning of the local part ("lost."), a domain
	// ("@contoso.example") or, with a full stop at its end, the beginning of
	// a domain ("@blocked.").
	Match string
	// Effect says what happens, in words for people.
	Effect string

	behaviour behaviour
}

// behaviour is what the tenant does about a request, and how it answers.
type behaviour struct {
	once     bool          // only the first request of an address
	invites  bool          // the guest is there afterwards, and mailed if asked
	blocks   bool          // from then on every invitation is refused like this one
	refusal  *refusal      // nil for 201
	status   string        // of the invitation in a 201
	delivery delivery      // how much of the answer is sent
	delay    time.Duration // before the answer
}

// The values of an invitation's status and of a guest's externalUserState.
const (
	pending  = "PendingAcceptance"
	accepted = "Accepted"
	failed   = "Error"
)

// slowAnswer is how long an address with slow. waits for its answer.
const slowAnswer = 10 * time.Second

// ordinary is what happens to an address that no pattern fits.
var ordinary = behaviour{invites: true, status: pending}

// patterns is the table of the package comment; a test keeps them equal.
var patterns = []Pattern{
	{"member.", "400: already in the directory, with the account's object id", behaviour{refusal: &alreadyMember}},
	{"disabled.", "400: already in the directory, and blocked from signing in", behaviour{refusal: &alreadyDisabled}},
	{"group.", "400: a group's address", behaviour{refusal: &groupAddress}},
	{"conflict.", "400: a contact already owns the address", behaviour{refusal: &addressConflict}},
	{"badvalue.", "400: a value that Graph does not accept", behaviour{refusal: &badValue}},
	{"cannot.", "400: the guest's home tenant does not allow B2B collaboration", behaviour{refusal: &cannotBeInvited}},
	{"plus.", "400: an address that is not accepted, as reported of those with a plus sign", behaviour{refusal: &badAddress}},
	{"nonexternal.", "400: an account that is no guest has the address", behaviour{refusal: &nonExternal}},
	{"onpremises.", "400: without a reason, as reported of accounts from on-premises", behaviour{refusal: &badInput}},
	{"unreplicated.", "404: what the request needs has not reached all of the directory", behaviour{refusal: &unreplicated}},
	{"nosponsor.", "404: an object that the row names does not exist", behaviour{refusal: &noSuchUser}},
	{"throttled.", "429 with Retry-After: 2 once, nothing done", behaviour{once: true, refusal: throttled(2)}},
	{"lost.", "invited, the connection is cut before the answer, once", behaviour{once: true, invites: true, delivery: nothing}},
	{"half.", "invited, the connection is cut in the middle of the answer, once", behaviour{once: true, invites: true, status: pending, delivery: firstHalf}},
	{"dropped.", "nothing done, the connection is cut, once", behaviour{once: true, delivery: nothing}},
	{"busy.", "503 with Retry-After: 1 once, nothing done", behaviour{once: true, refusal: unavailable(1)}},
	{"unavailable.", "503 without Retry-After once, nothing done", behaviour{once: true, refusal: unavailable(0)}},
	{"concurrent.", "409 once, nothing done: something else changes the tenant", behaviour{once: true, refusal: &concurrent}},
	{"broken.", "500 always, nothing done", behaviour{refusal: &inviteFailed}},
	{"notarget.", "500 always, nothing done: the service finds no target address", behaviour{refusal: &noTarget}},
	{"silent500.", "500 once, although the guest was invited", behaviour{once: true, invites: true, refusal: &inviteFailed}},
	{"slow.", "invited at once, answered after 10 seconds", behaviour{invites: true, status: pending, delay: slowAnswer}},
	{"error.", "201 with status Error, nothing done", behaviour{status: failed}},
	{"html.", "502 with a web page for a body, always, nothing done", behaviour{refusal: &badGateway}},
	{"suspicious.", "403: blocked for suspicious activity, and so is the tenant from then on", behaviour{blocks: true, refusal: &suspicious}},
	{"notallowed.", "403: guest invitations are not allowed", behaviour{refusal: &notAllowed}},
	{"consent.", "401: the permission lacks consent", behaviour{refusal: &noConsent}},
	{"denied.", "403: insufficient privileges", behaviour{refusal: &denied}},
	{"quota.", "403: the directory is full", behaviour{refusal: &directoryFull}},
	{"unauthorized.", "401: the token is refused", behaviour{refusal: &staleToken}},
	{"claims.", "401: the token lacks claims that a policy asks for", behaviour{refusal: &moreClaims}},
	{"unknown403.", "403 with a text that is not in the catalogue", behaviour{refusal: &unknownRefusal}},
	{"nowhere.", "404 with a web page: there is no Graph at this place", behaviour{refusal: &notFound}},
	{"portal.", "200 with a web page that is not Graph's, always, nothing done", behaviour{refusal: &loginPage}},
	{"@contoso.example", "400: a verified domain of the tenant itself", behaviour{refusal: &ownDomain}},
	{"@blocked.", "403: a domain that the invitation policy blocks", behaviour{refusal: &blockedDomain}},
	{"@crosstenant.", "403: blocked by cross-tenant access settings", behaviour{refusal: &crossTenant}},
	{"@crosscloud.", "403: the guest's tenant has disabled what other clouds need", behaviour{refusal: &crossCloud}},
}

// Patterns returns the table of addresses that are not simply invited, in the
// order in which they are tried.
func Patterns() []Pattern { return slices.Clone(patterns) }

// behaviourOf returns the behaviour for an address in lower case.
func behaviourOf(address string) behaviour {
	local, domain, _ := strings.Cut(address, "@")
	for _, p := range patterns {
		if p.fits(local, domain) {
			return p.behaviour
		}
	}
	return ordinary
}

func (p Pattern) fits(local, domain string) bool {
	want, ofDomain := strings.CutPrefix(p.Match, "@")
	switch {
	case !ofDomain:
		return strings.HasPrefix(local, want)
	case strings.HasSuffix(want, "."):
		return strings.HasPrefix(domain, want)
	default:
		return domain == want
	}
}

// answerStatus is the HTTP status of the answer, 0 when not a byte of it is sent.
func (b behaviour) answerStatus() int {
	switch {
	case b.delivery == nothing:
		return 0
	case b.refusal != nil:
		return b.refusal.status
	default:
		return http.StatusCreated
	}
}
