package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// RestorableFor is how long a deleted user can be restored
// (learn.microsoft.com/graph/api/directory-deleteditems-restore).
const RestorableFor = 30 * 24 * time.Hour

// Read is what came of reading one object by its id.
type Read[T any] struct {
	// ID is the object id that was asked for.
	ID string
	// Value is the object, of use where Err is nil.
	Value T
	// Err is nil, an error that [IsMissing] knows, or another one, which says nothing about
	// whether the object is there: a [*Refusal], a [*PermissionError], an [*IDError], a
	// [*NoAnswerError].
	Err error
}

// Missing reports whether Graph said that there is no such object.
func (r Read[T]) Missing() bool { return IsMissing(r.Err) }

// codeNotFound is what the directory answers for an object that it does not have.
const codeNotFound = "Request_ResourceNotFound"

// IsMissing reports whether an error is Graph's word that there is no object with an id:
// 404 Request_ResourceNotFound. Of an object that was created within the last quarter of an
// hour it proves nothing, and no bound is documented. Other answers with 404 do not count: a
// wrong path, and "Unable to read the company information from the directory", which has
// been seen for users who were there.
func IsMissing(err error) bool {
	refused, ok := errors.AsType[*Refusal](err)
	return ok && refused.Status == http.StatusNotFound && refused.Code == codeNotFound
}

// IDError says that an object id is no GUID. No request was made with it.
type IDError struct {
	// Of is whose id it should be: user, group, manager, sponsor.
	Of string
	// ID is what was given, safe to show.
	ID string
}

func (e *IDError) Error() string {
	return fmt.Sprintf("the object id of the %s, %q, is no GUID", e.Of, e.ID)
}

// idLength is that of an object id in the form in which Graph gives it.
const idLength = 36

// IsObjectID reports whether a text can be the id of an object.
func IsObjectID(id string) bool { return checkID("", id) == nil }

// checkID makes sure that an id can be a part of a path: what is empty or has a slash would
// be another object's, or all objects' path.
func checkID(of, id string) error {
	if len(id) != idLength || uuid.Validate(id) != nil {
		return &IDError{of, cleanText(id)}
	}
	return nil
}

// UserByID reads one user: GET /users/{id}. Where the sign-in may read basic properties
// alone, the user is Basic. There may be no such user, see [IsMissing]. Other errors are
// those of [Client.Invite], [*PermissionError] and [*IDError].
func (d *Directory) UserByID(ctx context.Context, id string) (User, error) {
	if err := checkID("user", id); err != nil {
		return User{}, err
	}
	for {
		read := d.detail()
		a, err := d.read(ctx, request{method: http.MethodGet, path: userPath(id) + "?$select=" + read.properties()})
		if d.mayBeBasic(read, err) {
			continue
		}
		if err != nil {
			return User{}, permissionError(ReadStatus, err)
		}
		u, err := readUser(a, id)
		return d.markBasic([]User{u}, read)[0], err
	}
}

// UsersByID reads users, [BatchSize] in a $batch: GET /users/{id} for each. The result has
// an entry for each id, in their order. The error is that of a $batch which was not
// answered; the entries from there on then have it, too.
func (d *Directory) UsersByID(ctx context.Context, ids []string) ([]Read[User], error) {
	for {
		read := d.detail()
		users, err := readByID(ctx, d, ids, alone(readUser), func(id string) string { return userPath(id) + "?$select=" + read.properties() })
		if err == nil && d.allDenied(read, users) {
			continue
		}
		for i := range users {
			if users[i].Err == nil {
				users[i].Value = d.markBasic([]User{users[i].Value}, read)[0]
			}
		}
		return users, err
	}
}

// allDenied reports whether a full read found no one and was denied, so that a basic one is
// worth trying. A single user who may not be read does not count.
func (d *Directory) allDenied(read detail, users []Read[User]) bool {
	if slices.ContainsFunc(users, func(u Read[User]) bool { return u.Err == nil }) {
		return false
	}
	return slices.ContainsFunc(users, func(u Read[User]) bool { return d.mayBeBasic(read, u.Err) })
}

// DeletedByID reads users who were deleted and can still be restored, see
// [User.RestorableUntil], like [Directory.UsersByID]: GET /directory/deletedItems/{id}
// (learn.microsoft.com/graph/api/directory-deleteditems-get). Who was never deleted, was
// restored, or is gone for good, is missing. No more than ID and Deleted is known of the others.
func (d *Directory) DeletedByID(ctx context.Context, ids []string) ([]Read[User], error) {
	// What kind of object it is, Graph knows once it has found it: a $select may name what
	// all kinds have.
	return readByID(ctx, d, ids, alone(readUser), func(id string) string { return "/directory/deletedItems/" + id + "?$select=id,deletedDateTime" })
}

// Profile is what can be set of a user, as it is now.
type Profile struct {
	// ID is the object id.
	ID string
	// Attributes are those that have a value.
	Attributes Attributes
	// Created is when the account was made, in Graph's clock; zero where that may not be
	// read.
	Created time.Time
	// IsMember says that the user is a member of the tenant, and no guest.
	IsMember bool
	// Synced says that the user comes from on-premises: most attributes can be
	// changed there alone.
	Synced bool
}

// profileProperties are read for a [Profile].
const profileProperties = "id,createdDateTime,userType,companyName,department,jobTitle,givenName,surname,employeeId,usageLocation,country,mobilePhone,employeeOrgData,onPremisesExtensionAttributes,onPremisesSyncEnabled"

// ProfilesByID reads attributes of users like [Directory.UsersByID], so that they can be
// compared with those that are wanted, see [Attributes.Changes].
func (d *Directory) ProfilesByID(ctx context.Context, ids []string) ([]Read[Profile], error) {
	return readByID(ctx, d, ids, alone(readProfile), func(id string) string { return userPath(id) + "?$select=" + profileProperties })
}

// parsing makes an object with an id of the answers to the requests for it.
type parsing[T any] func(answers []answer, id string) (T, error)

// alone is the parsing of an object for which there is one request.
func alone[T any](parse func(answer, string) (T, error)) parsing[T] {
	return func(answers []answer, id string) (T, error) { return parse(answers[0], id) }
}

// readByID reads objects in $batch requests. paths give what is asked for of each: one $batch
// has all of an object, so that its answers are of one moment.
func readByID[T any](ctx context.Context, d *Directory, ids []string, parse parsing[T], paths ...func(id string) string) ([]Read[T], error) {
	found := make([]Read[T], len(ids))
	var asked []int // the places of the ids that can be asked for
	for i, id := range ids {
		found[i].ID, found[i].Err = id, checkID("user", id)
		if found[i].Err == nil {
			asked = append(asked, i)
		}
	}
	for len(asked) > 0 {
		some := asked[:min(BatchSize/len(paths), len(asked))]
		var items []item
		for _, at := range some {
			for _, path := range paths {
				items = append(items, item{method: http.MethodGet, path: path(ids[at])})
			}
		}
		answers, err := d.answers(ctx, items, len(paths))
		if err != nil {
			for _, at := range asked {
				found[at].Err = err
			}
			return found, err
		}
		for i, at := range some {
			found[at].Value, found[at].Err = parse(answers[i*len(paths):(i+1)*len(paths)], ids[at])
		}
		asked = asked[len(some):]
	}
	return found, nil
}

// answers sends requests in a $batch, those that Graph could not answer again, and returns
// the last answer to each, in their order. There are each of them for an object, one after
// the other: where one is sent again, so are the others of that object.
func (d *Directory) answers(ctx context.Context, items []item, each int) ([]answer, error) {
	var tries readTries
	last := make([]answer, len(items))
	open := make([]int, len(items))
	for i := range items {
		open[i] = i
	}
	for {
		some := make([]item, len(open))
		for i, at := range open {
			some[i] = items[at]
		}
		got, err := d.batch(ctx, some)
		if err != nil {
			return nil, err
		}
		var left []int
		var worst *Refusal
		for i, at := range open {
			last[at] = got[i]
			if refused := refusal(got[i]); got[i].status >= http.StatusBadRequest && refused.passes() {
				left = append(left, at/each)
				worst = longerWait(worst, refused)
			}
		}
		if worst == nil {
			return last, nil
		}
		wait, again := tries.after(worst)
		if !again || d.cfg.Once {
			return last, nil
		}
		if err := d.wait(ctx, wait, worst); err != nil {
			return nil, err
		}
		var anew []int
		for _, object := range slices.Compact(left) {
			for i := range each {
				anew = append(anew, object*each+i)
			}
		}
		open = anew
	}
}

// readUser reads a user whom an answer must hold.
func readUser(a answer, id string) (User, error) {
	var u User
	err := readObject(a, id, &u, &u.ID)
	return u, err
}

func readProfile(a answer, id string) (Profile, error) {
	var values struct {
		ID         string             `json:"id"`
		Org        map[string]*string `json:"employeeOrgData"`
		Extensions map[string]*string `json:"onPremisesExtensionAttributes"`
		Synced     *bool              `json:"onPremisesSyncEnabled"`
		Created    time.Time          `json:"createdDateTime"`
		Type       string             `json:"userType"`
	}
	if err := readObject(a, id, &values, &values.ID); err != nil {
		return Profile{}, err
	}
	var plain map[string]any
	_ = json.Unmarshal(a.body, &plain) // it could be read above
	p := Profile{ID: values.ID, Attributes: make(Attributes), Created: values.Created, IsMember: values.Type == "Member", Synced: values.Synced != nil && *values.Synced}
	for _, attribute := range AllAttributes() {
		name := string(attribute)
		value, _ := plain[name].(string) // null is none
		for _, inner := range []map[string]*string{values.Org, values.Extensions} {
			if inner[name] != nil {
				value = *inner[name]
			}
		}
		if value != "" {
			p.Attributes[attribute] = value
		}
	}
	return p, nil
}

var errNoObject = errors.New("the answer is not the object that was asked for")

// readObject reads an object with an id. into has the answer afterwards, got points to its id.
func readObject(a answer, id string, into any, got *string) error {
	switch {
	case a.status >= http.StatusMultipleChoices:
		return permissionError(ReadStatus, refusal(a))
	case a.status != http.StatusOK, json.Unmarshal(a.body, into) != nil, !strings.EqualFold(*got, id):
		return a.unreadable(errNoObject)
	default:
		return nil
	}
}

// Account is a user, and what makes the user an administrator.
type Account struct {
	User User
	// Roles are the ids of directory roles that the user holds, directly or through a group.
	Roles []string
}

// HoldsRole reports whether the user holds a directory role. Graph refuses to change such
// users, whatever the permission, and no one should delete them in passing.
func (a Account) HoldsRole() bool { return len(a.Roles) > 0 }

// AccountsTogether is how many accounts [Directory.AccountsByID] reads with one request.
const AccountsTogether = BatchSize / 2

// AccountsByID reads users and their directory roles, [AccountsTogether] in a $batch, like
// [Directory.UsersByID]: GET /users/{id} and /users/{id}/transitiveMemberOf
// (learn.microsoft.com/graph/api/user-list-transitivememberof) for each. It reads all that a
// user is a member of, since asking for roles alone takes an index that lags behind. Where
// the user or the roles could not be read, the entry has an error. It takes no second try
// where Graph denies all but basic properties.
func (d *Directory) AccountsByID(ctx context.Context, ids []string) ([]Read[Account], error) {
	parse := func(answers []answer, id string) (Account, error) { return d.readAccount(ctx, answers, id) }
	return readByID(
		ctx, d, ids, parse,
		func(id string) string { return userPath(id) + "?$select=" + userProperties },
		func(id string) string {
			return fmt.Sprintf("%s/transitiveMemberOf?$select=id&$top=%d", userPath(id), PageSize)
		},
	)
}

// readAccount reads a user, and the further pages of what the user is a member of.
func (d *Directory) readAccount(ctx context.Context, answers []answer, id string) (Account, error) {
	user, err := readUser(answers[0], id)
	if err != nil {
		return Account{}, err
	}
	if answers[1].status != http.StatusOK {
		return Account{}, permissionError(ReadStatus, refusal(answers[1]))
	}
	objects, next, err := page[object](d.client, answers[1])
	if err != nil {
		return Account{}, err
	}
	for more, err := range pagesOf[object](ctx, d, next) {
		if err != nil {
			return Account{}, permissionError(ReadStatus, err)
		}
		objects = append(objects, more...)
	}
	if next != "" { // the pages may have had to wait, and what was read of the user is old
		if user, err = d.UserByID(ctx, id); err != nil {
			return Account{}, err
		}
	}
	account := Account{User: d.markBasic([]User{user}, full)[0]}
	for _, o := range objects {
		switch kind := strings.TrimPrefix(o.Type, "#"); {
		case kind == "": // it may be a role
			return Account{}, answers[1].unreadable(errNoObject)
		case strings.EqualFold(kind, "microsoft.graph.directoryRole"):
			account.Roles = append(account.Roles, o.ID)
		}
	}
	return account, nil
}

// object is a directory object of any kind.
type object struct {
	Type string `json:"@odata.type"`
	ID   string `json:"id"`
}

func (o object) id() string { return o.ID }
