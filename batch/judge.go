package batch

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"guestlist/graph"
)

// maxDisplayName is the length that Graph documents, in characters.
const maxDisplayName = 256

// Defaults are what a row gets where it does not say otherwise.
type Defaults struct {
	// RedirectURL has passed [CheckRedirectURL]: to parse it again for each row
	// was an eighth of the time of a check.
	RedirectURL string
	SendMessage bool
	Message     Template
	Language    string
	CC          string
	UserType    string
	// NoSponsors leaves sponsors out: the national clouds do not know them.
	NoSponsors bool
	// OwnDomains are the domains of the inviting tenant, whose addresses Graph
	// refuses, as [CheckDomain] gives them. Their subdomains are not meant.
	OwnDomains []string
}

// Judged is a row, read for what it asks.
type Judged struct {
	Row Row
	// Address is the key of the row, see [Key]; what stands in the cell where
	// it is no address.
	Address    string
	Invitation graph.Invitation
	// Fingerprint is a hash of what the list says of the invitation. A failed
	// row is sent again once it differs: somebody mended the row.
	Fingerprint uint64
	// Problems are all that keeps the row from being sent, none for a row that
	// can be.
	Problems []Problem
	// Warnings are worth a look and keep nothing from being sent.
	Warnings []Problem
}

// Judge reads a row: cells become an invitation, or problems. Nothing outside
// the row and the defaults counts.
func Judge(h Header, d Defaults, r Row) Judged {
	j := judge{h: h, d: d, row: r}
	box := j.address()
	inv := graph.Invitation{
		EmailAddress: box.Address,
		DisplayName:  j.name(box.Name),
		RedirectURL:  j.redirectURL(),
		SendMessage:  j.sendMessage(),
		UserType:     j.userType(),
		Sponsors:     j.sponsors(),
	}
	inv.MessageInfo = j.messageInfo(inv)
	return Judged{
		Row: r, Address: Key(box.Address), Invitation: inv,
		Fingerprint: fingerprint(h, r), Problems: j.problems, Warnings: j.warnings,
	}
}

// judge gathers what is to be said about one row.
type judge struct {
	h                  Header
	d                  Defaults
	row                Row
	problems, warnings []Problem
}

// wrong adds what keeps the row from being sent.
func (j *judge) wrong(f Field, value string, err *CellError) {
	j.problems = append(j.problems, j.problem(f, value, err))
}

// warn adds what is worth a look.
func (j *judge) warn(f Field, value string, err *CellError) {
	j.warnings = append(j.warnings, j.problem(f, value, err))
}

// doubtOf is warn about a text that may be the default's.
func (j *judge) doubtOf(f Field, value string, err *CellError, isDefault bool) {
	p := j.problem(f, value, err)
	p.Default = isDefault
	j.warnings = append(j.warnings, p)
}

func (j *judge) problem(f Field, value string, err *CellError) Problem {
	return Problem{Field: f, Kind: err.Kind, Column: j.h.Heading(f), Value: value, What: err.What, Advice: err.Advice}
}

// or gives the row's own value, or the default.
func (j *judge) or(f Field, otherwise string) string {
	if own := j.h.Value(j.row, f); own != "" {
		return own
	}
	return otherwise
}

// address reads whom the row invites. A cell that holds no address stands for
// itself, so that the row can be named.
func (j *judge) address() Mailbox {
	s := j.h.Value(j.row, Email)
	box, err := readMailbox(s)
	if spreadsheetError(s) {
		err = errSpreadsheet
	}
	if err != nil {
		j.wrong(Email, s, err)
		return Mailbox{Address: s}
	}
	if domain := Domain(box.Address); slices.Contains(j.d.OwnDomains, domain) {
		j.wrong(Email, s, ownDomain(domain))
	}
	j.doubt(s, box)
	return box
}

// name is the row's own, or the one beside its address.
func (j *judge) name(beside string) string {
	name := j.or(Name, beside)
	if spreadsheetError(name) {
		j.wrong(Name, name, errSpreadsheet)
	}
	if n := utf8.RuneCountInString(name); n > maxDisplayName {
		j.wrong(Name, "", &CellError{
			KindNameLength, fmt.Sprintf("has %d characters; Graph takes %d", n, maxDisplayName), "Shorten the name.",
		})
	}
	return name
}

func (j *judge) redirectURL() string {
	s := j.h.Value(j.row, RedirectURL)
	isDefault := s == ""
	if isDefault {
		s = j.d.RedirectURL
	} else if err := checkRedirect(s); err != nil {
		j.wrong(RedirectURL, s, err)
		return s
	}
	if unencrypted(s) {
		j.doubtOf(RedirectURL, s, errPlainHTTP, isDefault)
	}
	return s
}

func (j *judge) sendMessage() bool {
	s := j.h.Value(j.row, SendMessage)
	if s == "" {
		return j.d.SendMessage
	}
	send, ok := truth(s)
	if !ok {
		j.wrong(SendMessage, s, errTruth)
	}
	return send
}

func (j *judge) userType() string {
	s := j.or(UserType, j.d.UserType)
	kind, ok := userType(s)
	if !ok {
		j.wrong(UserType, s, errUserType)
	}
	return kind
}
