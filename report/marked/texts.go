package marked

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/internal/text"
)

// titles are what a severity is called wherever people read it.
var titles = map[batch.Severity]string{
	batch.SeverityInvalid:   "Needs correction",
	batch.SeverityDuplicate: "Listed twice",
	batch.SeverityWarning:   "Please check",
}

// titleEnd is between the title and the text of a note.
const titleEnd = " - "

// meanings explain a severity to the people who made the list.
var meanings = map[batch.Severity]string{
	batch.SeverityInvalid:   "The guest cannot be invited until this is corrected.",
	batch.SeverityDuplicate: "The same address is already in an earlier row. The guest is invited once, as that row says.",
	batch.SeverityWarning:   "The row can be sent as it is. Check whether it is meant that way.",
}

// Words are what a marked list calls its rows, by what that means.
func Words() map[string]string {
	words := make(map[string]string)
	for severity, title := range titles {
		words[title] = meanings[severity]
	}
	return words
}

// makerTexts are for the people who made the list, where those of package batch
// speak to the one who invites: "your own tenant" is another one, and a list has
// no flags.
var makerTexts = []struct {
	kind         batch.Kind
	what, advice string
}{
	{
		batch.KindNoAddress, "no address", "Enter the person's email address, or delete the row.",
	},
	{
		batch.KindOwnDomain, "is an address of the company that invites, where it cannot be a guest",
		"Delete the row, or write the address that the person has elsewhere.",
	},
	{
		batch.KindMessageMuted, "is not used: no email is sent for this row",
		"Remove the text, or write true in the column that asks whether an email is sent.",
	},
	{
		batch.KindMessageTemplate, "the text of the email cannot be made from this row",
		"Check whether a cell is empty that should not be. If not, tell the person who sent you this workbook.",
	},
}

// graph is a name that the maker of a list need not know.
var graph = regexp.MustCompile(`\bGraph\b`)

// forMaker gives what is wrong and how to correct it in words for the people who
// made the list.
func forMaker(p batch.Problem) (what, advice string) {
	for _, t := range makerTexts {
		if t.kind == p.Kind {
			return t.what, t.advice
		}
	}
	return graph.ReplaceAllString(p.What, "Microsoft"), graph.ReplaceAllString(p.Advice, "Microsoft")
}

// note is a problem in words.
type note struct {
	severity batch.Severity
	// at is the position of the marked cell, heading what people call it.
	at      int
	heading string
	// what ends a sentence about the cell, advice is sentences. Cause is what the
	// note has in common with those of other rows.
	what, advice, cause string
}

// newNote puts a problem into words, given the cell where it is shown. First is
// the place of the row that this one repeats, "" for a problem about no other row.
func newNote(p batch.Problem, heading, cell, first string) note {
	what, advice := forMaker(p)
	if first != "" {
		return note{
			severity: p.Severity, heading: heading, what: "the same address as in " + first, advice: advice,
			cause: "the same address as in an earlier row",
		}
	}
	return note{severity: p.Severity, heading: heading, what: statement(what, p.Value, cell), advice: advice, cause: what}
}

// statement says what is wrong, with the value where it is not simply the text of
// the cell.
func statement(what, value, cell string) string {
	value = strings.TrimSpace(value)
	if value == "" || value == strings.TrimSpace(cell) {
		return what
	}
	const long = 80
	return "“" + text.Truncate(value, long) + "” " + what
}

// comment is the note beside its cell.
func (n note) comment() string { return joined(sentence(n.what), sentence(n.advice)) }

// line is the note in the column of the texts. It reads alike for all rows with
// the same cause, so that a filter can find them.
func (n note) line() string {
	subject := titles[n.severity] + titleEnd
	if n.heading != "" {
		subject += n.heading + ": "
	}
	return joined(subject+closed(n.what), sentence(n.advice))
}

// Remarks are what people have written into a cell of [Column], around the texts of [Write]: they
// stay when the list is marked again. A text reaches from its title to its advice. One whose
// advice is not in the catalogue ends with its line, unless that does not end as a text does:
// somebody has written on then, and the whole line stays.
func Remarks(cell string) string {
	if cell == "" {
		return ""
	}
	var remarks []string
	for line := range strings.SplitSeq(cell, "\n") {
		before, said := untilTitle(line)
		end := adviceEnd(said)
		if end == 0 && said == closed(said) {
			end = len(said)
		}
		if end == 0 {
			before, end = line, len(said)
		}
		if own := joined(strings.TrimSpace(before), strings.TrimSpace(said[end:])); own != "" {
			remarks = append(remarks, own)
		}
	}
	return strings.Join(remarks, "\n")
}

// untilTitle parts a line in front of the first title in it.
func untilTitle(line string) (before, said string) {
	first := len(line)
	for _, title := range titles {
		if at := strings.Index(line, title+titleEnd); at >= 0 {
			first = min(first, at)
		}
	}
	return line[:first], line[first:]
}

// adviceEnd is where the last advice of the catalogue in a text ends, 0 where there is none.
func adviceEnd(said string) (end int) {
	for _, advice := range advices() {
		if at := strings.LastIndex(said, advice); at >= 0 {
			end = max(end, at+len(advice))
		}
	}
	return end
}

// advices are all that the catalogue has, in the words of a marked list.
var advices = sync.OnceValue(func() (all []string) {
	for _, kind := range batch.Kinds() {
		if _, advice := forMaker(batch.Problem{Kind: batch.Kind(kind.Name), Advice: kind.Advice}); advice != "" {
			all = append(all, sentence(advice))
		}
	}
	return all
})

// sentence begins a text with a capital letter and ends it with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	return closed(string(unicode.ToUpper(first)) + s[size:])
}

// closed ends a text with a full stop.
func closed(s string) string {
	if last, _ := utf8.DecodeLastRuneInString(s); strings.ContainsRune(".!?…", last) {
		return s
	}
	return s + "."
}

// joined puts sentences behind each other, without those that are empty.
func joined(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}
