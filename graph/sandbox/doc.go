// Package sandbox is a simulated tenant: an [http.Handler] that answers like
// Microsoft Graph, so that a list can be rehearsed and promises can be tested
// without inviting anyone. It is stricter than the service where strictness
// finds mistakes: it refuses properties that it does not know, names in the
// wrong case and values of the wrong kind.
//
// It serves POST /v1.0/invitations and, of the tenant itself, GET
// /v1.0/organization and /v1.0/policies/authorizationPolicy. Of its people it
// serves GET /v1.0/users with $filter, $select, $top, $count and pages,
// /v1.0/users/$count and /v1.0/directory/deletedItems; of one of them GET, PATCH
// and DELETE /v1.0/users/{id}, its manager, sponsors and memberOf. Of its groups it
// serves GET /v1.0/groups, /v1.0/groups/{id} with members and settings, and changes
// of the members: up to 20 at once, all or none. POST /v1.0/$batch takes any of
// these. New guests are found, and can be changed, after a delay, as in the service.
// Ids and redeem URLs follow from the address and from how often it was invited: two
// tenants that get the same requests give the same answers, and a tenant that starts
// with the people of another goes on where that one ended.
//
// All of its times are those of its own clock, which can be ahead of this machine's.
// By it, guests accept as [Config.Acceptance] says.
//
// A person has one link that works, that of the last invitation, whichever of
// their addresses was invited. The tenant counts the emails to each person.
//
// What happens to an address can be read from the address itself. "Once" is
// the first request for that address to this tenant; later ones are ordinary.
// The first line that fits counts. [Patterns] returns the same table.
//
//	member.            400: already in the directory, with the account's object id
//	disabled.          400: already in the directory, and blocked from signing in
//	group.             400: a group's address
//	conflict.          400: a contact already owns the address
//	badvalue.          400: a value that Graph does not accept
//	cannot.            400: the guest's home tenant does not allow B2B collaboration
//	plus.              400: an address that is not accepted, as reported of those with a plus sign
//	nonexternal.       400: an account that is no guest has the address
//	onpremises.        400: without a reason, as reported of accounts from on-premises
//	unreplicated.      404: what the request needs has not reached all of the directory
//	nosponsor.         404: an object that the row names does not exist
//	throttled.         429 with Retry-After: 2 once, nothing done
//	lost.              invited, the connection is cut before the answer, once
//	half.              invited, the connection is cut in the middle of the answer, once
//	dropped.           nothing done, the connection is cut, once
//	busy.              503 with Retry-After: 1 once, nothing done
//	unavailable.       503 without Retry-After once, nothing done
//	concurrent.        409 once, nothing done: something else changes the tenant
//	broken.            500 always, nothing done
//	notarget.          500 always, nothing done: the service finds no target address
//	silent500.         500 once, although the guest was invited
//	slow.              invited at once, answered after 10 seconds
//	error.             201 with status Error, nothing done
//	html.              502 with a web page for a body, always, nothing done
//	suspicious.        403: blocked for suspicious activity, and so is the tenant from then on
//	notallowed.        403: guest invitations are not allowed
//	consent.           401: the permission lacks consent
//	denied.            403: insufficient privileges
//	quota.             403: the directory is full
//	unauthorized.      401: the token is refused
//	claims.            401: the token lacks claims that a policy asks for
//	unknown403.        403 with a text that is not in the catalogue
//	nowhere.           404 with a web page: there is no Graph at this place
//	portal.            200 with a web page that is not Graph's, always, nothing done
//	@contoso.example   400: a verified domain of the tenant itself
//	@blocked.          403: a domain that the invitation policy blocks
//	@crosstenant.      403: blocked by cross-tenant access settings
//	@crosscloud.       403: the guest's tenant has disabled what other clouds need
//
// Any other address is invited.
package sandbox
