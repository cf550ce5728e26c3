// Package handoff splits results into packs, one for each value of a column of the
// list: each account manager gets a workbook, a draft email and texts to paste into
// a chat, with their own guests in them and no one else's. People read "package" for
// a pack.
//
// [Write] makes a whole folder or none. Beside the packs it contains index.xlsx,
// which says what went where, and handoff.json, which remembers who was handed
// which link, so that the next hand-off can leave them out. Only their owner can
// read the files: a redeem URL is as good as an invitation.
package handoff

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"guestlist/batch"
	"guestlist/internal/text"
	"guestlist/report"
)

// Options say how results are split and what goes into a pack.
type Options struct {
	// By is the heading of the column that has a pack for each of its values. It
	// is found as [text.FindHeading] does it.
	By string
	// ToHeading is the heading of the column that holds the email address of a
	// pack's owner, "" for none. Without it the value itself is taken if it is an
	// address. A pack whose rows name different addresses has none.
	ToHeading string
	// Without are the headings of columns that the workbooks do not have.
	Without []string
	// Header says which of the list's columns hold the guest's address and name.
	Header batch.Header
	// Template holds the texts; the zero Template is the default one.
	Template Template
	// Letters are in the place of the template's blocks for guests: each for those of its
	// language, the one without a language for all others.
	Letters []text.Letter
	// GuestMail makes one draft for each guest, with a copy to the pack's owner,
	// instead of one for the owner.
	GuestMail bool
	// Only leaves out all other guests, "" for none.
	Only Only
	// Others are the folders of further hand-offs of the same results, as far as they are
	// there: who is in their packs is known as for earlier hand-offs into the folder itself.
	Others []string
	// Apart are further folders of hand-offs of the same results: whom they have is known,
	// and is not left out by OnlyNew.
	Apart []string
	// OnlyNew leaves out the guests of earlier hand-offs.
	// What is in the folder stays: the new packs get a folder of their own inside,
	// named after At.
	OnlyNew bool
	// Emailed are the guests whom Microsoft has emailed their invitation.
	Emailed batch.ByAddress[bool]
	// MyApps is the address of the tenant's apps, "" where it is not known: people who
	// were in the tenant before get it instead of a link.
	MyApps string
	// Redact leaves out the links everywhere.
	Redact bool
	// Batch is what the batch of the results is known by wherever they are moved, "" where
	// that is not known. Packs of another batch are not replaced, nor added to.
	Batch string
	// Results is the path of the results, whose file name the folder remembers, and Flags are
	// those of the command that makes these packs anew.
	Results string
	Flags   map[string][]string
	// At is the time of the hand-off, which names its folder with OnlyNew.
	At time.Time
	// Progress is told now and then how far it is: how many rows have been read, of 0, and
	// then how many guests are in their packs, of how many. It may be nil.
	Progress func(done, total int)
}

// progress tells how far the hand-off is.
func (opt Options) progress(done, total int) {
	if opt.Progress != nil {
		opt.Progress(done, total)
	}
}

// bounds are how much goes into one draft and its files at most.
type bounds struct {
	// guests of a part, bytes of its draft.
	guests, bytes int
}

// usualBounds are such that a draft gets through: an Exchange server takes 10 MB unless it
// was told otherwise, other services 20 to 35. A guest takes about a kilobyte.
func usualBounds() bounds { return bounds{guests: 5000, bytes: 10 << 20} }

// Write makes the packs in a folder, which appears whole or not at all. An earlier
// hand-off there is replaced if nothing in it was changed or added since; anything
// else is refused with a [*report.FileError], before anything is written. A heading
// that the list does not have is a [*selection.UnknownHeadingError] or a [*ToHeadingError], a template that
// fails for one of the packs a [*TemplateError], Only where it is not known who has
// accepted an [*UnreadError]; a cancelled ctx ends Write with the context's cause.
//
// Where there are no guests, the packs of an earlier hand-off go all the same: their links
// are for no one any more. Without any, nothing is written.
//
// The guests are kept on disk meanwhile, but for those of the packs that are being
// written: memory grows by some 50 bytes for each, and by as much again for each guest of
// earlier hand-offs in the folder.
func Write(ctx context.Context, path string, opt Options, r report.Results) (Index, error) {
	return write(ctx, path, opt, usualBounds(), r)
}

func write(ctx context.Context, path string, opt Options, most bounds, r report.Results) (_ Index, err error) {
	earlier := newHanded()
	folder, err := openFolder(path, earlier)
	if err != nil {
		return Index{}, err
	}
	if err := folder.refuseOther(opt); err != nil {
		return Index{}, err
	}
	if !opt.OnlyNew {
		if err := folder.refuseModified(folder.path); err != nil {
			return Index{}, err
		}
	}
	if opt.Template, err = opt.Template.orDefault(); err != nil {
		return Index{}, err
	}
	g, err := newGatherer(ctx, opt, r)
	if err != nil {
		return Index{}, err
	}
	if opt.Template.letters, err = opt.letters(g.columns); err != nil {
		return Index{}, err
	}
	s, err := newStage(filepath.Dir(folder.path))
	if err != nil {
		return Index{}, folder.explain(err)
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	g.earlier, g.apart, g.guests, g.ledger = earlier, newHanded(), s.guests, s.ledger
	if folder.ledger.Kind != "" {
		g.ledger.guests = make(map[addressSum]bool)
	}
	if err := errors.Join(earlier.addFolders(opt.Others), g.apart.addFolders(opt.Apart)); err != nil {
		return Index{}, err
	}
	packs, err := g.gather(ctx, r.Records)
	if err != nil {
		return Index{}, folder.explain(err)
	}
	if err := opt.checkLetters(packs, s.guests); err != nil {
		return Index{}, err
	}
	index := indexOf(packs)
	index.Addressed = g.addressed()
	index.Unlettered = opt.unlettered(packs)
	index.Replaces = !opt.OnlyNew && folder.hasPacks()
	if opt.OnlyNew && index.Served() == 0 || len(packs) == 0 && !index.Replaces {
		index.Folder = folder.path
		return index, nil
	}
	return folder.publish(ctx, s, writer{opt: opt, most: most, facts: r.Summary, packs: packs}, index)
}

// The files beside the packs.
const (
	indexName  = "index.xlsx"
	ledgerName = "handoff.json"
)

// Index says what went where.
type Index struct {
	// Folder holds the packs.
	Folder string
	// Packs are sorted by value. With Options.OnlyNew, those without new guests
	// have no Name and are not in Folder.
	Packs []Pack
	// LeftOut counts the guests of earlier hand-offs, also those of packs that are
	// not made because they have no new guests.
	LeftOut int
	// Unlettered counts the guests with a link for whose language there is no letter, where
	// there are letters.
	Unlettered int
	// Addressed are the columns with email addresses of others than the guests.
	Addressed []string
	// Replaces says that the packs of an earlier hand-off were in the folder, and are not
	// any more.
	Replaces bool
}

// Pack is what was made for one value.
type Pack struct {
	// By is the heading of the column, Value the value in it, "" for the rows that
	// have none.
	By, Value string
	// Name is the pack's folder and the name of its files.
	Name string
	// To is the address of its owner, "" if none is known; then Note says why.
	To, Note string
	// Links counts the guests with a link (which the files leave out with
	// Options.Redact), Ready those who need none, Waiting those who have none yet,
	// LeftOut those of earlier hand-offs.
	Links, Ready, Waiting, LeftOut int
	// Earlier counts the guests who are in an earlier package, with their link if they need
	// one: those that are left out, and those that are in this one as well.
	Earlier int
	// Parts is how many drafts its owner gets, each with its own workbook and messages: 1
	// unless the guests are too many for one email.
	Parts int
	// Files are its files, relative to Index.Folder, with slashes.
	Files []string
}

// Served counts the guests of all packs that this hand-off serves.
func (x Index) Served() int {
	n := 0
	for _, p := range x.Packs {
		n += p.Links + p.Ready
	}
	return n
}

// Links counts the guests with a link in all packs.
func (x Index) Links() int {
	n := 0
	for _, p := range x.Packs {
		n += p.Links
	}
	return n
}

// indexOf is the index before anything is written.
func indexOf(packs []pack) Index {
	var x Index
	for _, p := range packs {
		x.Packs = append(x.Packs, p.Pack)
		x.LeftOut += p.LeftOut
	}
	return x
}
