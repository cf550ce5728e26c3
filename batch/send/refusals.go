package send

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/graph"
)

// How many rows may meet the same refusal, with no one invited in between, before it
// counts as the tenant's: one that nobody has described, and one that the catalogue
// describes as a row's.
const (
	undescribedLimit = 3
	describedLimit   = 10
)

// refusals decides whether a refusal is about the row that met it, by what other rows
// meet.
type refusals struct {
	mu sync.Mutex
	// met counts refusals since somebody was invited, by what makes them the same.
	met map[string]*refusalCount
	// undecided are the rows that met a refusal that nobody described.
	undecided []undecidedRow
	// last are the domains whose rows are sent after those of others. others says that
	// those have been sent.
	last   map[string]bool
	others bool
	// invited says that somebody was invited in this run.
	invited bool
}

// refusalCount is who met a refusal: a row counts once, however often it was tried.
type refusalCount struct {
	addresses, domains map[string]bool
	latest             *graph.Refusal
}

// undecidedRow is a row that stays pending until another is invited after it.
type undecidedRow struct {
	*sender

	refused time.Time
}

// add counts a refusal of a row, by completion, also where the row is tried again: what
// all meet alike, their next attempts would meet as well. It returns a [*TenantError] where too
// many rows have met the same.
func (r *refusals) add(refused *graph.Refusal, address string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.met == nil {
		r.met, r.last = make(map[string]*refusalCount), make(map[string]bool)
	}
	key, domain := sameness(refused, address), batch.Domain(address)
	count := r.met[key]
	if count == nil {
		count = &refusalCount{addresses: make(map[string]bool), domains: make(map[string]bool)}
		r.met[key] = count
	}
	count.addresses[address] = true
	count.domains[domain] = true
	count.latest = refused
	if refused.Entry.Domain || !refused.Entry.Known() {
		r.last[domain] = true
	}
	return r.judge(count)
}

// judge returns a [*TenantError] where a refusal was met too often. Rows of one domain
// prove nothing about others that are still to be sent.
func (r *refusals) judge(count *refusalCount) error {
	rows, limit := len(count.addresses), describedLimit
	switch entry := count.latest.Entry; {
	case !entry.Known():
		limit = undescribedLimit
	case entry.Domain && !r.others:
		rows = len(count.domains)
	}
	if rows < limit {
		return nil
	}
	return &TenantError{Refusal: count.latest, Rows: len(count.addresses)}
}

// othersSent notes that the rows of the domains that are sent last are next. It returns a
// [*TenantError] where their refusals are too many already.
func (r *refusals) othersSent() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.others = true
	for _, count := range r.met {
		if err := r.judge(count); err != nil {
			return err
		}
	}
	return nil
}

// isLast reports whether rows of an address's domain are sent after those of others.
func (r *refusals) isLast(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last[batch.Domain(address)]
}

// cleared notes that somebody was invited.
func (r *refusals) cleared() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.met)
	r.invited = true
}

// anyInvited reports whether somebody was invited in this run.
func (r *refusals) anyInvited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.invited
}

// hold keeps a row that met a refusal that nobody described.
func (r *refusals) hold(s *sender) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.undecided = append(r.undecided, undecidedRow{s, time.Now()})
}

// decided takes out the rows whose refusal was their own: those that met it before a
// request left with which another row was invited.
func (r *refusals) decided(left time.Time) []*sender {
	r.mu.Lock()
	defer r.mu.Unlock()
	var failed []*sender
	rest := r.undecided[:0]
	for _, u := range r.undecided {
		if u.refused.After(left) {
			rest = append(rest, u)
			continue
		}
		failed = append(failed, u.sender)
	}
	clear(r.undecided[len(rest):])
	r.undecided = rest
	return failed
}

// variable are the parts of a message that differ from row to row: ids and numbers.
var variable = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+`)

// sameness is what two refusals have in common that count as the same.
func sameness(refused *graph.Refusal, address string) string {
	if refused.Entry.Known() {
		return refused.Entry.Name
	}
	said := strings.ToLower(refused.Error())
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	said = strings.NewReplacer(strings.ToLower(address), "#", domain, "#", "'"+local+"'", "#").Replace(said)
	return variable.ReplaceAllString(said, "#")
}

// settings are the flags that all rows may have in common, by how Graph's texts name
// what they set.
var settings = []struct{ property, flag string }{
	{"redirect", "--redirect-url"},
	{"usertype", "--user-type"},
	{"messagelanguage", "--language"},
	{"ccrecipients", "--cc"},
	{"messagebody", "--message"},
	{"sponsor", "the sponsors"},
}

// settingOf is the setting that a refusal is about, "" where it does not tell.
func settingOf(refused *graph.Refusal) string {
	said := strings.ToLower(refused.Message)
	for _, s := range settings {
		if strings.Contains(said, s.property) {
			return s.flag
		}
	}
	return ""
}
