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
// since; anything else is refused with a [*FolderError], before anything is
// written. A heading that the list does not have is a [*HeadingError], a
// template that fails for one of the packs a [*TemplateError]; a cancelled ctx
// ends it with the context's cause.
//
// All records are held in memory, about 1 KB for each.
func Write(ctx context.Context, folder string, opt Options, r report.Results) (Index, error) {
	home, err := openHome(folder)
	if err != nil {
		return Index{}, err
	}
	if !opt.OnlyNew {
		if err := home.untouched(); err != nil {
			return Index{}, err
		}
	}
	packs, err := gather(ctx, opt, r, home.ledger.Handed)
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
		index.Folder = home.path
		return index, nil
	}
	return home.add(ctx, hand{opt: opt, summary: r.Summary, packs: packs}, index)
}
