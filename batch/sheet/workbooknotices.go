package sheet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/batch/sheet/xlsx"
	"guestlist/internal/text"
)

// otherSheetsNotice names the sheets of a kind with guests after the one that was chosen.
// Those of a results workbook repeat it.
func otherSheetsNotice(kind string, names []string, chosen batch.Header) []string {
	_, isResults := results.FindLayout(chosen.Columns)
	switch {
	case isResults || len(names) == 0:
		return nil
	case len(names) == 1:
		return []string{fmt.Sprintf("The %s %s has guests as well, and is not read; choose it with --sheet.", kind, quoteAll(names))}
	}
	return []string{fmt.Sprintf("The %ss %s have guests as well, and are not read; choose one with --sheet.", kind, quoteAll(names))}
}

// hiddenRowsNotice counts the rows that people do not see.
func hiddenRowsNotice(meta *xlsx.Meta) []string {
	are := "they are"
	if meta.HiddenRows == 1 {
		are = "it is"
	}
	switch rows := text.Plural(meta.HiddenRows, "row"); {
	case meta.HiddenRows == 0:
		return nil
	case meta.Filtered:
		return []string{fmt.Sprintf("A filter hides %s; %s part of the list.", rows, are)}
	case meta.HiddenRows == 1:
		return []string{fmt.Sprintf("%s of the sheet is hidden; it is part of the list.", rows)}
	default:
		return []string{fmt.Sprintf("%s of the sheet are hidden; they are part of the list.", rows)}
	}
}

// hiddenColumnsNotice names the hidden columns that hold a field.
func hiddenColumnsNotice(h batch.Header, meta *xlsx.Meta) []string {
	var names []string
	for _, f := range batch.Fields() {
		if at, ok := h.Fields[f]; ok && meta.HidesColumn(at+1) {
			names = append(names, columnAndPlace(h.Columns, at))
		}
	}
	switch len(names) {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("The column %s is hidden; it is still read.", names[0])}
	}
	return []string{fmt.Sprintf("The columns %s are hidden; they are still read.", strings.Join(names, ", "))}
}

// verb is the form of a verb that goes with a count.
func verb(count int, one, many string) string {
	if count == 1 {
		return one
	}
	return many
}

// struckNotice counts the rows whose address is struck through.
func struckNotice(struck xlsx.Rows) []string {
	switch struck.Count {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("In row %d the address is struck through, but the row is still read. Delete it if this guest should not be invited.", struck.First)}
	}
	return []string{fmt.Sprintf("In %d rows the address is struck through, first in row %d, but they are still read. Delete them if these guests should not be invited.",
		struck.Count, struck.First)}
}

// noResultNotices tell of columns that no field uses with formulas that were never
// computed.
func noResultNotices(h batch.Header, found map[int]xlsx.Rows) []string {
	var told []string
	for _, column := range slices.Sorted(maps.Keys(found)) {
		told = append(told, fmt.Sprintf("In %s, first in row %d, %s has a formula that was never computed: the cell counts as empty. "+
			"Open the workbook in Excel and save it if you need the column.",
			text.Plural(found[column].Count, "row"), found[column].First, columnName(h.Columns, column)))
	}
	return told
}

// plainNumbers note the numbers in columns of fields whose format cannot be applied
// surely.
type plainNumbers struct {
	header batch.Header
	found  map[batch.Field]occurrences
}

func (p *plainNumbers) look(row xlsx.Row) {
	for _, column := range row.Plain {
		for f, at := range p.header.Fields {
			if at != column-1 {
				continue
			}
			if p.found == nil {
				p.found = make(map[batch.Field]occurrences)
			}
			found := p.found[f]
			found.add(row.Number, row.Cells[at])
			p.found[f] = found
		}
	}
}

// sentences say what was found.
func (p *plainNumbers) sentences() []string {
	var told []string
	for _, f := range batch.Fields() {
		if o := p.found[f]; o.count > 0 {
			told = append(told, fmt.Sprintf("In the column %s %s a number format that cannot be applied as Excel does; the number itself counts. The first is row %d, %q.",
				columnAndPlace(p.header.Columns, p.header.Fields[f]), text.Plural(o.count, "cell")+verb(o.count, " has", " have"), o.row, clipped(o.text)))
		}
	}
	return told
}

// linkedAddresses keeps the links that lead to a mailbox.
func linkedAddresses(links map[int]string) map[int]string {
	for row, link := range links {
		address, err := judge.Address(link)
		if err != nil {
			delete(links, row)
			continue
		}
		links[row] = address
	}
	return links
}

// linkNotices count the cells whose address comes from the link behind the text,
// and those whose link leads to another address.
type linkNotices struct{ taken, differing occurrences }

// follow returns the address of a cell: the text, or the link behind a text that
// is no address.
func (n *linkNotices) follow(row int, cell, link string) string {
	shown := strings.TrimSpace(cell)
	if link == "" || shown == "" {
		return cell
	}
	switch address, err := judge.Address(shown); {
	case err != nil:
		n.taken.add(row, shown)
		return link
	case batch.Key(address) != batch.Key(link):
		n.differing.add(row, shown)
	}
	return cell
}

// sentences say what was found.
func (n *linkNotices) sentences() []string {
	var told []string
	if o := n.taken; o.count > 0 {
		told = append(told, fmt.Sprintf("In %s the address is taken from the link behind the text; the first is row %d, which shows %q.",
			text.Plural(o.count, "row"), o.row, clipped(o.text)))
	}
	if o := n.differing; o.count > 0 {
		told = append(told, fmt.Sprintf("In %s the address differs from that of the link behind it; the text counts. The first is row %d, %q.",
			text.Plural(o.count, "row"), o.row, clipped(o.text)))
	}
	return told
}
