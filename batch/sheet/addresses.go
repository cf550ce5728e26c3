package sheet

import (
	"fmt"
	"io"
	"iter"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/text"
)

// addressesLimit is the largest text of nothing but addresses that is taken for a
// list, in bytes.
const addressesLimit = 4 << 20

// addresses are a text without headings that holds nothing but mailboxes, as email
// programs copy them: "Berg, Anna <anna@x.example>; Lund, Per <per@x.example>".
type addresses []string

// openAddresses takes a text for such a list if all of it can be read as that.
func openAddresses(file *sourceFile, set charset) (table, headingMatch, bool) {
	content, err := io.ReadAll(io.LimitReader(set.text(file.content()), addressesLimit+1))
	if err != nil || len(content) > addressesLimit || set.check(string(content)) != nil {
		return nil, headingMatch{}, false
	}
	found := judge.Mailboxes(string(content))
	if len(found) == 0 {
		return nil, headingMatch{}, false
	}
	return addresses(found), headingMatch{
		header:  addressesAlone(0),
		notices: []string{fmt.Sprintf("The file has no headings, only addresses (%s): each of them is read as a guest in a row of its own.", text.Thousands(len(found)))},
	}, true
}

func (a addresses) rows(func(string)) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for i, mailbox := range a {
			if !yield(batch.Row{Line: i + 1, Cells: []string{mailbox}}, nil) {
				return
			}
		}
	}
}

func (addresses) sheet() string    { return "" }
func (addresses) sheets() []string { return nil }
func (addresses) close() error     { return nil }
