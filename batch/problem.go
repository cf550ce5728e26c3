package batch

import (
	"fmt"
	"slices"
	"strings"

	"guestlist/graph"
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
	KindShifted          Kind = "shifted"           // the name is the address of somebody else
	KindGarbled          Kind = "garbled"           // letters that another encoding spoiled
	KindRedirectHost     Kind = "redirect-host"     // a redirect URL that old samples have, or with a semicolon at its end
	KindMessageRaw       Kind = "message-raw"       // template marks in a text of its own, which is none
	KindMessageMembers   Kind = "message-members"   // a message of PowerShell with more in it than is sent
	KindBesides          Kind = "besides"           // a duplicate asks for what the first row of its address does not
)

// KindDuplicate is the kind of what is said about a row whose address is already
// in an earlier one.
const KindDuplicate Kind = "duplicate"

// NoSuchPerson is what a problem of [KindManager] says of a name that the tenant does not
// have.
const NoSuchPerson = "is no one in the tenant"

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

// kindEntry is what is known about one kind.
type kindEntry struct {
	kind            Kind
	words           string
	severity        Severity
	meaning, advice string
}

// kinds are the catalogue of what can be said about a cell: check counts by the words, and
// explain and the problems themselves take their advice from here. Of two whose words
// begin alike, the longer come first: a pasted line has both.
var kinds = []kindEntry{
	{
		KindNoAddress, "no address", SeverityInvalid,
		"The row has nothing where the guest's email address belongs.", "Enter the guest's email address, or " + graph.DeleteRow + ".",
	},
	{
		KindSeveralAddresses, "several addresses in one cell", SeverityInvalid,
		"One cell holds the addresses of several people, and which of them is the guest is not known.",
		"Give each address a row of its own.",
	},
	{
		KindNotAnAddress, "not an address", SeverityInvalid,
		"The text has no @, or several, or is otherwise no email address like name@example.com.", "Correct the address.",
	},
	{
		KindCharacter, "space or invisible character in the address", SeverityInvalid,
		"The address has a space, a line break or a character that is not seen, often from a web page or a PDF.",
		"Remove it; if in doubt, type the address again.",
	},
	{
		KindDomain, "incomplete or impossible domain", SeverityInvalid,
		"What follows the @ cannot be a domain on the internet: .com, .org or the like is missing, or it has a character that no domain has.",
		"Correct what follows the @.",
	},
	{
		KindAddressLength, "address too long", SeverityInvalid,
		"The address is longer than email allows.", "Correct the address; it may be two addresses run together.",
	},
	{
		KindOwnDomain, "address of your own tenant", SeverityInvalid,
		"The address is one of the inviting tenant itself, and Graph refuses to invite it.",
		"Colleagues already have an account: " + graph.DeleteRow + ". If many rows say this, you may be signed in to the wrong tenant.",
	},
	{KindNameLength, "name too long", SeverityInvalid, "Graph takes no display name as long as this one.", "Shorten the name."},
	{
		KindPlainHTTP, "redirect URL without encryption", SeverityWarning,
		"The page where the guest lands begins with http://, so that others on the way can read and change it.",
		"Use https:// if the site supports it.",
	},
	{
		KindRedirectHost, "doubtful redirect URL", SeverityWarning,
		"The page where the guest lands is one of old samples that is not Microsoft's, or ends with a character that is no part of an address.",
		"Write the address of the page that the guest should see, such as https://myapplications.microsoft.com.",
	},
	{
		KindRedirectURL, "redirect URL", SeverityInvalid,
		"Graph takes only an absolute http or https address as the page where the guest lands.",
		"Give an address such as https://myapplications.microsoft.com.",
	},
	{
		KindSendMessage, "neither yes nor no", SeverityInvalid,
		"The cell should say whether the guest gets an email from Microsoft.", "Write true or false.",
	},
	{
		KindLanguage, "language tag", SeverityInvalid,
		"The cell should name the language of the email's standard text.", "Write a language tag such as en-US or nl-NL.",
	},
	{
		KindUserType, "user type", SeverityInvalid,
		"The cell should say what the guest's account is, and Graph knows two types.", "Write Guest or Member.",
	},
	{
		KindSponsors, "sponsors", SeverityInvalid,
		"The cell should have the object ids of those who answer for the guest, and no more of them than Graph takes.",
		"Give object ids of users or groups, separated by semicolons.",
	},
	{
		KindGroups, "groups", SeverityInvalid,
		"The cell names a group that the tenant does not have, several of that name, or one that guests cannot be added to.",
		"Give the name of a group as the Entra admin center shows it, or its object id; separate several with semicolons.",
	},
	{
		KindAttribute, "attribute of the account", SeverityInvalid,
		"Graph would refuse the value, and with it all attributes of the guest.",
		"Correct the value; an empty cell leaves alone what the account has.",
	},
	{
		KindManager, "manager", SeverityInvalid,
		"The cell should name one person of the tenant.",
		"Give the address, the user principal name or the object id of one person of your tenant.",
	},
	{
		KindMessageTemplate, "message template", SeverityInvalid,
		"The text of --message or --message-file cannot be made from this row.",
		"Correct --message: headings must be written as in the list.",
	},
	{
		KindSpreadsheetError, "spreadsheet error", SeverityInvalid,
		"The cell shows #N/A, #REF! or the like in the place of a value.", "Fix the formula in this cell, or type the value.",
	},
	{
		KindSurplus, "more cells than headings", SeverityInvalid,
		"The row has text below no heading: a separator that is not in quotes shifts all cells that follow it, so that none of them can be trusted.",
		"Put quotes around a cell with the separator inside it, or give the column a heading.",
	},
	{
		KindStruck, "partly struck through", SeverityInvalid,
		"A part of the cell is struck through. Of an address it is not certain which is meant; of another cell all is used, with a warning.",
		"Delete the part that is struck through.",
	},
	{
		KindMessageMembers, "more than a text in a message of PowerShell", SeverityWarning,
		"The message is an object of PowerShell with more in it than the text, the language and a copy, which the invitation cannot carry.",
		"Nothing to do if the guest can do without it.",
	},
	{
		KindMessageObject, "message of PowerShell", SeverityInvalid,
		"The message is an object of PowerShell that cannot be read or sent whole.",
		"Write the text as the guest should read it, or export the object again with ConvertTo-Json.",
	},
	{
		KindSpecialCharacter, "character that Graph documents as not permitted", SeverityWarning,
		"The address has a special character before the @ that Graph documents as not permitted; not all of them are refused.",
		"Check the address. If Graph refuses it, ask the guest for another one.",
	},
	{
		KindHyphen, "hyphen first or last", SeverityWarning,
		"The address has a hyphen at the start or right before the @, which Graph documents as not permitted.",
		"Check the address. If Graph refuses it, ask the guest for another one.",
	},
	{
		KindNotASCII, "letters beyond a to z", SeverityWarning,
		"The address has letters other than a to z before the @, which few email systems deliver.",
		"Check the address; usually it has no accents, and a plain apostrophe.",
	},
	{
		KindTypo, "likely typo", SeverityWarning,
		"The domain is nearly that of a well-known email provider or of many other rows of the list, or has an ending that is not known.", "Correct the domain if this is a typo.",
	},
	{
		KindMessageMuted, "text that is not emailed", SeverityWarning,
		"The row has a text or a copy of its own, and no invitation email is sent for it.",
		"Turn the email on with --send-message or in the row, or leave the text or copy out.",
	},
	{
		KindMessageLong, "very long text", SeverityWarning,
		"Microsoft has left texts of this length out of the email without an error.",
		"Shorten the text, or send one invitation to yourself first.",
	},
	{
		KindMessageHTML, "tags in a plain text", SeverityWarning,
		"The text has HTML tags, which the guest will see: the email is plain text only.", "Write the text without tags.",
	},
	{
		KindMessageGap, "gap in the message", SeverityWarning,
		"The template of the message names a column whose cell is empty in this row.", "Fill the cell, or leave it out of the text; a template of --message can use {{with}}.",
	},
	{
		KindGarbled, "garbled text", SeverityWarning,
		"Letters of the text were likely lost on the way through a program that took it for another encoding.",
		"Fetch the list again and save it as \"CSV UTF-8\", or correct the text.",
	},
	{
		KindShifted, "shifted cells", SeverityWarning,
		"The guest's name is the email address of somebody else: often a cell has the character that separates the cells of the file, and all that follow it are one column off.",
		"Put the cell with the separator in double quotes, or move the cells back; two addresses need two rows.",
	},
	{
		KindMessageRaw, "template marks in a plain text", SeverityWarning,
		"A text of the row's own has {{, which the guest will see: only --message is a template.",
		"Write the text as the guest should read it, or use --message.",
	},
	{
		KindBesides, "asked for by a duplicate alone", SeverityWarning,
		"The row repeats the address of an earlier one, and asks for a group, a value, a manager or a sponsor that the earlier row does not have. The guest is invited once and gets what the earlier row asks for; this is not done.",
		"Enter it in the earlier row if the guest is to get it.",
	},
	{kind: KindDuplicate, words: "duplicate", severity: SeverityDuplicate},
}

// known is the place of the kind in the catalogue, -1 for none.
func (k Kind) known() int {
	return slices.IndexFunc(kinds, func(about kindEntry) bool { return about.kind == k })
}

// Words say what the kind is about, for lists of counts.
func (k Kind) Words() string {
	if at := k.known(); at >= 0 {
		return kinds[at].words
	}
	return strings.ReplaceAll(string(k), "-", " ")
}

// Advice is how to correct a cell of the kind, "" for a kind that is not known.
func (k Kind) Advice() string {
	if at := k.known(); at >= 0 {
		return kinds[at].advice
	}
	return ""
}

// Severity is what most problems of the kind mean for their row, "" for a kind that is not
// known.
func (k Kind) Severity() Severity {
	if at := k.known(); at >= 0 {
		return kinds[at].severity
	}
	return ""
}

// Kinds returns what is known about each kind, under its name and its words. Rows that
// repeat another have an Error Code, [CodeDuplicate], which says it.
func Kinds() []graph.Entry {
	var entries []graph.Entry
	for _, known := range kinds {
		if known.kind == KindDuplicate {
			continue
		}
		texts := []string{strings.ToLower(known.words)}
		if known.kind == KindManager {
			texts = append(texts, NoSuchPerson)
		}
		entries = append(entries, graph.Entry{
			Name: string(known.kind), Retry: graph.RetryNever, Texts: texts, Meaning: known.meaning, Advice: known.advice,
		})
	}
	return entries
}
