// Package handoff splits results into packs, one for each value of a column of
// the list: each account manager gets a workbook, a draft mail and texts to
// paste into a chat, with their own guests in them and nobody else's.
//
// [Write] makes a whole folder or none. Beside the packs it holds index.xlsx,
// which says what went where, and handoff.json, which remembers who was handed
// which link, so that the next hand-off can leave them out. Files are readable
// by their owner only: a redeem URL is as good as an invitation.
package handoff

import (
	"context"
	"time"

	"guestlist/batch"
	"guestlist/report"
)

// Options say how results are split and what goes into a pack.
type Options struct {
	// By is the heading of the column that has a pack for each of its values.
	// It is compared without case, spaces, dashes and underscores.
	By string
	// ToHeading is the heading of the column that holds the mail address of a
	// pack's owner, "" for none. Without it the value itself is taken where it
	// is an address. A pack whose rows name different addresses has none.
	ToHeading string
	// Fields are the positions of the guest's fields in the list's columns, as
	// in [batch.Header].
	Fields map[batch.Field]int
	// Template holds the texts; the zero Template is the default one.
	Template Template
	// GuestMail makes one draft for each guest, with a copy to the pack's owner,
	// instead of one for the owner.
	GuestMail bool
	// OnlyNew leaves out whom an earlier hand-off into the same folder served.
	// What is in the folder stays: the new packs come into a folder of their
	// own inside, named after At.
	OnlyNew bool
	// Redact leaves out the links everywhere.
	Redact bool
	// At is the time of the hand-off, which names its folder with OnlyNew.
	At time.Time
}

// Write makes the packs in folder, which appears whole or not at all. An
// earlier hand-off there is replaced when nothing in it was changed or added
// since; anything else is refused with a [*report.FileError], before anything is
// written. A heading that the list does not have is a [*HeadingError], a
// template that fails for one of the packs a [*TemplateError]; a cancelled ctx
// ends it with the context's cause.
//
// All records are held in memory, about 1 KB for each.
func Write(ctx context.Context, path string, opt Options, r report.Results) (Index, error) {
	folder, err := openFolder(path)
	if err != nil {
		return Index{}, err
	}
	if !opt.OnlyNew {
		if err := folder.refuseModified(); err != nil {
			return Index{}, err
		}
	}
	packs, err := gather(ctx, opt, r, folder.ledger.Handed)
	if err != nil {
		return Index{}, err
	}
	if opt.Template, err = opt.Template.orDefault(); err != nil {
		return Index{}, err
	}
	if err := opt.try(ctx, packs); err != nil {
		return Index{}, err
	}
	index := indexOf(packs)
	if opt.OnlyNew && index.Served() == 0 {
		index.Folder = folder.path
		return index, nil
	}
	return folder.publish(ctx, writer{opt: opt, facts: r.Summary, packs: packs}, index)
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
	// Packs are sorted by value. With Options.OnlyNew there are some without
	// anybody new: they have no Name and are not in Folder.
	Packs []Pack
	// LeftOut counts guests whom an earlier hand-off served, also those whose
	// packs are not made for want of anybody new.
	LeftOut int
}

// Pack is what one value got.
type Pack struct {
	// By is the heading of the column, Value what stands below it, "" for the
	// rows that have none.
	By, Value string
	// Name is the pack's folder and the name of its files.
	Name string
	// To is the address of its owner, "" where none is known; Note says why.
	To, Note string
	// Links counts guests with a link (left out of the files with
	// Options.Redact), Ready those who need none, Waiting those who have none
	// yet, LeftOut those whom an earlier hand-off served.
	Links, Ready, Waiting, LeftOut int
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

// counted is what the index says of the pack.
func (p pack) counted() Pack {
	p.Links, p.Ready, p.Waiting, p.LeftOut = len(p.linked), len(p.ready), len(p.waiting), len(p.leftOut)
	return p.Pack
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
