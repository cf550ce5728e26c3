package judge

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"guestlist/batch"
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

// Row reads a row: cells become an invitation, or problems. Nothing outside
// the row and the defaults counts.
func Row(h batch.Header, d Defaults, r batch.Row) batch.Judged {
	j := reader{h: h, d: d, row: r}
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
	return batch.Judged{
		Row: r, Address: batch.Key(box.Address), Invitation: inv,
		Fingerprint: fingerprint(h, r), Problems: j.problems, Warnings: j.warnings,
	}
}

// judge gathers what is to be said about one row.
type reader struct {
	h                  batch.Header
	d                  Defaults
	row                batch.Row
	problems, warnings []batch.Problem
}

// wrong adds what keeps the row from being sent.
func (j *reader) wrong(f batch.Field, value string, err *CellError) {
	j.problems = append(j.problems, j.problem(batch.SeverityInvalid, f, value, err))
}

// warn adds what is worth a look.
func (j *reader) warn(f batch.Field, value string, err *CellError) {
	j.warnings = append(j.warnings, j.problem(batch.SeverityWarning, f, value, err))
}

// doubtOf is warn about a text that may be the default's.
func (j *reader) warnDefault(f batch.Field, value string, err *CellError, isDefault bool) {
	p := j.problem(batch.SeverityWarning, f, value, err)
	p.Default = isDefault
	j.warnings = append(j.warnings, p)
}

func (j *reader) problem(severity batch.Severity, f batch.Field, value string, err *CellError) batch.Problem {
	return batch.Problem{Severity: severity, Field: f, Kind: err.Kind, Column: j.h.Heading(f), Value: value, What: err.What, Advice: err.Advice}
}

// or gives the row's own value, or the default.
func (j *reader) or(f batch.Field, otherwise string) string {
	if own := j.h.Value(j.row, f); own != "" {
		return own
	}
	return otherwise
}

// address reads whom the row invites. A cell that holds no address stands for
// itself, so that the row can be named.
func (j *reader) address() Mailbox {
	s := j.h.Value(j.row, batch.Email)
	box, err := readMailbox(s)
	if spreadsheetError(s) {
		err = errSpreadsheet
	}
	if err != nil {
		j.wrong(batch.Email, s, err)
		return Mailbox{Address: s}
	}
	if domain := batch.Domain(box.Address); slices.Contains(j.d.OwnDomains, domain) {
		j.wrong(batch.Email, s, ownDomain(domain))
	}
	j.warnAddress(s, box)
	return box
}

// name is the row's own, or the one beside its address.
func (j *reader) name(beside string) string {
	name := j.or(batch.Name, beside)
	if spreadsheetError(name) {
		j.wrong(batch.Name, name, errSpreadsheet)
	}
	if n := utf8.RuneCountInString(name); n > maxDisplayName {
		j.wrong(batch.Name, "", &CellError{
			batch.KindNameLength, fmt.Sprintf("has %d characters; Graph takes %d", n, maxDisplayName), "Shorten the name.",
		})
	}
	return name
}

func (j *reader) redirectURL() string {
	s := j.h.Value(j.row, batch.RedirectURL)
	isDefault := s == ""
	if isDefault {
		s = j.d.RedirectURL
	} else if err := checkRedirect(s); err != nil {
		j.wrong(batch.RedirectURL, s, err)
		return s
	}
	if unencrypted(s) {
		j.warnDefault(batch.RedirectURL, s, errPlainHTTP, isDefault)
	}
	return s
}

func (j *reader) sendMessage() bool {
	s := j.h.Value(j.row, batch.SendMessage)
	if s == "" {
		return j.d.SendMessage
	}
	send, ok := truth(s)
	if !ok {
		j.wrong(batch.SendMessage, s, errTruth)
	}
	return send
}

func (j *reader) userType() string {
	s := j.or(batch.UserType, j.d.UserType)
	kind, ok := userType(s)
	if !ok {
		j.wrong(batch.UserType, s, errUserType)
	}
	return kind
}

// CellError says what is wrong with a text, be it a cell's or that of the flag
// which stands in for one.
type CellError struct {
	Kind batch.Kind
	// What is the end of a sentence about the text, Advice how to mend it.
	What, Advice string
}

func (e *CellError) Error() string { return e.What }

// Hint tells how to mend the text.
func (e *CellError) Hint() string { return e.Advice }
