package batch

import (
	"fmt"
	"strings"
)

// Kind names what a [Problem] is about in one stable word, for counting and
// for programs. [Problem.Field] says where.
type Kind string

// What keeps a row from being sent.
const (
	KindNoAddress        Kind = "no-address"        // the cell is empty
	KindSeveralAddresses Kind = "several-addresses" // the cell holds more than one
	KindNotAnAddress     Kind = "not-an-address"    // no mail address at all
	KindCharacter        Kind = "character"         // a space or an invisible character inside an address
	KindDomain           Kind = "domain"            // the address has a domain that cannot exist
	KindAddressLength    Kind = "address-length"    // longer than mail allows
	KindOwnDomain        Kind = "own-domain"        // an address of the inviting tenant itself
	KindNameLength       Kind = "name-length"       // longer than Graph takes
	KindRedirectURL      Kind = "redirect-url"      // no absolute http or https address
	KindSendMessage      Kind = "send-message"      // neither yes nor no
	KindLanguage         Kind = "language"          // no language tag
	KindUserType         Kind = "user-type"         // neither Guest nor Member
	KindSponsors         Kind = "sponsors"          // no object ids, or too many
	KindMessageTemplate  Kind = "message-template"  // the template fails for this row
	KindSpreadsheetError Kind = "spreadsheet-error" // the cell shows #N/A or the like
	KindGroups           Kind = "groups"            // no such group, or one that guests cannot be added to
	KindAttribute        Kind = "attribute"         // a value that Graph does not take
	KindManager          Kind = "manager"           // no such person
	KindSurplus          Kind = "surplus"           // the row has text beyond the last heading
	KindStruck           Kind = "struck"            // a part of the cell is struck through; of a name it is a warning
	KindMessageObject    Kind = "message-object"    // a message of PowerShell that cannot be read or sent whole
)

// What is worth a look and keeps nothing from being sent.
const (
	KindSpecialCharacter Kind = "special-character" // a character before the @ that Graph documents as not permitted
	KindHyphen           Kind = "hyphen"            // a hyphen first or last in the user name, likewise
	KindNotASCII         Kind = "not-ascii"         // letters beyond a to z in the user name
	KindTypo             Kind = "typo"              // a domain that is nearly a well-known one
	KindPlainHTTP        Kind = "plain-http"        // the redirect URL is not encrypted
	KindMessageMuted     Kind = "message-muted"     // a text of its own, but the row is not mailed
	KindMessageLong      Kind = "message-long"      // so long that it has been dropped
	KindMessageHTML      Kind = "message-html"      // tags in what is sent as plain text
	KindMessageGap       Kind = "message-gap"       // the template names a cell that is empty
	KindGarbled          Kind = "garbled"           // letters that another encoding spoiled
	KindRedirectHost     Kind = "redirect-host"     // a redirect URL that old samples have, or with a semicolon at its end
	KindMessageRaw       Kind = "message-raw"       // template marks in a text of its own, which is none
	KindMessageMembers   Kind = "message-members"   // a message of PowerShell with more in it than is sent
)

// KindDuplicate is the kind of what is said about a row whose address is already
// in an earlier one.
const KindDuplicate Kind = "duplicate"

// Severity says what a [Problem] means for its row. The texts are those that
// programs see.
type Severity string

// The severities, the gravest first.
const (
	SeverityInvalid   Severity = "invalid"   // the row cannot be sent
	SeverityDuplicate Severity = "duplicate" // the guest is invited once, by the first row of the address
	SeverityWarning   Severity = "warning"   // the row is sent all the same
)

// Problem is one thing to say about a cell: what keeps its row from being sent,
// or what is worth a look.
type Problem struct {
	Severity Severity
	// Field is what the cell stands for.
	Field Field
	Kind  Kind
	// Column is the heading, Value the cell as it stands.
	Column, Value string
	// What says what is wrong, as the end of a sentence about the cell; Advice
	// how to correct it.
	What, Advice string
	// Default says that no cell is to blame but what stands in for it: the same
	// can be said of every row without a value of its own.
	Default bool
	// Repeats is the row that has the address first, for a duplicate, else 0.
	Repeats int
}

// String gives the problem as the workbook's Error column shows it.
func (p Problem) String() string {
	if p.Value == "" {
		return fmt.Sprintf("%s: %s", p.Column, p.What)
	}
	return fmt.Sprintf("%s: %q %s", p.Column, p.Value, p.What)
}

// kindWords say what each kind is about.
var kindWords = map[Kind]string{
	KindNoAddress:        "no address",
	KindNotAnAddress:     "not an address",
	KindSeveralAddresses: "several addresses in one cell",
	KindCharacter:        "space or invisible character in the address",
	KindDomain:           "incomplete or impossible domain",
	KindAddressLength:    "address too long",
	KindOwnDomain:        "address of your own tenant",
	KindNameLength:       "name too long",
	KindRedirectURL:      "redirect URL",
	KindSendMessage:      "neither yes nor no",
	KindLanguage:         "language tag",
	KindUserType:         "user type",
	KindSponsors:         "sponsors",
	KindGroups:           "groups",
	KindAttribute:        "attribute of the account",
	KindManager:          "manager",
	KindMessageTemplate:  "message template",
	KindSpreadsheetError: "spreadsheet error",
	KindSurplus:          "more cells than headings",
	KindSpecialCharacter: "character that Graph documents as not permitted",
	KindHyphen:           "hyphen first or last",
	KindNotASCII:         "letters beyond a to z",
	KindTypo:             "likely typo",
	KindPlainHTTP:        "redirect URL without encryption",
	KindMessageMuted:     "text that is not emailed",
	KindMessageLong:      "very long text",
	KindMessageHTML:      "tags in a plain text",
	KindMessageGap:       "gap in the message",
	KindGarbled:          "garbled text",
	KindRedirectHost:     "doubtful redirect URL",
	KindMessageRaw:       "template marks in a plain text",
	KindStruck:           "partly struck through",
	KindMessageObject:    "message of PowerShell",
	KindMessageMembers:   "more than a text in a message of PowerShell",
	KindDuplicate:        "duplicate",
}

// Words say what the kind is about, for lists of counts.
func (k Kind) Words() string {
	if words, ok := kindWords[k]; ok {
		return words
	}
	return strings.ReplaceAll(string(k), "-", " ")
}
