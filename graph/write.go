package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxMembers is how many members one change of a group may add
// (learn.microsoft.com/graph/api/group-post-members).
const MaxMembers = 20

// Write is one change of the directory, to be made by [Client.Write] or
// [Client.WriteBatch]. All changes are idempotent: one whose outcome is not known may be
// made again. Each costs one write, and one resource unit, of the identity service's limit
// of 3,000 in 150 seconds for an app in a tenant
// (learn.microsoft.com/graph/throttling-limits), whether it stands in a $batch or not. The
// zero Write changes nothing and is refused.
type Write struct {
	capability   Capability
	method, path string
	// refs are objects that the body names, as paths below the root.
	refs []string
	// values is the body where it names no objects.
	values map[string]any
	// err is why the change cannot be asked for.
	err error
}

// The only places where the URL of a user or of a group is made. An id that passed
// [checkID] cannot lead anywhere else.

func userPath(id string) string  { return "/users/" + id }
func groupPath(id string) string { return "/groups/" + id }

// refEnding makes a path that of a reference. Without it the path is that of the object
// which is referred to: DELETE /groups/{id}/members/{id} deletes the user
// (learn.microsoft.com/graph/api/group-delete-members).
const refEnding = "/$ref"

// newWrite is a change, as long as its ids are GUIDs.
func newWrite(c Capability, method, path string, ids ...idOf) Write {
	w := Write{capability: c, method: method, path: path}
	for _, id := range ids {
		w = w.unless(checkID(id.of, id.id))
	}
	return w
}

// idOf is an object id, and whose it should be.
type idOf struct{ of, id string }

// unless is the change, which cannot be asked for where there is an error; the first one
// counts.
func (w Write) unless(err error) Write {
	if w.err == nil {
		w.err = err
	}
	return w
}

// AddMember adds a user to a group: POST /groups/{id}/members/$ref. The user may be a
// member already: [AlreadyDone].
func AddMember(groupID, userID string) Write {
	w := newWrite(ChangeMembers, http.MethodPost, groupPath(groupID)+"/members"+refEnding, idOf{"group", groupID}, idOf{"user", userID})
	w.refs = []string{"/directoryObjects/" + userID}
	return w
}

// errTooManyMembers says that a change would add none, or more than Graph allows.
var errTooManyMembers = fmt.Errorf("one change of a group adds 1 to %d members", MaxMembers)

// AddMembers adds up to [MaxMembers] users to a group at once: PATCH /groups/{id}. Graph
// adds all of them or none: where one is a member already the outcome is [Refused], where
// one is not known yet [NotReplicated]; no one was added then, and [AddMember] tells which one
// it is. Changes of one group must come one after the other, or they meet
// conflicts.
func AddMembers(groupID string, userIDs []string) Write {
	w := newWrite(ChangeMembers, http.MethodPatch, groupPath(groupID), idOf{"group", groupID})
	for _, id := range userIDs {
		w = w.unless(checkID("user", id))
		w.refs = append(w.refs, "/directoryObjects/"+id)
	}
	if n := len(userIDs); n == 0 || n > MaxMembers {
		w = w.unless(errTooManyMembers)
	}
	return w
}

// RemoveMember removes a user from a group, and leaves the user in the tenant: DELETE
// /groups/{id}/members/{id}/$ref. Who is no member meets [NotReplicated], as does an
// unknown group; unless the user is very new, there is nothing left to do then.
func RemoveMember(groupID, userID string) Write {
	return newWrite(ChangeMembers, http.MethodDelete, groupPath(groupID)+"/members/"+userID+refEnding, idOf{"group", groupID}, idOf{"user", userID})
}

// SetAttributes sets attributes of a user: PATCH /users/{id}. Values must have passed
// [Attribute.Check]; take them from [Attributes.Changes], which keeps the parts of
// employeeOrgData together.
func SetAttributes(userID string, a Attributes) Write {
	w := newWrite(ChangeAttributes, http.MethodPatch, userPath(userID), idOf{"user", userID})
	w = w.unless(a.check())
	w.values = a.body()
	return w
}

// SetManager makes a user the manager of another, in place of the one before: PUT
// /users/{id}/manager/$ref.
func SetManager(userID, managerID string) Write {
	w := newWrite(ChangeManager, http.MethodPut, userPath(userID)+"/manager"+refEnding, idOf{"user", userID}, idOf{"manager", managerID})
	w.refs = []string{userPath(managerID)}
	return w
}

// AddSponsor adds a user to the sponsors of another, of whom there may be [MaxSponsors]:
// POST /users/{id}/sponsors/$ref. The sponsor may be there already: [AlreadyDone]. The
// national clouds have no sponsors, see [Cloud.Sponsors].
func AddSponsor(userID, sponsorID string) Write {
	return addSponsor(userID, idOf{"sponsor", sponsorID}, userPath(sponsorID))
}

// AddSponsorGroup is [AddSponsor] for a group.
func AddSponsorGroup(userID, groupID string) Write {
	return addSponsor(userID, idOf{"sponsor", groupID}, groupPath(groupID))
}

func addSponsor(userID string, sponsor idOf, ref string) Write {
	w := newWrite(ChangeSponsors, http.MethodPost, userPath(userID)+"/sponsors"+refEnding, idOf{"user", userID}, sponsor)
	w.refs = []string{ref}
	return w
}

// DeleteUser deletes a user, who can be restored for [RestorableFor]: DELETE /users/{id}.
// Nothing in Graph keeps a guest who has accepted, or a member, from being deleted: read
// the user right before. Who is not there meets [NotReplicated].
func DeleteUser(userID string) Write {
	return newWrite(DeleteGuests, http.MethodDelete, userPath(userID), idOf{"user", userID})
}

// Capability is what the sign-in must be allowed to do.
func (w Write) Capability() Capability { return w.capability }

// Err says why the change cannot be asked for, nil for no reason: an [*IDError], a
// [*ValueError], too many members.
func (w Write) Err() error {
	if w.path == "" {
		return errors.New("there is no change to make")
	}
	return w.err
}

// item is the request, with references below a root.
func (w Write) item(root string) (item, error) {
	if err := w.Err(); err != nil {
		return item{}, err
	}
	body := w.values
	urls := make([]string, len(w.refs))
	for i, ref := range w.refs {
		urls[i] = root + ref
	}
	switch {
	case len(urls) > 0 && strings.HasSuffix(w.path, refEnding):
		body = map[string]any{"@odata.id": urls[0]}
	case len(urls) > 0:
		body = map[string]any{"members@odata.bind": urls}
	case body == nil:
		return item{method: w.method, path: w.path}, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return item{}, fmt.Errorf("encode change: %w", err)
	}
	return item{w.method, w.path, encoded}, nil
}

// WriteOutcome says what is known about a change.
type WriteOutcome uint8

// The outcomes.
const (
	// NotSent is that of a change that never left this machine: the gate was closed, there
	// was no token or no connection, or the change was none. Nothing was done.
	NotSent WriteOutcome = iota
	// Done is that of a change that was made.
	Done
	// AlreadyDone is that of a member or a sponsor who was there already.
	AlreadyDone
	// NotReplicated says that an object is not there, or not yet. Of an id that was created
	// within the last quarter of an hour it means nothing: try again after 2, 4, 8, 16 and 30
	// seconds. Of an older one it means what it says. [Refusal.Missing] may tell which object.
	NotReplicated
	// Throttled says that Graph did nothing and asks for a wait, see [Refusal.RetryAfter].
	// It concerns all changes.
	Throttled
	// Unsettled says that the change may have been made or not - no answer came, or the
	// service had a fault - or that another change was in its way. It may be made again.
	Unsettled
	// Denied says that the sign-in may not do it. Mostly it is a [*PermissionError], which
	// others with the same [Capability] would meet, too.
	Denied
	// Refused says that Graph does not do this for this object: a [*Refusal], or something
	// that no request was made for, such as an [*IDError].
	Refused
)

// IsDone reports whether nothing is left to do.
func (o WriteOutcome) IsDone() bool { return o == Done || o == AlreadyDone }

// String names the outcome, for logs.
func (o WriteOutcome) String() string {
	return [...]string{"not sent", "done", "already done", "not replicated", "throttled", "unsettled", "denied", "refused"}[o]
}

// Written is what came of a change.
type Written struct {
	// Outcome says what is known.
	Outcome WriteOutcome
	// Err is nil for Done. Otherwise it is a [*Refusal], which a [*PermissionError] may be
	// around, a [*NoAnswerError], [*UnreachableError], [*NotGraphError], [*SignInError], an
	// [*IDError], [*ValueError], or that of the client's gate.
	Err error
	// RequestID is what Microsoft support asks for, ClientRequestID the id that went along,
	// the same for all changes of a $batch; both "" where nothing left.
	RequestID, ClientRequestID string
	// Load is as in [Receipt].
	Load float64
}

// RetryAfter is how long Graph asks to wait before any further change, 0 where it does not
// say.
func (w Written) RetryAfter() time.Duration {
	if refused, ok := errors.AsType[*Refusal](w.Err); ok && w.Outcome == Throttled {
		return refused.RetryAfter
	}
	return 0
}

// Write makes a change. It repeats nothing but what [Client.Invite] repeats, and it waits
// for nothing but the client's gate: rate limits are the caller's. The gate is told of one
// request.
func (c *Client) Write(ctx context.Context, w Write) Written {
	it, err := w.item(c.cfg.URL)
	if err != nil {
		return Written{Outcome: Refused, Err: err}
	}
	a, err := c.call(ctx, request{method: it.method, path: it.path, body: it.body})
	if err != nil {
		return unwritten(a, err)
	}
	return w.written(a)
}

// WriteBatch makes up to [BatchSize] changes in one $batch, of each of which there is an
// outcome, in their order. The gate is told of one request with as many items as there are
// changes. Graph carries them out side by side: they must not be about the same group.
// Where the answer is lost, all of them are unsettled.
func (c *Client) WriteBatch(ctx context.Context, writes []Write) []Written {
	all := make([]Written, len(writes))
	var items []item
	var sent []int // the places of the changes that can be asked for
	for i, w := range writes {
		it, err := w.item(c.cfg.URL)
		if err != nil {
			all[i] = Written{Outcome: Refused, Err: err}
			continue
		}
		items, sent = append(items, it), append(sent, i)
	}
	if len(items) == 0 {
		return all
	}
	answers, whole := c.writeItems(ctx, items)
	for i, at := range sent {
		switch {
		case answers == nil:
			all[at] = whole
		case answers[i].status == 0:
			all[at] = unwritten(answers[i], answers[i].unreadable(errNoItem))
		default:
			all[at] = writes[at].written(answers[i])
		}
	}
	return all
}

// errTooManyItems says that a $batch would hold more than Graph takes.
var errTooManyItems = fmt.Errorf("a batch holds at most %d changes", BatchSize)

// writeItems sends changes in a $batch. Without answers, whole is what came of all of them.
func (c *Client) writeItems(ctx context.Context, items []item) (answers []answer, whole Written) {
	if len(items) > BatchSize {
		return nil, Written{Outcome: Refused, Err: errTooManyItems}
	}
	q, err := batchRequest(items)
	if err != nil {
		return nil, Written{Outcome: Refused, Err: err}
	}
	a, err := c.call(ctx, q)
	switch {
	case err != nil:
		return nil, unwritten(a, err)
	case a.status >= http.StatusMultipleChoices:
		return nil, refusedWrite(a)
	case a.status != http.StatusOK:
		return nil, unwritten(a, a.unreadable(errNoItem))
	}
	if answers, err = batchAnswers(a, len(items)); err != nil {
		return nil, unwritten(a, err)
	}
	return answers, Written{}
}

// unwritten is what came of a change that was not answered.
func unwritten(a answer, err error) Written {
	w := Written{Outcome: NotSent, Err: err, RequestID: a.requestID(), ClientRequestID: a.clientRequestID}
	foreign, isForeign := errors.AsType[*NotGraphError](err)
	if lost, ok := errors.AsType[*NoAnswerError](err); ok {
		w.Outcome, w.ClientRequestID = Unsettled, lost.ClientRequestID
	}
	if isForeign && !foreign.NotSent {
		w.Outcome = Unsettled
	}
	return w
}

// errNotDone says that an answer to a change is not the documented one.
var errNotDone = errors.New("the answer is not 204 No Content")

// written is what an answer says about the change.
func (w Write) written(a answer) Written {
	if a.status < http.StatusMultipleChoices && a.status != http.StatusNoContent {
		return unwritten(a, a.unreadable(errNotDone))
	}
	if a.status == http.StatusNoContent {
		return Written{Outcome: Done, RequestID: a.requestID(), ClientRequestID: a.clientRequestID, Load: a.load()}
	}
	got := refusedWrite(a)
	switch {
	case got.Outcome == Denied:
		got.Err = permissionError(w.capability, got.Err)
	case got.Outcome == AlreadyDone && len(w.refs) > 1:
		got.Outcome = Refused // one of them was there, and the others are not
	}
	return got
}

// refusedWrite is what a refusal says about a change, whatever it is.
func refusedWrite(a answer) Written {
	r := refusal(a)
	w := Written{Outcome: Refused, Err: r, RequestID: r.RequestID, ClientRequestID: r.ClientRequestID, Load: r.Load}
	switch {
	case r.Throttled():
		w.Outcome = Throttled
	case r.Unprocessed(), r.Open(), r.Entry.Name == concurrentChange, r.Status == http.StatusFailedDependency:
		w.Outcome = Unsettled
	case r.Entry.Name == alreadyAdded:
		w.Outcome = AlreadyDone
	case r.notThere():
		w.Outcome = NotReplicated
	case r.Denied() && r.Entry.Access, r.lacksPermission():
		w.Outcome = Denied
	}
	return w
}
