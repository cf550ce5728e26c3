package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/pause"
)

// User is a guest or a member of the tenant
// (learn.microsoft.com/graph/api/resources/user).
type User struct {
	// ID is the object id, a GUID.
	ID string `json:"id"`
	// Name is the display name.
	Name string `json:"displayName"`
	// Mail is the primary email address, "" for none. OtherMails are further ones,
	// and ProxyAddresses those of the mailbox, each after "SMTP:" (the primary one)
	// or "smtp:".
	Mail           string   `json:"mail"`
	OtherMails     []string `json:"otherMails"`
	ProxyAddresses []string `json:"proxyAddresses"`
	// PrincipalName is the user principal name: for members mostly their address,
	// for guests one with #EXT# in it.
	PrincipalName string `json:"userPrincipalName"`
	// Type is Guest or Member.
	Type string `json:"userType"`
	// CreationType is Invitation for invited guests, "" for most others.
	CreationType string `json:"creationType"`
	// State is [StatePending], [StateAccepted], or "" for an account that was
	// never invited. It is "" as well where Basic is set.
	State string `json:"externalUserState"`
	// StateChanged, Created and Deleted are in Graph's time, to the second, and
	// zero where Graph does not say. Deleted is that of soft-deleted users.
	StateChanged time.Time `json:"externalUserStateChangeDateTime"`
	Created      time.Time `json:"createdDateTime"`
	Deleted      time.Time `json:"deletedDateTime"`
	// AccountEnabled is false for an account that is blocked from signing in, and
	// nil where Graph does not say.
	AccountEnabled *bool `json:"accountEnabled"`
	// Basic says that the sign-in may read no more than ID, Name, Mail and
	// PrincipalName: everything else, the state above all, is not known.
	Basic bool `json:"-"`
}

// The states of a guest, in the words of externalUserState.
const (
	// StatePending is that of guests who have not accepted yet.
	StatePending = "PendingAcceptance"
	// StateAccepted is that of guests who have accepted.
	StateAccepted = "Accepted"
)

// Blocked reports whether it is known that the account cannot sign in.
func (u User) Blocked() bool { return u.AccountEnabled != nil && !*u.AccountEnabled }

// Addresses returns the email addresses by which the user is known, in lower
// case, each once: Mail, OtherMails, ProxyAddresses and, where it is an address
// of the user, PrincipalName.
func (u User) Addresses() []string {
	all := make([]string, 0, 2+len(u.OtherMails)+len(u.ProxyAddresses))
	add := func(address string) {
		if address = strings.ToLower(address); strings.Contains(address, "@") && !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	add(u.Mail)
	for _, address := range u.OtherMails {
		add(address)
	}
	for _, proxy := range u.ProxyAddresses {
		if kind, address, ok := strings.Cut(proxy, ":"); ok && strings.EqualFold(kind, "smtp") {
			add(address)
		}
	}
	if !strings.Contains(u.PrincipalName, "#") { // a guest's is none
		add(u.PrincipalName)
	}
	return all
}

// looksBasic finds users of which Graph left out what every user has: with
// User.ReadBasic.All it answers null for most properties.
func (u User) looksBasic() bool {
	return u.Type == "" && u.Created.IsZero() && u.AccountEnabled == nil
}

// The properties that are read of a user. externalUserState comes on request
// only, and a $select halves the cost of the call. User.ReadBasic.All covers the
// basic ones alone (graphpermissions.merill.net/permission/User.ReadBasic.All).
const (
	stateProperties   = "id,userType,externalUserState,externalUserStateChangeDateTime,createdDateTime"
	userProperties    = "id,displayName,mail,otherMails,proxyAddresses,userPrincipalName,userType,creationType,externalUserState,externalUserStateChangeDateTime,accountEnabled,createdDateTime"
	basicProperties   = "id,displayName,mail,userPrincipalName"
	deletedProperties = "id,displayName,mail,otherMails,userPrincipalName,userType,creationType,externalUserState,createdDateTime,deletedDateTime"
)

// PageSize is how many users come on a page of [Directory.Users], the most that
// Graph gives (learn.microsoft.com/graph/api/user-list).
const PageSize = 999

// maxPage bounds a page of users, in bytes: each has about one thousand.
const maxPage = 32 << 20

// Reads are repeated after faults, and longer after "too many requests".
const (
	maxReadFaults    = 5
	maxReadThrottles = 20
)

// DirectoryConfig says how a [Directory] reads. The zero value will do.
type DirectoryConfig struct {
	// Basic says that the sign-in has no more than delegated User.ReadBasic.All.
	// Otherwise that is found out when Graph refuses a read, and then holds for all
	// directories of the client.
	Basic bool
	// Throttled is told that Graph wants no more reads until a time. nil tells no one.
	Throttled func(until time.Time)
	// Once leaves it to the caller to wait and to repeat reads.
	Once bool
}

// Directory reads who is in a tenant. It needs User.Read.All; with delegated
// User.ReadBasic.All it finds users by Mail and PrincipalName alone, and their
// state is not known. All its requests pass the gate of its client. Reads change
// nothing, so they are repeated after faults of the service, and after a 429 as
// soon as Retry-After allows. It is safe for concurrent use.
//
// Errors are those of [Client.Invite] and the cause of the context. A new guest
// appears some time after the invitation: Microsoft names no bound.
type Directory struct {
	client *Client
	cfg    DirectoryConfig
}

// Directory returns a reader of the tenant's users. Nothing is sent yet.
func (c *Client) Directory(cfg DirectoryConfig) *Directory {
	if cfg.Basic {
		c.basic.Store(true)
	}
	return &Directory{client: c, cfg: cfg}
}

// Basic reports whether the sign-in may read basic properties alone, as far as
// that is known by now.
func (d *Directory) Basic() bool { return d.client.basic.Load() }

// Count returns how many users the tenant has, guests and members: GET
// /users/$count. Graph counts in an index that lags behind the directory.
func (d *Directory) Count(ctx context.Context) (int, error) {
	a, err := d.read(ctx, request{method: http.MethodGet, path: "/users/$count", header: http.Header{
		"Consistencylevel": {"eventual"}, "Accept": {"text/plain"},
	}})
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(string(a.body)), "\ufeff"))
	if err != nil || n < 0 {
		return 0, a.unreadable(errNoPage)
	}
	return n, nil
}

// Users reads all users of the tenant, guests and members, page by page of
// [PageSize] at most: GET /users. It ends after the first error.
func (d *Directory) Users(ctx context.Context) iter.Seq2[[]User, error] {
	return d.users(ctx, userProperties)
}

// States is Users for those of whom no more is asked than whether they have accepted: ID,
// Type, State, StateChanged and Created, which is less to be sent and to be read.
func (d *Directory) States(ctx context.Context) iter.Seq2[[]User, error] {
	return d.users(ctx, stateProperties)
}

// users reads some properties of all users, or as many as the sign-in may.
func (d *Directory) users(ctx context.Context, properties string) iter.Seq2[[]User, error] {
	return func(yield func([]User, error) bool) {
		for {
			read := d.detail()
			if read == basic {
				properties = basicProperties
			}
			denied, pages := false, 0
			for users, err := range pagesOf[User](ctx, d, fmt.Sprintf("/users?$select=%s&$top=%d", properties, PageSize)) {
				if denied = pages == 0 && d.mayBeBasic(read, err); denied {
					break
				}
				pages++
				if !yield(d.markBasic(users, read), err) || err != nil {
					return
				}
			}
			if !denied {
				return
			}
		}
	}
}

// InvitedSince reads the users, guests and members, whom an invitation created at a time
// or later, page by page of [PageSize] at most. It finds none where the sign-in may not
// read when users were created. It ends after the first error.
func (d *Directory) InvitedSince(ctx context.Context, since time.Time) iter.Seq2[[]User, error] {
	filter := url.QueryEscape("createdDateTime ge " + since.UTC().Format(time.RFC3339))
	path := fmt.Sprintf("/users?$filter=%s&$select=%s&$top=%d", strings.ReplaceAll(filter, "+", "%20"), userProperties, PageSize)
	return func(yield func([]User, error) bool) {
		if d.Basic() {
			return
		}
		for users, err := range pagesOf[User](ctx, d, path) {
			if d.mayBeBasic(full, err) {
				return
			}
			invited := slices.DeleteFunc(users, func(u User) bool { return u.CreationType != "Invitation" })
			if !yield(invited, err) || err != nil {
				return
			}
		}
	}
}

// Deleted reads the guests that were deleted and can still be restored, for 30
// days after that, page by page: GET /directory/deletedItems/microsoft.graph.user
// (learn.microsoft.com/graph/api/directory-deleteditems-list). It ends after the
// first error.
func (d *Directory) Deleted(ctx context.Context) iter.Seq2[[]User, error] {
	const path = "/directory/deletedItems/microsoft.graph.user?$select=" + deletedProperties
	return func(yield func([]User, error) bool) {
		for users, err := range pagesOf[User](ctx, d, fmt.Sprintf("%s&$top=%d", path, PageSize)) {
			guests := slices.DeleteFunc(users, func(u User) bool { return u.Type == "Member" })
			if !yield(guests, err) || err != nil {
				return
			}
		}
	}
}

// detail is how much is read of a user.
type detail uint8

const (
	full  detail = iota
	basic        // what User.ReadBasic.All covers
)

// detail is how much the directory reads, as far as that is known by now.
func (d *Directory) detail() detail {
	if d.Basic() {
		return basic
	}
	return full
}

// properties are those that are selected.
func (d detail) properties() string {
	if d == basic {
		return basicProperties
	}
	return userProperties
}

// clauses are the comparisons that find an address, or an object id, which has no @.
// The case of "SMTP" counts in a comparison
// (learn.microsoft.com/graph/api/resources/user).
func (d detail) clauses(address string) []string {
	switch {
	case !strings.Contains(address, "@"):
		return []string{"id eq " + quote(address)}
	case d == basic:
		return []string{"mail eq " + quote(address), "userPrincipalName eq " + quote(address)}
	}
	return []string{
		"mail eq " + quote(address),
		"otherMails/any(x:x eq " + quote(address) + ")",
		"proxyAddresses/any(x:x eq " + quote("SMTP:"+address) + ")",
		"proxyAddresses/any(x:x eq " + quote("smtp:"+address) + ")",
		"userPrincipalName eq " + quote(address),
	}
}

// mayBeBasic reports whether a full read was denied, so that a basic one is worth
// trying. Later reads are basic from the start.
func (d *Directory) mayBeBasic(read detail, err error) bool {
	refused, ok := errors.AsType[*Refusal](err)
	if read == basic || !ok || refused.Status != http.StatusForbidden {
		return false
	}
	d.client.basic.Store(true)
	return true
}

// markBasic notes of which users only the basic properties are known.
func (d *Directory) markBasic(users []User, read detail) []User {
	for i := range users {
		if read == basic || users[i].looksBasic() {
			users[i].Basic = true
			d.client.basic.Store(true)
		}
	}
	return users
}

// listed is what a list may hold: an object with an id.
type listed interface{ id() string }

func (u User) id() string { return u.ID }

// RestorableUntil is when a deleted user is gone for good, in Graph's time; zero for a user
// who is not deleted.
func (u User) RestorableUntil() time.Time {
	if u.Deleted.IsZero() {
		return time.Time{}
	}
	return u.Deleted.Add(RestorableFor)
}

// pagesOf reads a list to its end.
func pagesOf[T listed](ctx context.Context, d *Directory, path string) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		seen := map[string]bool{}
		for path != "" {
			seen[path] = true
			a, err := d.read(ctx, request{method: http.MethodGet, path: path, limit: maxPage})
			var objects []T
			if err == nil {
				objects, path, err = page[T](d.client, a)
			}
			if err == nil && seen[path] {
				err = a.unreadable(errSameNextPage)
			}
			if !yield(objects, err) || err != nil {
				return
			}
		}
	}
}

// read sends a request until it is answered with 200.
func (d *Directory) read(ctx context.Context, q request) (answer, error) {
	var tries readTries
	for {
		a, err := d.client.call(ctx, q)
		if err == nil && a.status == http.StatusOK {
			return a, nil
		}
		if err == nil {
			err = refusal(a)
		}
		if wait, again := tries.after(err); !again || d.cfg.Once || ctx.Err() != nil {
			return a, err
		} else if err := d.wait(ctx, wait, err); err != nil {
			return a, err
		}
	}
}

// wait waits after an error, and says so where Graph asked for it.
func (d *Directory) wait(ctx context.Context, wait time.Duration, why error) error {
	refused, ok := errors.AsType[*Refusal](why)
	if ok && refused.Throttled() && d.cfg.Throttled != nil {
		d.cfg.Throttled(time.Now().Add(wait))
	}
	return pause.For(ctx, wait)
}

// readTries counts how often a read went wrong.
type readTries struct{ faults, throttles int }

// after says whether to read once more after an error, and how long to wait.
func (t *readTries) after(err error) (wait time.Duration, again bool) {
	refused, isRefusal := errors.AsType[*Refusal](err)
	unreachable, isUnreachable := errors.AsType[*UnreachableError](err)
	switch {
	case isUnreachable && unreachable.Untrusted():
		return 0, false
	case isRefusal && refused.Throttled():
		t.throttles++
		wait = refused.RetryAfter
		if wait == 0 {
			wait = time.Second << min(t.throttles, 5)
		}
		return wait, t.throttles < maxReadThrottles
	case isRefusal && (refused.Open() || refused.Fault()),
		errors.As(err, new(*NoAnswerError)), isUnreachable:
		t.faults++
		return time.Second << min(t.faults-1, 3), t.faults < maxReadFaults
	default:
		return 0, false
	}
}

var (
	errNoPage       = errors.New("the answer is no list of users or groups")
	errSameNextPage = errors.New("the next page is one that was read already")
	errForeignPage  = errors.New("the next page is at another place than Graph")
)

// page reads one page of a list, and the path of the next one, "" for none. An
// answer without a list is no page: it does not say that there is nothing.
func page[T listed](c *Client, a answer) (objects []T, next string, err error) {
	var page struct {
		Value *[]T   `json:"value"`
		Next  string `json:"@odata.nextLink"`
	}
	if json.Unmarshal(a.body, &page) != nil || page.Value == nil ||
		slices.ContainsFunc(*page.Value, func(one T) bool { return one.id() == "" }) {
		return nil, "", a.unreadable(errNoPage)
	}
	if page.Next == "" {
		return *page.Value, "", nil
	}
	if next, err = c.pathOf(page.Next); err != nil {
		return nil, "", a.unreadable(err)
	}
	return *page.Value, next, nil
}

// pathOf is the path below the root of a link that Graph gave, as it stands. The
// link must be at the root: the token goes with the request.
func (c *Client) pathOf(link string) (string, error) {
	next, err := url.Parse(link)
	root, rootErr := url.Parse(c.cfg.URL)
	if err != nil || rootErr != nil || next.User != nil || next.Scheme != root.Scheme || !strings.EqualFold(next.Host, root.Host) {
		return "", errForeignPage
	}
	path, below := strings.CutPrefix(next.EscapedPath(), root.EscapedPath())
	if !below || !strings.HasPrefix(path, "/") || strings.Contains(path, "..") {
		return "", errForeignPage
	}
	return path + "?" + next.RawQuery, nil
}

// quote writes a text for a filter: an apostrophe is doubled.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
