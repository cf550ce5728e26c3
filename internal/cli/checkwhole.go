package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"guestlist/batch"
	"guestlist/internal/text"
)

// whole sums up: what would be sent, what would not and why, what to do next.
func (t *remarksTable) whole(x *inspection, seen *judgement) error {
	if err := t.flush(); err != nil {
		return err
	}
	for _, notice := range seen.notices {
		t.warn("%s", notice)
	}
	if _, err := fmt.Fprintf(t.out, "%s: %s\n\n", x.title(), rows(seen.counts.Rows())); err != nil {
		return err
	}
	for _, line := range x.lines(seen) {
		if _, err := fmt.Fprintf(t.out, "%8d  %s\n", line.rows, besideCount(line.name, width(t.out))); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(t.out, "\n%s", x.taking(seen)); err != nil {
		return err
	}
	printLines(t.out, "next: ", x.next(seen))
	return nil
}

// countWidth is what a count and the gap behind it take, in characters.
const countWidth = 10

// besideCount folds a text between words, its further lines below the first;
// off a terminal, whose width is 0, it stays one line.
func besideCount(words string, terminal int) string {
	if terminal <= 2*countWidth {
		return words
	}
	return strings.ReplaceAll(prettytext.WrapSoft(words, terminal-countWidth), "\n", "\n"+strings.Repeat(" ", countWidth))
}

// taking tells how long sending takes, nothing where nobody is to be sent.
func (x *inspection) taking(seen *judgement) string {
	if seen.send == 0 || x.rate.Requests == 0 {
		return ""
	}
	return fmt.Sprintf("sending takes %s at %s\n", about(x.rate, seen.send), x.rate)
}

// title names the list as people do.
func (x *inspection) title() string {
	if x.path == stdinName {
		return "standard input"
	}
	if x.list.Sheet() != "" {
		return fmt.Sprintf("%s, sheet %q", x.path, x.list.Sheet())
	}
	return x.path
}

// lines are the counts that are not nothing; the rows to send are always told.
func (x *inspection) lines(seen *judgement) []tallied {
	all := []tallied{
		{x.sending(seen), seen.send},
		{"invalid: " + kindsOf(seen.kinds[batch.SeverityInvalid]), seen.meant(batch.Invalid)},
		{"duplicate: the address stands in an earlier row", seen.meant(batch.Duplicate)},
		{"with a warning, sent all the same: " + kindsOf(seen.doubts), seen.doubted},
		{"invited before", seen.meant(batch.Invited)},
		{"failed before; mend the row, or use retry", seen.meant(batch.Failed)},
		{"unconfirmed: an earlier request got no answer", seen.meant(batch.Unconfirmed)},
		{"left out by " + x.o.choosing(), seen.leftOut.Rows()},
	}
	return append(all[:1], slices.DeleteFunc(all[1:], func(t tallied) bool { return t.rows == 0 })...)
}

// kindsOf lists the kinds of remarks with their counts: not an address (2).
func kindsOf(kinds map[string]int) string {
	var words []string
	for _, k := range mostFirst(kinds) {
		words = append(words, fmt.Sprintf("%s (%d)", inWords(k.name), k.rows))
	}
	return strings.Join(words, ", ")
}

// sending says to whom and how.
func (x *inspection) sending(seen *judgement) string {
	if seen.send == 0 {
		return "to send"
	}
	how := mailing(seen.mailed, seen.send)
	if seen.texts > 0 {
		how += fmt.Sprintf(" (%d with a text of your own)", seen.texts)
	}
	return fmt.Sprintf("to send, %s, to %s: %s", how, text.Plural(len(seen.domains), "domain"), listed(seen.domains))
}

// next is what a colleague would say now.
func (x *inspection) next(seen *judgement) string {
	own := x.flags.without("json", "out")
	bad := seen.meant(batch.Invalid)
	switch {
	case seen.counts.Rows() == seen.leftOut.Rows():
		return "no row matches " + x.o.choosing() + "; correct it, or leave it out"
	case seen.kinds[batch.SeverityInvalid][string(batch.KindMessageTemplate)] > 0:
		return "correct --message or --message-file first, then check again"
	case bad > 0 && x.o.out != "":
		return fmt.Sprintf("send %s back to whoever made the list: the cells to mend are marked in it", x.o.out)
	case bad > 0:
		return fmt.Sprintf("mend %s and check again, or write a copy with the cells marked\nfor whoever made the list:\n%s",
			rows(bad), own.with("out", "to-mend.xlsx").command("check", x.path))
	case seen.send == 0:
		return "nothing is left to send"
	case x.path == stdinName:
		return own.with("out", "partners.results.xlsx").command("invite", x.path)
	case seen.send > pilotRows:
		return "try a few first:\n" + own.with("limit", strconv.Itoa(pilotRows)).command("invite", x.path)
	default:
		return own.command("invite", x.path)
	}
}

// pilotRows are enough to see whether the tenant lets us invite, and how the
// invitation looks.
const pilotRows = 5
