// Package judge finds out what a row of a list asks for, and what is wrong with
// it: cells become an invitation, or problems that name their column.
package judge

import (
	"hash/fnv"

	"guestlist/batch"
	"guestlist/graph"
)

// maxDisplayName is the length that Graph documents, in characters.
const maxDisplayName = 256

// Defaults are what a row gets where it does not say otherwise.
type Defaults struct {
	// RedirectURL has passed [CheckRedirectURL] and is not checked again: doing so
	// for each row took an eighth of the time of a check.
	RedirectURL string
	SendMessage bool
	Message     MessageTemplate
	// Translations are in the place of Message for guests of their languages, nil for none.
	Translations *Translations
	Language     string
	CC           string
	UserType     string
	// NoSponsors leaves sponsors out: the national clouds do not know them.
	NoSponsors bool
	// SponsorAddresses says that sponsors may be named by address or user principal name,
	// too: whoever judges the row looks them up afterwards.
	SponsorAddresses bool
	// Attributes are those that cells have values for, see [batch.AttributeField].
	Attributes []graph.Attribute
	// OwnDomains are the domains of the inviting tenant, whose addresses Graph
	// refuses, in the form that [CheckDomain] returns. Subdomains do not count
	// as the tenant's own.
	OwnDomains []string
}

// Row reads a row: cells become an invitation, or problems. The result depends
// on nothing but the row and the defaults.
func Row(h batch.Header, d Defaults, row batch.Row) batch.Judged {
	r := reader{header: h, defaults: d, row: row}
	r.surplus()
	mailbox := r.address()
	inv := graph.Invitation{
		EmailAddress: mailbox.Address,
		DisplayName:  r.name(mailbox),
		RedirectURL:  r.redirectURL(),
		SendMessage:  r.sendMessage(),
		UserType:     r.userType(),
		Sponsors:     r.sponsors(),
	}
	inv.MessageInfo = r.messageInfo(inv)
	wanted := r.wanted(inv.Sponsors)
	r.warnStruck()
	return batch.Judged{
		Row: row, Address: batch.Key(mailbox.Address), Invitation: inv, Wanted: wanted,
		Fingerprint: fingerprint(h, row), Problems: r.problems, Warnings: r.warnings,
	}
}

// fingerprint hashes what a row says of its invitation with FNV-1a: the cells of
// all fields in their order, each ended by a byte that no text contains. Journals
// keep the result, so it must never change.
func fingerprint(h batch.Header, row batch.Row) uint64 {
	const end = 0xff
	said := make([]byte, 0, 256)
	for _, f := range batch.Fields() {
		said = append(append(said, h.Value(row, f)...), end)
	}
	hash := fnv.New64a()
	_, _ = hash.Write(said) // never fails
	return hash.Sum64()
}

// CellError says what is wrong with a text, whether it comes from a cell or from
// the flag that stands in for one.
type CellError struct {
	Kind batch.Kind
	// What is the end of a sentence about the text, Advice how to correct it.
	What, Advice string
}

// kindError is the error of a cell that is corrected like all of its kind.
func kindError(kind batch.Kind, what string) *CellError {
	return &CellError{Kind: kind, What: what, Advice: kind.Advice()}
}

func (e *CellError) Error() string { return e.What }

// Hint tells how to correct the text.
func (e *CellError) Hint() string { return e.Advice }
