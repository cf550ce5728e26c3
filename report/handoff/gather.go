package handoff

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/text"
	"guestlist/report"
)

// checkRows is how many rows are read between two looks at the context.
const checkRows = 1000

// pack is all that goes to one value.
type pack struct {
	Pack

	// linked have a link, ready need none, waiting have none yet; leftOut were
	// served by an earlier hand-off. All in the order of the list.
	linked, ready, waiting, leftOut []Guest
	redacted, sandbox               bool
	// columns are those of the list, name and email positions in them, -1 for none.
	columns     []string
	name, email int
}

// gatherer sorts records into packs.
type gatherer struct {
	opt     Options
	sandbox bool
	columns []string
	// by, to, name and email are positions in the columns, -1 for none.
	by, to, name, email int
	// served are those whom earlier hand-offs served, by address.
	served map[string]entry
	packs  map[string]*openPack
}

// openPack is a pack whose rows still come.
type openPack struct {
	pack

	spelled spellings
	// to are the different addresses that its rows name for the owner.
	to []string
}

// gather reads the records and returns the packs, sorted by value. A pack in
// which an earlier hand-off left nothing has no guests but those left out.
func gather(ctx context.Context, opt Options, r report.Results, served map[string]entry) ([]pack, error) {
	g, err := newGatherer(opt, r, served)
	if err != nil {
		return nil, err
	}
	err = report.Each(ctx, r.Records, func(rec batch.Record) error {
		g.add(rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return g.finish(), nil
}

func newGatherer(opt Options, r report.Results, served map[string]entry) (*gatherer, error) {
	g := &gatherer{
		opt: opt, sandbox: r.Summary.Sandbox, columns: r.Columns, to: -1,
		name: position(opt.Fields, batch.Name), email: position(opt.Fields, batch.Email),
		packs: make(map[string]*openPack),
	}
	if opt.OnlyNew {
		g.served = served
	}
	var err error
	if g.by, err = findHeading(r.Columns, opt.By); err != nil {
		return nil, err
	}
	if opt.ToHeading != "" {
		g.to, err = findHeading(r.Columns, opt.ToHeading)
	}
	return g, err
}

func position(fields map[batch.Field]int, f batch.Field) int {
	if at, ok := fields[f]; ok {
		return at
	}
	return -1
}

// add puts a record into its pack.
func (g *gatherer) add(rec batch.Record) {
	rec.Cells = slices.Clone(rec.Cells) // the sequence may use the cells again
	value := normalizeValue(cell(rec, g.by))
	p := g.pack(value)
	p.spelled[value]++
	if to, ok := ownAddress(cell(rec, g.to)); ok && !slices.Contains(p.to, to) {
		p.to = append(p.to, to)
	}
	guest, stand := g.guest(rec), linkStateOf(rec.Outcome)
	switch earlier := g.served[rec.Outcome.Address]; {
	case stand == linkMissing:
		p.waiting = append(p.waiting, guest)
	case earlier.covers(guest.digest, g.opt.Redact):
		guest.Reason = "Handed out on " + earlier.At.Format(time.DateOnly)
		p.leftOut = append(p.leftOut, guest)
	case stand == linkNotNeeded:
		p.ready = append(p.ready, guest)
	default:
		p.linked = append(p.linked, guest)
	}
}

// pack returns the pack of a value.
func (g *gatherer) pack(value string) *openPack {
	key := groupKey(value)
	if g.packs[key] == nil {
		g.packs[key] = &openPack{spelled: make(spellings), pack: pack{
			redacted: g.opt.Redact, sandbox: g.sandbox, columns: g.columns, name: g.name, email: g.email,
		}}
	}
	return g.packs[key]
}

// mailbox is the address that was invited, since the list may have been mended,
// and the name that stands beside it in its cell.
func (g *gatherer) mailbox(rec batch.Record) (address, name string) {
	text := cell(rec, g.email)
	box, err := judge.ReadAddress(text)
	if err != nil {
		box = judge.Mailbox{Address: text}
	}
	if invited := rec.Outcome.Address; invited != "" && batch.Key(box.Address) != invited {
		return invited, ""
	}
	return box.Address, box.Name
}

// guest is a record as people see it. Only a guest who needs a link keeps it.
func (g *gatherer) guest(rec batch.Record) Guest {
	address, beside := g.mailbox(rec)
	status, reason := statusText(rec.Outcome)
	digest := ""
	if linkStateOf(rec.Outcome) == linkDue {
		digest = digestOf(rec.Outcome.RedeemURL.Reveal())
	}
	if digest == "" || g.opt.Redact {
		rec.Outcome.RedeemURL = batch.Outcome{}.RedeemURL
	}
	if digest != "" && g.opt.Redact {
		reason = "The link is sent separately."
	}
	return Guest{
		DisplayName: text.Line(cmp.Or(strings.TrimSpace(cell(rec, g.name)), beside)), EmailAddress: text.Line(address),
		Status: status, Reason: reason, Redacted: g.opt.Redact, Sandbox: g.sandbox,
		columns: g.columns, record: rec, digest: digest,
	}
}

// finish names the packs.
func (g *gatherer) finish() []pack {
	names := newNamer(indexName, ledgerName)
	packs := make([]pack, 0, len(g.packs))
	for _, key := range slices.Sorted(maps.Keys(g.packs)) {
		p := g.packs[key]
		p.By, p.Value = text.Line(g.columns[g.by]), text.Line(p.spelled.best())
		p.Name = names.name(cmp.Or(p.Value, noValue))
		p.To, p.Note = g.owner(p)
		for _, guests := range [][]Guest{p.linked, p.ready, p.waiting, p.leftOut} {
			for i := range guests {
				guests[i].By, guests[i].Value = p.By, p.title()
			}
		}
		p.Pack = p.counted()
		if g.opt.OnlyNew && p.Links+p.Ready == 0 {
			p.Name, p.Note = "", "nobody new"
		}
		packs = append(packs, p.pack)
	}
	return packs
}

// noRecipient is the note of a pack without an address.
const noRecipient = "the draft has no recipient"

// owner returns the address of a pack's owner, or a note that says why there is
// none.
func (g *gatherer) owner(p *openPack) (to, note string) {
	if g.to < 0 {
		to, known := ownAddress(p.Value)
		if !known {
			return "", noRecipient
		}
		return to, ""
	}
	switch len(p.to) {
	case 1:
		return p.to[0], ""
	case 0:
		return "", noRecipient + ": no address below " + text.Line(g.columns[g.to])
	default:
		return "", noRecipient + ": different addresses below " + text.Line(g.columns[g.to]) + ": " + strings.Join(p.to, ", ")
	}
}

// ownAddress finds the mail address in a value, which may have a name before
// it: Maren Oud <maren@contoso.example>. Addresses that differ by case only
// come back the same.
func ownAddress(value string) (string, bool) {
	if !strings.Contains(value, "@") {
		return "", false
	}
	if named, err := mail.ParseAddress(value); err == nil {
		value = named.Address
	}
	address, err := judge.Address(value)
	return batch.Key(address), err == nil
}

// groupKey is what the spellings of one value have in common: two values that
// differ only by case, by spaces or by the way accents are encoded were typed
// for the same person, and get one pack. Nothing else is taken for the same:
// Weiß and Weiss are two.
func groupKey(value string) string { return strings.Map(foldCase, normalizeValue(value)) }

// normalizeValue is a value as people meant it: composed accents and single spaces.
func normalizeValue(value string) string {
	value = strings.Map(func(r rune) rune {
		if r == '\u200B' || r == '\uFEFF' { // spaces without width
			return ' '
		}
		return r
	}, value)
	return norm.NFC.String(strings.Join(strings.Fields(value), " "))
}

// foldCase returns the first of all characters that differ from r by case only.
func foldCase(r rune) rune {
	first := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		first = min(first, next)
	}
	return first
}

// spellings counts how a value is written.
type spellings map[string]int

// best returns the most frequent spelling, of equally frequent ones the first
// by characters, which has the capitals: it does not depend on the rows' order.
func (s spellings) best() string {
	best := ""
	for text, n := range s {
		if n > s[best] || (n == s[best] && text < best) {
			best = text
		}
	}
	return best
}

// HeadingError says that the list has no column of that name.
type HeadingError struct {
	// Heading is what was asked for.
	Heading string
	// Headings are those of the list, without the empty ones.
	Headings []string
}

// Error names the heading.
func (e *HeadingError) Error() string {
	return fmt.Sprintf("the list has no column %q", e.Heading)
}

// Hint lists the headings there are.
func (e *HeadingError) Hint() string {
	if len(e.Headings) == 0 {
		return "the list has no headings"
	}
	return "its columns are: " + strings.Join(e.Headings, ", ")
}

// findHeading returns the position of a column; a heading that is written the
// same way comes before one that only means the same.
func findHeading(columns []string, heading string) (int, error) {
	if at := slices.Index(columns, heading); at >= 0 && heading != "" {
		return at, nil
	}
	want := foldHeading(heading)
	for at, column := range columns {
		if want != "" && foldHeading(column) == want {
			return at, nil
		}
	}
	e := &HeadingError{Heading: heading}
	for _, column := range columns {
		if strings.TrimSpace(column) != "" {
			e.Headings = append(e.Headings, text.Line(column))
		}
	}
	return 0, e
}

// foldHeading is what two headings have in common when they mean the same
// column: no case, spaces, dashes, underscores and invisible characters.
func foldHeading(heading string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) {
			return -1
		}
		return unicode.ToLower(r)
	}, heading)
}
