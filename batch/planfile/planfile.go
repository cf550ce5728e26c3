// Package planfile keeps what a run would send in a file, to be reviewed - in a pull
// request, say - before it is carried out. The run is bounded by it from above: it sends
// nothing that the file does not hold.
//
// A row stands in the file as a keyed hash of all that its guest gets, without an address
// unless that is asked for. What people can read beside the hashes - domains, counts, who is
// emailed - is bound to them: a run looks for a row only where the file tells of it, and a
// file that was changed by hand is refused.
package planfile

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// How a plan names itself.
const (
	kind    = "guestlist plan"
	version = 1
)

// Does is what a plan lets a run do for a row. The texts are those of the file.
type Does string

// What can be done for a row, from the least on.
const (
	// StepsOnly is a guest who is in the tenant and gets what the list asks for after the
	// invitation.
	StepsOnly Does = "steps_only"
	// Invite and InviteByEmail are people who are not in the tenant.
	Invite        Does = "invite"
	InviteByEmail Does = "invite_by_email"
	// InviteAgain and InviteAgainByEmail are guests whose earlier link stops working.
	InviteAgain        Does = "invite_again"
	InviteAgainByEmail Does = "invite_again_by_email"
)

// all are they in the order in which people are told them.
func all() []Does {
	return []Does{Invite, InviteByEmail, InviteAgain, InviteAgainByEmail, StepsOnly}
}

// words say how many rows it is done for.
func (d Does) words(n int) string {
	switch d {
	case StepsOnly:
		return text.Thousands(n) + " with steps only"
	case Invite:
		return text.Thousands(n) + " without an email"
	case InviteByEmail:
		return text.Thousands(n) + " by email"
	case InviteAgain:
		return text.Thousands(n) + " again without an email"
	case InviteAgainByEmail:
		return text.Thousands(n) + " again by email"
	}
	return ""
}

// Row is a row of the list with all that its guest gets.
type Row struct {
	batch.Step

	// FollowUps are what a guest gets after the invitation who was not in the tenant
	// before.
	FollowUps []batch.FollowUp
	// Nth says of a reminder which one of the guest's it is, from 1; 0 for an invitation.
	Nth int
}

// does is what is to be done for the row.
func (r Row) does() Does {
	again, email := r.Reinvited, r.Invitation.SendMessage
	switch {
	case r.Action == batch.Skip:
		return StepsOnly
	case again && email:
		return InviteAgainByEmail
	case again:
		return InviteAgain
	case email:
		return InviteByEmail
	}
	return Invite
}

// step is a follow-up as it is hashed: what people call its target may change.
type step struct {
	Kind       string `json:"kind"`
	Target     string `json:"target"`
	Attributes any    `json:"attributes"`
}

// content is all that the guest of a row gets, whatever is known of the guest.
func (r Row) content() ([]byte, error) {
	steps := make([]step, len(r.FollowUps))
	for i, f := range r.FollowUps {
		steps[i] = step{string(f.Kind), f.Target, f.Attributes}
	}
	return json.Marshal(struct {
		Invitation any    `json:"invitation"`
		Steps      []step `json:"steps"`
		Reminder   int    `json:"reminder"`
	}{r.Invitation, steps, r.Nth})
}

// Plan is what a run would send, or may send.
type Plan struct {
	// Path is where it was read, "" for a new one.
	Path string
	// Made is when, in Graph's clock, UTC.
	Made time.Time
	// Tenant is its id, TenantName what people call it, "" where that may not be read.
	Tenant, TenantName string
	// List is the name of the list: for people, since a list may be moved.
	List string
	// Settings are those that change who gets what, by the flag.
	Settings map[string]string
	// Named says that rows are added with their addresses.
	Named bool

	key  []byte
	rows map[string]map[Does][]entry
	// named are the addresses of a plan that was read and has them.
	named map[string]bool
	// sum is the SHA-256 of the file.
	sum string
}

// hash is 192 bits of an HMAC: no one finds two rows of one hash, and a line has room for it.
type hash [24]byte

// entry is a row as the file has it.
type entry struct {
	hash hash
	// address is "" unless the plan has addresses.
	address string
}

// MarshalText writes the hash, and the address behind it.
func (e entry) MarshalText() ([]byte, error) {
	said := base64.RawURLEncoding.AppendEncode(nil, e.hash[:])
	if e.address != "" {
		said = append(append(said, ' '), e.address...)
	}
	return said, nil
}

// UnmarshalText reads them.
func (e *entry) UnmarshalText(said []byte) error {
	written, address, _ := strings.Cut(string(said), " ")
	read, err := base64.RawURLEncoding.DecodeString(written)
	if err != nil || len(read) != len(e.hash) {
		return errors.New("a row of it is damaged")
	}
	e.hash, e.address = hash(read), address
	return nil
}

func byHash(a, b entry) int { return bytes.Compare(a.hash[:], b.hash[:]) }

// New makes an empty plan. One that takes the place of an earlier plan has its key, so that
// a difference of the two files shows which rows have come and gone.
func New(earlier *Plan) *Plan {
	p := &Plan{rows: make(map[string]map[Does][]entry)}
	if earlier != nil {
		p.key = earlier.key
		return p
	}
	p.key = make([]byte, sha256.Size)
	_, _ = rand.Read(p.key) // never fails
	return p
}

// Add takes a row into the plan.
func (p *Plan) Add(r Row) error {
	e, err := p.entryOf(r)
	if err != nil {
		return err
	}
	if !p.Named {
		e.address = ""
	}
	domain := domainOf(r.Address)
	if p.rows[domain] == nil {
		p.rows[domain] = make(map[Does][]entry)
	}
	p.rows[domain][r.does()] = append(p.rows[domain][r.does()], e)
	return nil
}

func (p *Plan) entryOf(r Row) (entry, error) {
	content, err := r.content()
	if err != nil {
		return entry{}, err
	}
	mac := hmac.New(sha256.New, p.key)
	_, _ = mac.Write(content) // never fails
	return entry{hash(mac.Sum(nil)[:len(hash{})]), text.Line(r.Address)}, nil
}

// domainOf is the domain of an address as people see it.
func domainOf(address string) string { return text.Line(batch.Domain(address)) }

// Of says why a row may not be sent, or its guest not get the steps of a row that is
// skipped, "" where it may. Overtaken is a row that the plan invites and that would be
// invited again, since the guest is in the tenant by now: that, the plan does not say.
func (p *Plan) Of(r Row) (why batch.Unplanned, overtaken bool, err error) {
	e, err := p.entryOf(r)
	if err != nil {
		return "", false, err
	}
	domain := domainOf(r.Address)
	has := func(some ...Does) bool {
		return slices.ContainsFunc(some, func(d Does) bool { return p.holds(domain, d, e) })
	}
	var held bool
	switch does := r.does(); does {
	case StepsOnly:
		held = has(all()...)
	case Invite:
		held = has(Invite, InviteAgain)
	case InviteByEmail:
		held = has(InviteByEmail, InviteAgainByEmail)
	case InviteAgain:
		held, overtaken = has(InviteAgain), has(Invite)
	case InviteAgainByEmail:
		held, overtaken = has(InviteAgainByEmail), has(InviteByEmail)
	}
	switch {
	case held:
		return "", false, nil
	case overtaken:
		return "", true, nil
	case has(StepsOnly):
		return batch.UnplannedThere, false, nil
	case p.named[e.address]:
		return batch.UnplannedChanged, false, nil
	}
	return batch.UnplannedNew, false, nil
}

func (p *Plan) holds(domain string, does Does, e entry) bool {
	entries := p.rows[domain][does]
	at, found := slices.BinarySearchFunc(entries, e, byHash)
	return found && (entries[at].address == "" || entries[at].address == e.address)
}

// Missing counts the rows of a plan that another one with the same key does not have in the
// same place.
func (p *Plan) Missing(in *Plan) (n int) {
	for domain, rows := range p.rows {
		for does, entries := range rows {
			for _, e := range entries {
				if _, found := slices.BinarySearchFunc(in.rows[domain][does], e, byHash); !found {
					n++
				}
			}
		}
	}
	return n
}

// counts are rows by what is done for them.
type counts map[Does]int

// count counts the rows of all domains, and of each.
func (p *Plan) count() (total counts, domains map[string]counts) {
	total, domains = make(counts), make(map[string]counts)
	for domain, rows := range p.rows {
		domains[domain] = make(counts)
		for does, entries := range rows {
			domains[domain][does] = len(entries)
			total[does] += len(entries)
		}
	}
	return total, domains
}

// String says how many rows the plan has: "34 rows: 30 without an email, 4 by email".
func (p *Plan) String() string {
	total, _ := p.count()
	var said []string
	rows := 0
	for _, does := range all() {
		if n := total[does]; n > 0 {
			rows += n
			said = append(said, does.words(n))
		}
	}
	if rows == 0 {
		return "no rows"
	}
	return text.Plural(rows, "row") + ": " + strings.Join(said, ", ")
}

// Sum is the SHA-256 of the file in hexadecimal, "" for a plan that was not read.
func (p *Plan) Sum() string { return p.sum }

// file is a plan as JSON has it; its names are a promise.
type file struct {
	Kind       string                      `json:"kind"`
	Version    int                         `json:"version"`
	Made       time.Time                   `json:"made"`
	Tenant     string                      `json:"tenant"`
	TenantName string                      `json:"tenant_name"`
	List       string                      `json:"list"`
	Settings   map[string]string           `json:"settings"`
	Counts     counts                      `json:"counts"`
	Domains    map[string]counts           `json:"domains"`
	Key        []byte                      `json:"key"`
	Rows       map[string]map[Does][]entry `json:"rows"`
}

// Encode writes the plan, in the one way that it is read. The rows are written one by one:
// encoding/json keeps all that it writes in memory, several times.
func (p *Plan) Encode(w io.Writer) error {
	f := file{
		Kind: kind, Version: version, Made: p.Made, Tenant: p.Tenant, TenantName: p.TenantName, List: p.List,
		Settings: p.Settings, Key: p.key, Rows: map[string]map[Does][]entry{},
	}
	f.Counts, f.Domains = p.count()
	var head bytes.Buffer
	if err := encode(&head, f); err != nil {
		return err
	}
	end := "}\n}\n"
	out := bufio.NewWriter(w)
	_, _ = out.Write(bytes.TrimSuffix(head.Bytes(), []byte(end))) // Flush tells what went wrong
	for i, domain := range slices.Sorted(maps.Keys(p.rows)) {
		var name bytes.Buffer
		if err := encode(&name, domain); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s\n    %s: {", comma(i), bytes.TrimSuffix(name.Bytes(), []byte("\n")))
		for i, does := range slices.Sorted(maps.Keys(p.rows[domain])) {
			entries := p.rows[domain][does]
			slices.SortFunc(entries, byHash)
			_, _ = fmt.Fprintf(out, "%s\n      %q: [", comma(i), string(does))
			for i, e := range entries {
				said, err := json.Marshal(e)
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(out, "%s\n        %s", comma(i), said)
			}
			_, _ = out.WriteString("\n      ]")
		}
		_, _ = out.WriteString("\n    }")
	}
	if len(p.rows) > 0 {
		_, _ = out.WriteString("\n  ")
	}
	_, _ = out.WriteString(end)
	return out.Flush()
}

// comma is what stands between the elements of JSON, before the i-th one.
func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// encode writes JSON as people read it.
func encode(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// Write writes the plan to a file, whole or not at all.
func (p *Plan) Write(path string) error { return durable.Replace(path, p.Encode) }

// The reasons why a file is not read.
var (
	ErrForeign = errors.New("it is not a plan of guestlist, or only a part of one")
	ErrNewer   = errors.New("it was made by a later version of guestlist")
	// ErrEdited is a plan that guestlist would have written otherwise: the counts that
	// people read may not be those of its rows.
	ErrEdited = errors.New("it was changed by hand: what it says of itself is not what its rows say")
)

// maxFile is far more than the plan of a million rows has.
const maxFile = 1 << 28

// Open reads the plan of a file.
func Open(path string) (*Plan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	content := make([]byte, min(info.Size(), maxFile))
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, err
	}
	p, err := Read(content)
	if err != nil {
		return nil, err
	}
	p.Path = path
	return p, nil
}

// Read reads a plan. Line ends may be those of Windows, since git changes them; otherwise
// only what [Plan.Encode] writes is taken. A key that stands there twice, or in other
// letters, would show people something else than it does.
func Read(content []byte) (*Plan, error) {
	if bytes.Contains(content, []byte("\r\n")) {
		content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	}
	var f file
	switch err := json.Unmarshal(content, &f); {
	case f.Kind != kind || f.Version < 1:
		return nil, ErrForeign
	case f.Version > version:
		return nil, ErrNewer
	case err != nil:
		return nil, ErrForeign
	}
	sum := sha256.Sum256(content)
	p := &Plan{
		Made: f.Made, Tenant: f.Tenant, TenantName: f.TenantName, List: f.List, Settings: f.Settings,
		key: f.Key, rows: f.Rows, named: make(map[string]bool), sum: hex.EncodeToString(sum[:]),
	}
	if !p.isSound() {
		return nil, ErrEdited
	}
	same := comparing{content}
	if err := p.Encode(&same); err != nil || len(same.left) > 0 {
		return nil, ErrEdited
	}
	return p, nil
}

// comparing is a writer that takes only what it has.
type comparing struct{ left []byte }

func (c *comparing) Write(b []byte) (int, error) {
	rest, same := bytes.CutPrefix(c.left, b)
	if !same {
		return 0, ErrEdited
	}
	c.left = rest
	return len(b), nil
}

// isSound reports whether all can be believed that people read in the plan, but for the
// counts, which are made anew. It notes the addresses.
func (p *Plan) isSound() bool {
	if len(p.key) != sha256.Size || p.Tenant == "" || !areReadable(p.Tenant, p.TenantName, p.List) {
		return false
	}
	for name, value := range p.Settings {
		if !areReadable(name) || text.Block(value) != value {
			return false
		}
	}
	unnamed := false
	for domain, rows := range p.rows {
		if !areReadable(domain) || len(rows) == 0 {
			return false
		}
		for does, entries := range rows {
			if !slices.Contains(all(), does) || len(entries) == 0 {
				return false
			}
			for i, e := range entries {
				if i > 0 && byHash(entries[i-1], e) >= 0 {
					return false
				}
				if e.address == "" {
					unnamed = true
					continue
				}
				if !areReadable(e.address) || domainOf(e.address) != domain || p.named[e.address] {
					return false
				}
				p.named[e.address] = true
			}
			rows[does] = slices.Clone(entries) // JSON leaves room for more
		}
	}
	return len(p.named) == 0 || !unnamed
}

// areReadable reports whether people see texts as they are.
func areReadable(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return text.Line(s) != s })
}

// Differences name the settings that a run has otherwise than the plan, in words.
func (p *Plan) Differences(settings map[string]string) []string {
	var said []string
	names := slices.Sorted(maps.Keys(settings))
	for name := range p.Settings {
		if _, known := settings[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		planned, now := p.Settings[name], settings[name]
		if planned != now {
			said = append(said, fmt.Sprintf("--%s is %s, and %s in the plan", name, shown(now), shown(planned)))
		}
	}
	return said
}

// shown is a setting in a sentence.
func shown(value string) string {
	if value == "" {
		return "not set"
	}
	return strconv.Quote(text.Line(text.Truncate(value, 60)))
}
