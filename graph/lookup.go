package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// maxFilterClauses is how many comparisons a filter may have between its
// "or": Graph refuses a sixteenth with Request_UnsupportedQuery, by public
// reports.
const maxFilterClauses = 15

// LookUpRequests returns how many requests [Directory.LookUp] makes for some
// addresses when each is answered. Reading all users takes one for each
// [PageSize] of them.
func (d *Directory) LookUpRequests(addresses []string) int {
	items := len(newQueries(addresses, d.detail()))
	return (items + BatchSize - 1) / BatchSize
}

// LookUp finds the users who have some addresses, by Mail, OtherMails,
// ProxyAddresses and PrincipalName, in $batch requests of up to 60 addresses:
// POST /$batch (learn.microsoft.com/graph/json-batching). A domain in letters
// other than ASCII is looked up in both of its spellings. What has no @ is the object
// id of a user, of which 300 go into a request. The result has an entry for each
// address or id, as it was given, with the users who have it: mostly none or one. It
// is complete, or there is an error.
func (d *Directory) LookUp(ctx context.Context, addresses []string) (map[string][]User, error) {
	for {
		read := d.detail()
		found, err := d.lookUp(ctx, addresses, read)
		if !d.mayBeBasic(read, err) {
			return found, err
		}
	}
}

// LookUp is [Directory.LookUp] without a second try: waiting and repeating are the
// caller's. Up to 60 addresses take one request, unless their users fill more than
// a page or Graph has a notion of its own of which letters are alike.
func (c *Client) LookUp(ctx context.Context, addresses []string) (map[string][]User, error) {
	return c.Directory(DirectoryConfig{Once: true}).LookUp(ctx, addresses)
}

func (d *Directory) lookUp(ctx context.Context, addresses []string, read detail) (map[string][]User, error) {
	found := make(map[string][]User, len(addresses))
	for _, address := range addresses {
		found[address] = nil
	}
	queue := newQueries(addresses, read)
	for len(queue) > 0 {
		items := queue[:min(BatchSize, len(queue))]
		queue = queue[len(items):]
		unclear, err := d.answer(ctx, items, found)
		if err != nil {
			return nil, err
		}
		queue = append(queue, unclear...)
	}
	return found, nil
}

// answer sends queries in a $batch until each is answered, and sorts the users by
// address. It returns queries to send in addition: those for one address that
// take the place of a query of which it is unclear whose a user is.
func (d *Directory) answer(ctx context.Context, queries []query, found map[string][]User) (unclear []query, err error) {
	var tries readTries
	for {
		items := make([]item, len(queries))
		for i, q := range queries {
			items[i] = item{method: http.MethodGet, path: q.path()}
		}
		answers, err := d.batch(ctx, items)
		if err != nil {
			return nil, err
		}
		var left []query
		var worst *Refusal
		for i, a := range answers {
			if a.status != http.StatusOK {
				left = append(left, queries[i])
				worst = longerWait(worst, refusal(a))
				continue
			}
			sorted, err := d.collect(ctx, queries[i], a, found)
			if err != nil {
				return nil, err
			}
			if !sorted {
				unclear = append(unclear, queries[i].split()...)
			}
		}
		if worst == nil {
			return unclear, nil
		}
		wait, again := tries.after(worst)
		if !again || d.cfg.Once {
			return nil, worst
		}
		if err := d.wait(ctx, wait, worst); err != nil {
			return nil, err
		}
		queries = left
	}
}

// longerWait returns which of two refusals decides what follows: one after which
// there is no further try, else the one that asks for the longer wait. one may be
// nil.
func longerWait(one, other *Refusal) *Refusal {
	switch {
	case one == nil:
		return other
	case !one.passes(), other.passes() && one.RetryAfter > other.RetryAfter,
		other.passes() && one.RetryAfter == other.RetryAfter && one.Throttled():
		return one
	default:
		return other
	}
}

// batch sends requests in one $batch, and returns their answers in the same order.
func (d *Directory) batch(ctx context.Context, items []item) ([]answer, error) {
	q, err := batchRequest(items)
	if err != nil {
		return nil, err
	}
	a, err := d.read(ctx, q)
	if err != nil {
		return nil, err
	}
	return wholeBatch(a, len(items))
}

// collect reads the pages of an answered query. It reports whether all users
// could be sorted by address.
func (d *Directory) collect(ctx context.Context, q query, a answer, found map[string][]User) (sorted bool, err error) {
	users, next, err := page[User](d.client, a)
	if err != nil {
		return false, err
	}
	sorted = q.sort(d.markBasic(users, q.read), found)
	for users, err := range pagesOf[User](ctx, d, next) {
		if err != nil {
			return false, err
		}
		sorted = q.sort(d.markBasic(users, q.read), found) && sorted
	}
	return sorted, nil
}

// query asks for the users who have one of some addresses.
type query struct {
	wanted []wanted
	read   detail
}

// wanted is an address, or an object id, that is looked up.
type wanted struct {
	given     string
	spellings []string // in lower case
}

// newQueries packs addresses into as few queries as the limit of a filter allows.
func newQueries(addresses []string, read detail) []query {
	var queries []query
	seen := make(map[string]bool, len(addresses))
	room := 0
	for _, address := range addresses {
		if seen[address] {
			continue
		}
		seen[address] = true
		w := wanted{address, spellings(address)}
		need := len(w.spellings) * len(read.clauses(address))
		if need > room {
			queries = append(queries, query{read: read})
			room = maxFilterClauses
		}
		last := &queries[len(queries)-1]
		last.wanted = append(last.wanted, w)
		room -= need
	}
	return queries
}

// split makes a query of each address.
func (q query) split() []query {
	single := make([]query, len(q.wanted))
	for i, w := range q.wanted {
		single[i] = query{[]wanted{w}, q.read}
	}
	return single
}

// path is that of the query's request.
func (q query) path() string {
	var filter []string
	for _, w := range q.wanted {
		for _, address := range w.spellings {
			filter = append(filter, q.read.clauses(address)...)
		}
	}
	escaped := strings.ReplaceAll(url.QueryEscape(strings.Join(filter, " or ")), "+", "%20")
	return "/users?$filter=" + escaped + "&$select=" + q.read.properties()
}

// sort adds users to the address that they have. It reports false if one of them
// has none of the addresses as far as we can tell: Graph has rules of its own
// for which letters are alike. A query for one address leaves no doubt.
func (q query) sort(users []User, found map[string][]User) (sorted bool) {
	sorted = true
	for _, u := range users {
		owned := false
		has := append(u.Addresses(), strings.ToLower(u.ID))
		for _, w := range q.wanted {
			if len(q.wanted) > 1 && !slices.ContainsFunc(w.spellings, func(s string) bool { return slices.Contains(has, s) }) {
				continue
			}
			owned = true
			if !slices.ContainsFunc(found[w.given], func(known User) bool { return known.ID == u.ID }) {
				found[w.given] = append(found[w.given], u)
			}
		}
		sorted = sorted && owned
	}
	return sorted
}

// spellings are the ways to write an address, in lower case: as it was given, and
// with its domain in ASCII and in letters. Which of them the directory keeps is
// not documented.
func spellings(address string) []string {
	address = strings.ToLower(address)
	all := []string{address}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return all
	}
	local, domain := address[:at+1], address[at+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return all
	}
	letters, err := idna.Lookup.ToUnicode(ascii)
	if err != nil {
		letters = ascii
	}
	for _, spelled := range []string{local + ascii, local + letters} {
		if !slices.Contains(all, spelled) {
			all = append(all, spelled)
		}
	}
	return all
}
