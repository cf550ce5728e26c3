package sheet

import (
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/batch/sheet/xlsx"
	"guestlist/internal/text"
)

// otherSheetsNotice names the sheets with guests after the one that was chosen.
// Those of a results workbook repeat it.
func otherSheetsNotice(names []string, chosen batch.Header) []string {
	_, isResults := results.FindLayout(chosen.Columns)
	switch {
	case isResults || len(names) == 0:
		return nil
	case len(names) == 1:
		return []string{fmt.Sprintf("The sheet %s has guests as well, and is not read; choose it with --sheet.", quoteAll(names))}
	}
	return []string{fmt.Sprintf("The sheets %s have guests as well, and are not read; choose one with --sheet.", quoteAll(names))}
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
		return []string{fmt.Sprintf("The column %s is hidden; it is read all the same.", names[0])}
	}
	return []string{fmt.Sprintf("The columns %s are hidden; they are read all the same.", strings.Join(names, ", "))}
}

// mergedNotices tell of merged cells that span rows of the list in a column that
// holds a field: people see the value in all of these rows, and only the first
// has it.
func mergedNotices(h batch.Header, merged []xlsx.Range) []string {
	var told []string
	for _, f := range batch.Fields() {
		at, ok := h.Fields[f]
		if !ok {
			continue
		}
		var found occurrences
		for _, r := range merged {
			if r.Left <= at+1 && at+1 <= r.Right {
				found.add(r.Top, r.String())
			}
		}
		if found.count == 0 {
			continue
		}
		which := found.text
		if found.count > 1 {
			which = fmt.Sprintf("%s and %d more", found.text, found.count-1)
		}
		told = append(told, fmt.Sprintf("In the column %s cells of several rows are merged (%s): only the first of these rows has the value. "+
			"Unmerge them and fill each row.", columnAndPlace(h.Columns, at), which))
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
