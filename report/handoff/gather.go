package handoff

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/selection"
	"guestlist/internal/durable"
	"guestlist/internal/secret"
	"guestlist/internal/text"
	"guestlist/report"
)

// checkRows is how many rows are read between two looks at the context.
const checkRows = 1000

// pack is everything that goes to one value of the column. Its guests are on disk.
type pack struct {
	Pack

	// linked have a link to hand out, ready need none, waiting have none yet, and
	// leftOut were served by an earlier hand-off: where each is, in the order of the list.
	linked, ready, waiting, leftOut []int64
	redacted, sandbox, pending      bool
	// company is who invites, and inviter the person who does; "" where that is not known.
	company, inviter string
	// languages has the linked guests by their language.
	languages map[string]*speakers
	// columns are the headings of the list as people see them; name and email are
	// positions in them, -1 for none, and without those of columns that are left out.
	columns     []string
	name, email int
	without     []int
}

// speakers are the guests of a pack who have one language, and where the first of them is.
type speakers struct {
	guests int
	first  int64
}

// title is what people call the pack.
func (p *pack) title() string { return cmp.Or(p.Value, "(no "+p.By+")") }

// served is how many guests its files have.
func (p *pack) served() int { return len(p.linked) + len(p.ready) + len(p.waiting) }

// gatherer sorts records into packs.
type gatherer struct {
	opt     Options
	sandbox bool
	// company is who invites, language that of rows that name none.
	company, language string
	columns           []string
	// by, to and email are positions in the columns, -1 for none.
	by, to, email int
	// without are positions of columns that are left out.
	without []int
	// hasAddresses says of each column whether it has email addresses of others than the
	// guests.
	hasAddresses []bool
	// earlier knows the guests of earlier hand-offs, apart those of hand-offs that do not
	// count for OnlyNew.
	earlier, apart *handed
	guests         *durable.Records[keptGuest]
	ledger         *ledgerWriter
	packs          map[string]*openPack
}

// openPack is a pack that may still get rows.
type openPack struct {
	pack

	spelled text.Spellings
	// to are the different addresses that its rows name for the owner.
	to []string
}

// gather reads the records and returns the packs, sorted by value. A pack whose
// guests were all served by an earlier hand-off has no others.
func (g *gatherer) gather(ctx context.Context, records iter.Seq2[batch.Record, error]) ([]pack, error) {
	isRead, has, n := false, false, 0
	err := report.Each(ctx, records, func(rec batch.Record) error {
		if n++; n%checkRows == 0 {
			g.opt.progress(n, 0)
		}
		isRead = isRead || rec.Guest.State != ""
		takes := g.opt.Only.takes(rec)
		has = has || takes
		if !takes && !g.tellsOfRemoval(rec) {
			return nil
		}
		return g.add(rec)
	})
	if err != nil {
		return nil, err
	}
	asksState := g.opt.Only == OnlyPending || g.opt.Only == OnlyAccepted
	if asksState && !has && !isRead {
		return nil, &UnreadError{}
	}
	return g.finish(), nil
}

// tellsOfRemoval reports whether packages of those who wait to accept name somebody who was
// removed: a package had their link, and none has said since that it has ended.
func (g *gatherer) tellsOfRemoval(rec batch.Record) bool {
	if g.opt.Only != OnlyPending || rec.Outcome.Status != batch.Removed {
		return false
	}
	e := g.earlier.of(rec.Outcome.Address)
	return !e.Replaced && e.hasEnded(rec.Outcome)
}

func newGatherer(ctx context.Context, opt Options, r report.Results) (_ *gatherer, err error) {
	g := &gatherer{
		opt: opt, sandbox: r.Summary.Sandbox, company: text.Line(r.Summary.TenantName), language: r.Summary.Settings["language"], to: -1, email: position(opt.Header.Fields, batch.Email),
		packs: make(map[string]*openPack),
	}
	g.hasAddresses = make([]bool, len(r.Columns))
	for _, heading := range r.Columns {
		g.columns = append(g.columns, shownHeading(heading))
	}
	if g.by, err = findColumn(r.Columns, opt.By); err != nil {
		return nil, err
	}
	for _, heading := range opt.Without {
		at, err := findColumn(r.Columns, heading)
		if err != nil {
			return nil, err
		}
		for i, column := range r.Columns { // there may be several that are called so
			if i == at || text.HeadingKey(column) == text.HeadingKey(r.Columns[at]) {
				g.without = append(g.without, i)
			}
		}
	}
	if opt.ToHeading == "" {
		return g, nil
	}
	if g.to = text.FindHeading(r.Columns, opt.ToHeading); g.to < 0 {
		return nil, g.unknownRecipients(ctx, r.Records)
	}
	return g, nil
}

// ToHeadingError says that a list does not have the column with the addresses of those who
// get the packs.
type ToHeadingError struct {
	Heading string
	// Addressed are the columns with email addresses of others than the guests.
	Addressed []string
}

func (e *ToHeadingError) Error() string {
	return fmt.Sprintf("the list has no column %q", e.Heading)
}

// Hint offers columns with addresses alone.
func (e *ToHeadingError) Hint() string {
	if len(e.Addressed) == 0 {
		return "no column has addresses of others than the guests: add a column with their addresses to the results"
	}
	return "these columns have addresses: " + text.Quote(e.Addressed)
}

// unknownRecipients looks for the columns that may be meant.
func (g *gatherer) unknownRecipients(ctx context.Context, records iter.Seq2[batch.Record, error]) error {
	err := report.Each(ctx, records, func(rec batch.Record) error { g.findAddresses(rec); return nil })
	return cmp.Or(err, error(&ToHeadingError{Heading: g.opt.ToHeading, Addressed: g.addressed()}))
}

// findAddresses learns from a record which columns have addresses. Cells of an invalid row
// may be shifted, and the address the guest's own.
func (g *gatherer) findAddresses(rec batch.Record) {
	if rec.Outcome.Status == batch.Invalid {
		return
	}
	for i, has := range g.hasAddresses {
		if has || i == g.email || !strings.Contains(cell(rec.Cells, i), "@") {
			continue
		}
		address, ok := ownAddress(cell(rec.Cells, i))
		g.hasAddresses[i] = ok && address != batch.Key(g.address(rec))
	}
}

// addressed are the columns with addresses.
func (g *gatherer) addressed() (headings []string) {
	for i, has := range g.hasAddresses {
		if has {
			headings = append(headings, g.columns[i])
		}
	}
	return headings
}

// findColumn is the position of a heading that the operator has typed.
func findColumn(columns []string, heading string) (int, error) {
	at := text.FindHeading(columns, heading)
	if at < 0 || heading == "" {
		return 0, &selection.UnknownHeadingError{Heading: heading, Headings: columns}
	}
	return at, nil
}

// shownHeading is a heading without the characters that people do not see.
func shownHeading(heading string) string { return text.Trim(text.Line(norm.NFC.String(heading))) }

func position(fields map[batch.Field]int, f batch.Field) int {
	if at, ok := fields[f]; ok {
		return at
	}
	return -1
}

// add puts a record into its pack.
func (g *gatherer) add(rec batch.Record) error {
	value := text.Value(cell(rec.Cells, g.by))
	p := g.pack(value)
	p.spelled.Add(value)
	if to, ok := ownAddress(cell(rec.Cells, g.to)); ok && !slices.Contains(p.to, to) {
		p.to = append(p.to, to)
	}
	g.findAddresses(rec)
	guest, digest := g.guest(rec)
	need, earlier, into := needOf(rec), g.earlier.of(rec.Outcome.Address), &p.linked
	either := func(is func(entry) bool) bool { return is(earlier) || is(g.apart.of(rec.Outcome.Address)) }
	if need != mustWait && either(func(e entry) bool { return e.covers(digest, g.opt.Redact) }) {
		p.Earlier++
	}
	switch {
	case need == mustWait:
		into = &p.waiting
		if guest.Ended = either(func(e entry) bool { return e.hasEnded(rec.Outcome) }); guest.Ended {
			guest.Reason = strings.TrimSpace(guest.Reason + " " + endedReason)
		}
	case g.opt.OnlyNew && earlier.covers(digest, g.opt.Redact):
		guest.packedAt = earlier.At
		into = &p.leftOut
	case need == needsNothing:
		into = &p.ready
	case either(func(e entry) bool { return e.Link != "" && e.Link != digest }):
		guest.Replaces = true
		guest.Reason = strings.TrimSpace(guest.Reason + " " + replacesReason)
	}
	at, err := g.guests.Add(guest.kept())
	*into = append(*into, at)
	if into == &p.linked {
		if p.languages[guest.Language] == nil {
			p.languages[strings.Clone(guest.Language)] = &speakers{first: at}
		}
		p.languages[guest.Language].guests++
	}
	if err != nil || into == &p.waiting || into == &p.leftOut {
		return err
	}
	// A hand-off without links does not change that a link was handed out before.
	if g.opt.Redact && digest != "" && earlier.covers(digest, true) {
		return nil
	}
	return g.ledger.add(rec.Outcome.Address, entry{Link: digest, At: g.opt.At.UTC(), Withheld: g.opt.Redact && digest != ""})
}

// replacesReason is said of a link that is not the first of its guest.
const replacesReason = "It takes the place of the link that was handed out before, which does not work any more."

// endedReason is said of a guest without a link who had one.
const endedReason = "The link that was handed out before does not work any more."

// pack returns the pack of a value.
func (g *gatherer) pack(value string) *openPack {
	key := text.ValueKey(value)
	if g.packs[key] == nil {
		g.packs[key] = &openPack{spelled: make(text.Spellings), pack: pack{
			languages: make(map[string]*speakers), redacted: g.opt.Redact, sandbox: g.sandbox, pending: g.opt.Only == OnlyPending, company: g.company, columns: g.columns, name: position(g.opt.Header.Fields, batch.Name), email: g.email, without: g.without,
		}}
	}
	return g.packs[key]
}

// address is the one that was invited, because the list may have been corrected since.
func (g *gatherer) address(rec batch.Record) string {
	content := cell(rec.Cells, g.email)
	address, err := judge.Address(content)
	if err != nil {
		address = content
	}
	if invited := rec.Outcome.Address; invited != "" && batch.Key(address) != invited {
		return invited
	}
	return address
}

// guest is a record as people see it, with the name under which it was invited. Only a
// guest who needs the link keeps it; the digest stands for it, also where links are left
// out.
func (g *gatherer) guest(rec batch.Record) (guest Guest, digest string) {
	guest = Guest{
		DisplayName: text.Line(judge.GuestName(g.opt.Header, rec)), EmailAddress: text.Line(g.address(rec)),
		Language: cmp.Or(cell(rec.Cells, position(g.opt.Header.Fields, batch.Language)), g.language), cells: rec.Cells, line: rec.Line,
	}
	guest.Status, guest.Reason = statusText(rec)
	o := rec.Outcome
	if o.Status == batch.Invited {
		guest.invitedAt = o.At.UTC()
		guest.Emailed, _ = g.opt.Emailed.Get(o.Address)
	}
	if needOf(rec) == needsLink {
		digest = digestOf(o.RedeemURL.Reveal())
		if guest.link = o.RedeemURL; g.opt.Redact {
			guest.link, guest.Reason = secret.Text{}, "The link is sent separately."
		}
	}
	if o.HasGuest() && needOf(rec) == needsNothing {
		guest.myApps = g.opt.MyApps
	}
	return guest, digest
}

// finish names the packs.
func (g *gatherer) finish() []pack {
	names := newNamer(indexName, ledgerName)
	packs := make([]pack, 0, len(g.packs))
	for _, key := range slices.Sorted(maps.Keys(g.packs)) {
		p := g.packs[key]
		p.By, p.Value = g.columns[g.by], p.spelled.Best()
		p.Name = names.name(cmp.Or(p.Value, noValue))
		p.To, p.Note = g.owner(p)
		p.inviter = Mail{By: p.By, owner: p.Value}.Greeting()
		p.Links, p.Ready, p.Waiting, p.LeftOut = len(p.linked), len(p.ready), len(p.waiting), len(p.leftOut)
		if g.opt.OnlyNew && p.Links+p.Ready == 0 {
			p.Name, p.Note = "", "no new guests"
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
		return "", noRecipient + ": no address in the column " + g.columns[g.to]
	default:
		return "", noRecipient + ": different addresses in the column " + g.columns[g.to] + ": " + strings.Join(p.to, ", ")
	}
}

// ownAddress finds the email address in a cell, which may have a name before it:
// Maren Oud <maren@contoso.example>. Addresses that differ only by case come back
// the same.
func ownAddress(value string) (string, bool) {
	address, err := judge.Address(value)
	return batch.Key(address), err == nil
}
