package handoff

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// Guest is what templates see of a row.
type Guest struct {
	// DisplayName is the guest's name, EmailAddress the address they sign in
	// with; either may be "".
	DisplayName, EmailAddress string
	// Status says in plain words where the invitation is, Reason why there is no
	// link, "" where there is one and no earlier one.
	Status, Reason string
	// Replaces says that an earlier hand-off had another link of the guest, which works no
	// more; Ended says so of a guest who has no new one.
	Replaces, Ended bool
	// Emailed says that Microsoft has emailed the guest this invitation.
	Emailed bool
	// By is the heading of the column that the packs go by, Value the pack's value.
	By, Value string
	// Company is who invites: the name of the tenant. Inviter and InviterAddress are the
	// person who does, the owner of the pack. Each is "" where it is not known.
	Company, Inviter, InviterAddress string
	// Language is the tag of the guest's language, "" where neither the row nor the run
	// names one.
	Language string
	// Redacted says that links are left out, Sandbox that no one was invited, Pending that the
	// package has only guests who were invited before and have not accepted.
	Redacted, Sandbox, Pending bool

	columns, cells []string
	// line is the row's in the list, 0 for one that has left it.
	line int
	link secret.Text
	// myApps is what MyApps returns.
	myApps    string
	invitedAt time.Time
	// packedAt is when the earlier package was made that has the guest already, zero for none.
	packedAt time.Time
}

// keptGuest is a guest on disk, without what all guests of a pack have alike.
type keptGuest struct {
	DisplayName, EmailAddress, Status, Reason, Language string

	Cells     []string
	Line      int
	Link      string
	Replaces  bool
	Ended     bool
	Emailed   bool
	MyApps    string
	InvitedAt time.Time
	PackedAt  time.Time
}

func (g Guest) kept() keptGuest {
	return keptGuest{
		DisplayName: g.DisplayName, EmailAddress: g.EmailAddress, Status: g.Status, Reason: g.Reason, Language: g.Language,
		Cells: g.cells, Line: g.line, Link: g.Link(), Replaces: g.Replaces, Ended: g.Ended, Emailed: g.Emailed, MyApps: g.myApps, InvitedAt: g.invitedAt, PackedAt: g.packedAt,
	}
}

// guest is the guest again, in a pack.
func (k keptGuest) guest(p *pack) Guest {
	return Guest{
		DisplayName: k.DisplayName, EmailAddress: k.EmailAddress, Status: k.Status, Reason: k.Reason, Language: k.Language,
		By: p.By, Value: p.title(), Company: p.company, Inviter: p.inviter, InviterAddress: p.To, Redacted: p.redacted, Sandbox: p.sandbox, Pending: p.pending,
		columns: p.columns, cells: k.Cells, line: k.Line, link: secret.New(k.Link), Replaces: k.Replaces, Ended: k.Ended, Emailed: k.Emailed, myApps: k.MyApps, invitedAt: k.InvitedAt, packedAt: k.PackedAt,
	}
}

// Link is the guest's redeem URL, "" where there is none or links are left out.
func (g Guest) Link() string { return g.link.Reveal() }

// MyApps is where a guest who was in the tenant before and has accepted finds their
// apps: what they get instead of a link. It is "" for others, and where it is not known.
func (g Guest) MyApps() string { return g.myApps }

// InvitedAt is when the guest was invited, UTC; zero for others.
func (g Guest) InvitedAt() time.Time { return g.invitedAt }

// Person is name and address in a line: Maren Oud <maren@contoso.example>.
func (g Guest) Person() string {
	switch {
	case g.EmailAddress == "":
		return g.DisplayName
	case g.DisplayName == "":
		return g.EmailAddress
	default:
		return g.DisplayName + " <" + g.EmailAddress + ">"
	}
}

// Greeting is the name to greet the guest with, "" without one: "Oud, Maren" is
// greeted as Maren Oud.
func (g Guest) Greeting() string { return text.Greeting(g.DisplayName) }

// Columns are the guest's cells by heading: {{index .Columns "Project"}}. Of equal
// headings the first counts.
func (g Guest) Columns() map[string]string {
	cells := make(map[string]string, len(g.columns))
	layout := results.LayoutOf(g.columns)
	for at, heading := range slices.Backward(g.columns) {
		if !isResult(layout, heading) {
			cells[heading] = shownCell(cell(g.cells, at))
		}
	}
	return cells
}

// headings are the keys of Columns, in the order of the list.
func (g Guest) headings() []string {
	layout := results.LayoutOf(g.columns)
	return slices.DeleteFunc(slices.Clone(g.columns), func(heading string) bool { return isResult(layout, heading) })
}

// isResult finds the columns of a results workbook: they hold links. Links that came
// with the list are left out as well: it is not known whose they are.
func isResult(layout results.Layout, heading string) bool {
	_, ours := layout.Column(heading)
	own, _ := results.Column(results.Original(heading))
	return ours || own == results.ColumnRedeemURL
}

// errNoColumn says that a template names a heading that the list lacks.
var errNoColumn = errors.New("the list has no such column")

// columnCell is index for templates. Headings compare as everywhere, and one that
// does not exist is an error: the index of the template packages would give "",
// and a message with a hole in it is worse.
func columnCell(columns map[string]string, heading string) (string, error) {
	if content, ok := columns[heading]; ok {
		return content, nil
	}
	headings := slices.Sorted(maps.Keys(columns))
	if at := text.FindHeading(headings, heading); at >= 0 {
		return columns[headings[at]], nil
	}
	return "", fmt.Errorf("%w: %q", errNoColumn, heading)
}

// cell is one of a row's cells without the invisible characters around it, "" where the
// row has none.
func cell(cells []string, at int) string {
	if at < 0 || at >= len(cells) {
		return ""
	}
	return text.Trim(cells[at])
}

// shownCell is a cell of the list as it may be shown: one line, or a block where it
// has several.
func shownCell(content string) string {
	if strings.ContainsAny(content, "\r\n") {
		return text.Block(content)
	}
	return text.Line(content)
}

// completed is Graph's word for an invitation that was accepted already.
// Source: learn.microsoft.com/graph/api/resources/invitation.
const completed = "Completed"

// maxReason is the longest reason in bytes: Graph's own texts may be whole pages.
const maxReason = 400

// need says what a guest needs.
type need int

const (
	// needsLink: invited, and the link is to be handed out.
	needsLink need = iota
	// needsNothing: the guest has accepted already.
	needsNothing
	// mustWait: there is nothing to hand out, or nothing that surely works.
	mustWait
)

func needOf(rec batch.Record) need {
	switch {
	case hasAccess(rec):
		return needsNothing
	case rec.Outcome.LinkState() == batch.LinkLive && !hasLeft(rec) && !rec.Guest.IsGone():
		return needsLink
	default:
		return mustWait
	}
}

// hasAccess reports whether the guest has accepted, or is a member.
func hasAccess(rec batch.Record) bool {
	o := rec.Outcome
	if rec.Guest.State == batch.GuestAccepted {
		return true
	}
	return o.Status == batch.Existing && (o.Existing == batch.ExistingAccepted || o.Existing == batch.ExistingMember) ||
		o.Status == batch.Invited && o.InvitationStatus == completed
}

// hasLeft reports whether the row was taken out of the list or the results after the invitation, or its
// address corrected: the link may be that of a wrong person.
func hasLeft(rec batch.Record) bool { return rec.Line == 0 }

// objectID is how Graph names an account that exists. It means nothing to people
// who hand out links.
var objectID = regexp.MustCompile(`(?i) as object ?ID:? [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// statusText says where a row is and, where there is no link, why.
func statusText(rec batch.Record) (status, reason string) {
	o := rec.Outcome
	reason = text.Truncate(objectID.ReplaceAllString(text.Line(o.Error), ""), maxReason)
	switch o.Status {
	case batch.Invited:
		if hasLeft(rec) && o.LinkState() == batch.LinkLive && !hasAccess(rec) {
			return saysLeft, "The row was taken out of the list or the results after the invitation, or its address was corrected, so the link is left out."
		}
		return invitedText(rec)
	case batch.Failed:
		return saysNotInvited, cmp.Or(reason, "The invitation was refused.")
	case batch.Invalid:
		return saysNotInvited, "The list has to be corrected first: " + cmp.Or(reason, "the row cannot be sent")
	case batch.Duplicate:
		if o.SameGuest() {
			return saysTwice, strings.TrimSpace(reason + " Only the link of that row works.")
		}
		return saysTwice, "The same address is already in an earlier row of the list and is invited once, with that row."
	case batch.Unconfirmed:
		return saysNotCertain, "It is not known yet whether the invitation was sent."
	case batch.Existing:
		return existingText(rec)
	case batch.Removed:
		return "Removed", "The guest is not in the tenant any more."
	case batch.Pending:
	}
	return saysNotInvitedYet, "The invitation has not been sent yet."
}

func invitedText(rec batch.Record) (status, reason string) {
	o := rec.Outcome
	switch rec.Guest.State {
	case batch.GuestDeleted:
		return "Deleted", "The tenant does not show the guest any more" + asOf(rec.Guest) + "."
	case batch.GuestNeverCame:
		return "Never came", "Microsoft took the invitation and never created the guest; they have to be invited again."
	case batch.GuestNotAccepted, batch.GuestAccepted, batch.GuestNotShown, batch.GuestNotKnown, "":
	}
	if hasAccess(rec) {
		return saysHasAccess, accepted(rec.Guest, "The invitation has been accepted") + "; no link is needed."
	}
	switch o.LinkState() {
	case batch.LinkMissing:
		if results.LinkLeftOut(o) || results.LinkLost(o) {
			return saysNoLink, text.Line(o.Advice)
		}
		return saysNoLink, "The link was not recorded. If the guest got an email from Microsoft, the link in it works; otherwise they have to be invited again."
	case batch.LinkUncertain:
		return saysUncertain, cmp.Or(text.Line(o.Advice), "Another invitation of this guest may have ended the link, so it is left out.")
	case batch.LinkReplaced:
		return saysAgain, cmp.Or(text.Line(o.Advice), "A newer invitation of this guest ended the link, so it is left out.")
	case batch.LinkLive:
	}
	if rec.Guest.State == batch.GuestNotAccepted {
		return "Not accepted" + asOf(rec.Guest), ""
	}
	return "Invited", ""
}

// accepted adds to a sentence when the guest accepted, where that is known.
func accepted(g batch.GuestReading, sentence string) string {
	if at := g.AcceptedAt(); !at.IsZero() {
		return sentence + " on " + at.Format(time.DateOnly)
	}
	return sentence
}

// asOf says when the directory was read.
func asOf(g batch.GuestReading) string { return " as of " + g.At.UTC().Format(time.DateOnly) }

func existingText(rec batch.Record) (status, reason string) {
	switch rec.Outcome.Existing {
	case batch.ExistingAccepted:
		return saysHasAccess, accepted(rec.Guest, "The guest has accepted an invitation before") + "; no link is needed."
	case batch.ExistingMember:
		return saysHasAccess, "They have an account of the tenant; no link is needed."
	case batch.ExistingPending:
		return saysBefore, "The guest has not accepted an earlier invitation yet; its link is with those who sent it."
	case batch.ExistingDisabled:
		return saysBlocked, "The guest has an account in the tenant, and it is disabled."
	case batch.ExistingUnknown:
	}
	return saysThere, "The guest was in the tenant before and needs no invitation."
}
