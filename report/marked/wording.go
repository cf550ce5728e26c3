package marked

import (
	"regexp"

	"guestlist/batch"
)

// wordings are for whoever made the list, where those of package batch speak to
// whoever invites: "your own tenant" is another one, and a list has no flags.
var wordings = []struct {
	kind         batch.Kind
	what, advice string
}{
	{
		batch.KindOwnDomain, "is an address of the company that invites, where it cannot be a guest",
		"Take the row out, or write the address that the person has elsewhere.",
	},
	{
		batch.KindMessageMuted, "is not used: no mail is sent for this row",
		"Leave the text out, or say true in the column that asks whether a mail is sent.",
	},
	{
		batch.KindMessageTemplate, "the text of the mail cannot be made from this row",
		"See whether a cell is empty that should not be. If not, tell whoever sent you this workbook.",
	},
}

// graph is a name that the maker of a list need not know.
var graph = regexp.MustCompile(`\bGraph\b`)

// addressed gives what is wrong and how to mend it in words for whoever made
// the list.
func addressed(m Mark) (what, advice string) {
	for _, w := range wordings {
		if w.kind == m.Kind {
			return w.what, w.advice
		}
	}
	return graph.ReplaceAllString(m.What, "Microsoft"), graph.ReplaceAllString(m.Advice, "Microsoft")
}
