package handoff

import (
	"cmp"
	"strings"

	"guestlist/batch"
)

// indexBook makes the workbook that says what went where.
func indexBook(scratch string, summary batch.RunFacts, packs []pack) ([]byte, error) {
	b, err := newBook(scratch, summary, "Hand-off")
	if err != nil {
		return nil, err
	}
	if err := b.write(packsTable(packs), nil); err != nil {
		return nil, err
	}
	if err := b.write(b.guestsTable(packs), nil); err != nil {
		return nil, err
	}
	return b.bytes()
}

// packsTable has a row for each pack.
func packsTable(packs []pack) table {
	by := "Pack"
	if len(packs) > 0 {
		by = packs[0].By
	}
	t := table{name: "Packs", headings: []string{by, "Folder", "Mail to", "Links", "Need no link", "No link yet", "Left out", "Files", "Note"}}
	for _, p := range packs {
		t.rows = append(t.rows, []any{
			p.title(), p.Name, p.To, p.Links, p.Ready, p.Waiting, p.LeftOut, filesOf(p.Pack), p.Note,
		})
	}
	return t
}

// filesOf names the files of a pack, of many the number.
func filesOf(p Pack) string {
	if len(p.Files) > 3 {
		return plural(len(p.Files), "file", "files")
	}
	var names []string
	for _, file := range p.Files {
		names = append(names, strings.TrimPrefix(file, p.Name+"/"))
	}
	return strings.Join(names, ", ")
}

// guestsTable has a row for each row of the results.
func (b *book) guestsTable(packs []pack) table {
	t := table{name: "Guests", headings: []string{"Name", "Address", "Pack", "What", "Why", "Source row"}}
	for _, p := range packs {
		handed := "Link handed out"
		if p.redacted {
			handed = "Named, link left out"
		}
		for _, part := range []struct {
			what   string
			guests []Guest
		}{{handed, p.linked}, {"Needs no link", p.ready}, {"No link yet", p.waiting}, {"Left out", p.leftOut}} {
			for _, g := range part.guests {
				t.rows = append(t.rows, []any{g.DisplayName, g.EmailAddress, cmp.Or(p.Name, p.title()), part.what, b.wrapped(why(g)), sourceRow(g)})
			}
		}
	}
	return t
}

// why is the reason together with the status, where there is one.
func why(g Guest) string {
	if g.Reason == "" {
		return ""
	}
	return g.Status + ": " + g.Reason
}

// sourceRow is the row's line in the list, nothing for a row that has left it.
func sourceRow(g Guest) any {
	if g.record.Line == 0 {
		return nil
	}
	return g.record.Line
}
