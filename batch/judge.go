package batch

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"guestlist/graph"
)

// The lengths that Graph documents, in characters.
const maxDisplayName = 256

// What can be wrong with the other fields.
var (
	errRedirectURL = errors.New("is not an absolute http or https address")
	errLanguage    = errors.New("is not a language tag")
	errUserType    = errors.New("is neither Guest nor Member")
)

// Defaults are what a row gets where it does not say otherwise.
type Defaults struct {
	RedirectURL string
	SendMessage bool
	Message     Template
	Language    string
	CC          string
	UserType    string
	// NoSponsors leaves sponsors out: the national clouds do not know them.
	NoSponsors bool
}

// Problem is one thing that keeps a row from being sent.
type Problem struct {
	// Column is the heading, Value the cell as it stands.
	Column, Value string
	// What says what is wrong, as the end of a sentence about the cell; Advice
	// how to mend it.
	What, Advice string
}

// String gives the problem as the workbook's Error column shows it.
func (p Problem) String() string {
	if p.Value == "" {
		return fmt.Sprintf("%s: %s", p.Column, p.What)
	}
	return fmt.Sprintf("%s: %q %s", p.Column, p.Value, p.What)
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
	// Problems are all that was found, none for a row that can be sent.
	Problems []Problem
}

// Judge reads a row: cells become an invitation, or problems. Nothing outside
// the row and the defaults counts.
func Judge(h Header, d Defaults, r Row) Judged {
	j := judge{h: h, d: d, row: r}
	address := j.address()
	inv := graph.Invitation{
		EmailAddress: address,
		DisplayName:  j.name(),
		RedirectURL:  j.redirectURL(),
		SendMessage:  j.sendMessage(),
		UserType:     j.userType(),
		Sponsors:     j.sponsors(),
	}
	inv.MessageInfo = j.messageInfo(inv)
	return Judged{
		Row: r, Address: Key(address), Invitation: inv,
		Fingerprint: j.fingerprint(), Problems: j.problems,
	}
}

// judge gathers the problems of one row.
type judge struct {
	h        Header
	d        Defaults
	row      Row
	problems []Problem
}

func (j *judge) wrong(f Field, value, what, advice string) {
	j.problems = append(j.problems, Problem{Column: j.h.Heading(f), Value: value, What: what, Advice: advice})
}

func (j *judge) address() string {
	text := j.h.Value(j.row, Email)
	address, err := Address(text)
	if err != nil {
		j.wrong(Email, text, err.Error(), "Correct the address in the list and run again.")
		return text
	}
	return address
}

func (j *judge) name() string {
	name := j.h.Value(j.row, Name)
	if n := len([]rune(name)); n > maxDisplayName {
		j.wrong(Name, "", fmt.Sprintf("has %d characters; Graph takes %d", n, maxDisplayName), "Shorten the name.")
	}
	return name
}

func (j *judge) redirectURL() string {
	text := j.or(RedirectURL, j.d.RedirectURL)
	if err := CheckRedirectURL(text); err != nil {
		j.wrong(RedirectURL, text, err.Error(), "Give an address such as https://myapplications.microsoft.com.")
	}
	return text
}

func (j *judge) sendMessage() bool {
	text := j.h.Value(j.row, SendMessage)
	if text == "" {
		return j.d.SendMessage
	}
	send, ok := truth(text)
	if !ok {
		j.wrong(SendMessage, text, "is neither true nor false", "Write true or false.")
	}
	return send
}

func (j *judge) userType() string {
	text := j.or(UserType, j.d.UserType)
	kind, err := ParseUserType(text)
	if err != nil {
		j.wrong(UserType, text, err.Error(), "Write Guest or Member.")
	}
	return kind
}

func (j *judge) sponsors() []graph.Object {
	var objects []graph.Object
	text := j.h.Value(j.row, Sponsors)
	for id := range strings.SplitSeq(text, ";") {
		id = strings.TrimSpace(id)
		if id == "" {
			continue
		}
		if uuid.Validate(id) != nil || len(id) != 36 {
			j.wrong(Sponsors, id, "is not an object id", "Give object ids of users or groups, with ; between them.")
		}
		objects = append(objects, graph.Object{ID: id})
	}
	if len(objects) > graph.MaxSponsors {
		j.wrong(Sponsors, "", fmt.Sprintf("names %d sponsors; Graph takes %d", len(objects), graph.MaxSponsors), "Leave some out.")
	}
	if j.d.NoSponsors {
		return nil
	}
	return objects
}

// messageInfo is checked even where no mail is sent, so that a mistake shows
// before somebody turns the mail on; it is sent with a mail only.
func (j *judge) messageInfo(inv graph.Invitation) *graph.MessageInfo {
	info := graph.MessageInfo{Body: j.body(inv), Language: j.or(Language, j.d.Language)}
	if err := CheckLanguage(info.Language); err != nil {
		j.wrong(Language, info.Language, err.Error(), "Write a language tag such as en-US or nl-NL.")
	}
	if cc := j.or(CC, j.d.CC); cc != "" {
		address, err := Address(cc)
		if err != nil {
			j.wrong(CC, cc, err.Error(), "Give one address; Graph mails only one copy.")
		}
		info.CC = graph.CC(address)
	}
	if !inv.SendMessage || info.Body == "" && info.Language == "" && info.CC == nil {
		return nil
	}
	return &info
}

func (j *judge) body(inv graph.Invitation) string {
	if own := j.h.Value(j.row, Message); own != "" {
		return own
	}
	name := inv.DisplayName
	if name == "" {
		name = inv.EmailAddress
	}
	text, err := j.d.Message.text(j.h, j.row, guest{DisplayName: name, EmailAddress: inv.EmailAddress})
	if err != nil {
		j.wrong(Message, "", "the message template fails here: "+err.Error(), "Correct --message; headings must be written as in the list.")
	}
	return text
}

// or gives the row's own value, or the default.
func (j *judge) or(f Field, otherwise string) string {
	if own := j.h.Value(j.row, f); own != "" {
		return own
	}
	return otherwise
}

func (j *judge) fingerprint() uint64 {
	sum := fnv.New64a()
	for _, f := range Fields() {
		_, _ = fmt.Fprintf(sum, "%s=%q\n", f, j.h.Value(j.row, f))
	}
	return sum.Sum64()
}

// CheckRedirectURL accepts absolute http and https addresses. Graph documents
// no rule, but a guest who cannot land is not onboarded.
func CheckRedirectURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errRedirectURL
	}
	return nil
}

// CheckLanguage accepts BCP 47 tags and "".
func CheckLanguage(text string) error {
	if text == "" {
		return nil
	}
	if _, err := language.Parse(text); err != nil {
		return errLanguage
	}
	return nil
}

// ParseUserType reads Guest or Member in any case; "" is Guest, as in Graph.
func ParseUserType(text string) (string, error) {
	switch strings.ToLower(text) {
	case "", "guest":
		return "Guest", nil
	case "member":
		return "Member", nil
	default:
		return "", errUserType
	}
}

// truth reads what the admin centre's template and spreadsheets put into a
// yes-or-no column.
func truth(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "y", "1":
		return true, true
	case "false", "no", "n", "0":
		return false, true
	default:
		return false, false
	}
}
