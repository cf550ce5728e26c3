// Package judge finds out what a row of a list asks for, and what is wrong with
// it: cells become an invitation, or problems that name their column.
package judge

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/text"
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

// reader reads the fields of one row and collects what is to be said about them.
type reader struct {
	header             batch.Header
	defaults           Defaults
	row                batch.Row
	problems, warnings []batch.Problem
}

// wrong adds a problem that keeps the row from being sent.
func (r *reader) wrong(f batch.Field, value string, err *CellError) {
	r.problems = append(r.problems, r.problem(batch.SeverityInvalid, f, value, err))
}

// warn adds a problem that is worth a look and does not keep the row from being sent.
func (r *reader) warn(f batch.Field, value string, err *CellError) {
	r.warnings = append(r.warnings, r.problem(batch.SeverityWarning, f, value, err))
}

// warnDefault is warn for a text that may come from the defaults.
func (r *reader) warnDefault(f batch.Field, value string, err *CellError, isDefault bool) {
	p := r.problem(batch.SeverityWarning, f, value, err)
	p.Default = isDefault
	r.warnings = append(r.warnings, p)
}

func (r *reader) problem(severity batch.Severity, f batch.Field, value string, err *CellError) batch.Problem {
	return batch.Problem{Severity: severity, Field: f, Kind: err.Kind, Column: r.header.Heading(f), Value: value, What: err.What, Advice: err.Advice}
}

// surplus refuses a row with text below no heading, beyond the last one or between two.
// A comma that is not in quotes shifts all that follows it, so that no cell of the row
// can be trusted: half a message would be sent, or a link handed to the wrong manager.
func (r *reader) surplus() {
	at, over := r.header.Surplus(r.row)
	if len(over) == 0 {
		return
	}
	where := "beyond the last heading"
	if at < len(r.header.Columns) {
		where = "in a column without a heading"
	}
	r.problems = append(r.problems, batch.Problem{
		Severity: batch.SeverityInvalid, Field: batch.Email, Kind: batch.KindSurplus,
		Column: "column " + text.ColumnName(at+1), Value: strings.Join(over, " | "),
		What:   "is text " + where + ": the cells of this row may be shifted",
		Advice: batch.KindSurplus.Advice(),
	})
}

// value returns the row's own value of a field, "" where it has none. A text of people
// may begin with an apostrophe; elsewhere it is Excel's mark of a text.
func (r *reader) value(f batch.Field) string {
	s := r.header.Value(r.row, f)
	if f == batch.Message || !strings.HasPrefix(s, textMark) {
		return s
	}
	return withoutTextMark(s)
}

// valueOr returns the row's own value of a field, or the default.
func (r *reader) valueOr(f batch.Field, otherwise string) string {
	if own := r.value(f); own != "" {
		return own
	}
	return otherwise
}

// address reads whom the row invites. A cell without an address is returned as
// it is, so that reports can name the row.
func (r *reader) address() Mailbox {
	s := r.value(batch.Email)
	mailbox, err := readMailbox(s)
	switch {
	case isSpreadsheetError(s):
		err = errSpreadsheet
	case r.isStruck(batch.Email):
		err = errStruckAddress
	}
	if err != nil {
		r.wrong(batch.Email, s, err)
		return Mailbox{Address: s}
	}
	if domain := batch.Domain(mailbox.Address); slices.Contains(r.defaults.OwnDomains, domain) {
		r.wrong(batch.Email, s, errOwnDomain(domain))
	}
	for _, warning := range addressWarnings(mailbox) {
		r.warn(batch.Email, s, warning)
	}
	return mailbox
}

var (
	errStruckAddress = kindError(batch.KindStruck, "is struck through in part, so that it is not certain which address is meant")
	errStruckText    = &CellError{
		batch.KindStruck, "is struck through in part; all of it is used", "Delete the part that is struck through if it is not meant.",
	}
)

// isStruck reports whether a part of a field's cell is struck through.
func (r *reader) isStruck(f batch.Field) bool {
	at, ok := r.header.Fields[f]
	return ok && slices.Contains(r.row.Struck, at)
}

// warnStruck warns about such a part in other cells than addresses.
func (r *reader) warnStruck() {
	if len(r.row.Struck) == 0 {
		return
	}
	for _, f := range batch.Fields() {
		switch {
		case f == batch.Email || f == batch.CC || !r.isStruck(f):
		case f == batch.Message:
			r.warn(f, "", errStruckText)
		default:
			r.warn(f, r.row.Cell(r.header.Fields[f]), errStruckText)
		}
	}
	for _, part := range r.header.NameFrom {
		if slices.Contains(r.row.Struck, part.Column) {
			r.warn(batch.Name, r.row.Cell(part.Column), errStruckText)
		}
	}
}

// name is the row's own, or the one beside its address.
func (r *reader) name(guest Mailbox) string {
	name := r.valueOr(batch.Name, guest.Name)
	if isSpreadsheetError(name) {
		r.wrong(batch.Name, name, errSpreadsheet)
	}
	if err := garbled(name); err != nil {
		r.warn(batch.Name, name, err)
	}
	if isAddressOfAnother(name, guest.Address) {
		r.warn(batch.Name, name, errShifted)
	}
	if n := utf8.RuneCountInString(name); n > maxDisplayName {
		r.wrong(batch.Name, "", kindError(batch.KindNameLength, fmt.Sprintf("has %d characters; Graph takes %d", n, maxDisplayName)))
	}
	return name
}

var errShifted = kindError(batch.KindShifted, "is the address of somebody else; the cells of this row look shifted")

// isAddressOfAnother reports whether a name is an email address, and not that of the guest.
func isAddressOfAnother(name, guest string) bool {
	if !strings.Contains(name, "@") {
		return false
	}
	mailbox, err := ReadAddress(name)
	return err == nil && batch.Key(mailbox.Address) != batch.Key(guest)
}

func (r *reader) redirectURL() string {
	s := r.value(batch.RedirectURL)
	isDefault := s == ""
	if isDefault {
		s = r.defaults.RedirectURL
	} else if err := redirectURLError(s); err != nil {
		r.wrong(batch.RedirectURL, s, err)
		return s
	}
	if isPlainHTTP(s) {
		r.warnDefault(batch.RedirectURL, s, errPlainHTTP, isDefault)
	}
	if err := doubtfulRedirect(s); err != nil {
		r.warnDefault(batch.RedirectURL, s, err, isDefault)
	}
	return s
}

func (r *reader) sendMessage() bool {
	s := r.value(batch.SendMessage)
	if s == "" {
		return r.defaults.SendMessage
	}
	send, ok := parseYesNo(s)
	if !ok {
		r.wrong(batch.SendMessage, s, errYesNo)
	}
	return send
}

func (r *reader) userType() string {
	s := r.valueOr(batch.UserType, r.defaults.UserType)
	kind, ok := userType(s)
	if !ok {
		r.wrong(batch.UserType, s, errUserType)
	}
	return kind
}

// sponsors reads object ids, each once. They may be separated by semicolons,
// commas or line breaks and stand in braces.
func (r *reader) sponsors() []graph.Object {
	s := r.value(batch.Sponsors)
	if s == "" {
		return nil
	}
	var objects []graph.Object
	seen := make(map[graph.Object]bool)
	for _, id := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(";,|\r\n", c) }) {
		if id = text.Trim(id); id == "" {
			continue
		}
		object, err := objectID(id)
		if err != nil && r.defaults.SponsorAddresses {
			object.ID, err = personName(id, batch.KindSponsors)
		}
		if seen[object] {
			continue
		}
		seen[object] = true
		if len(seen) > graph.MaxSponsors {
			continue // counted, but what is wrong with each of them would be too long a list
		}
		if err != nil {
			r.wrong(batch.Sponsors, id, err)
		}
		objects = append(objects, object)
	}
	if len(seen) > graph.MaxSponsors {
		r.wrong(batch.Sponsors, "", &CellError{
			batch.KindSponsors, fmt.Sprintf("names %d sponsors; Graph takes %d", len(seen), graph.MaxSponsors), "Leave some out.",
		})
	}
	if r.defaults.NoSponsors {
		return nil
	}
	return objects
}

// messageInfo checks the message even where no email is sent, so that a mistake
// shows before the email is turned on. It is sent with an email only.
func (r *reader) messageInfo(inv graph.Invitation) *graph.MessageInfo {
	own := r.value(batch.Message)
	object, isObject, err := readMessageObject(own)
	if err != nil {
		r.wrong(batch.Message, own, err)
	} else {
		r.checkObject(object)
	}
	if isObject {
		own = object.Body
	}
	info := graph.MessageInfo{Language: r.language(object.Language)}
	message := r.defaults.Message
	if translated, ok := r.defaults.Translations.in(info.Language); ok {
		message = translated
	}
	info.Body, info.CC = r.messageBody(inv, own, message), r.cc(object.copied())
	r.warnMessage(inv, info.Body, message)
	if !inv.SendMessage || info.Body == "" && info.Language == "" && info.CC == nil {
		return nil
	}
	return &info
}

// checkObject says what of an object of PowerShell would not be sent.
func (r *reader) checkObject(object messageObject) {
	if len(object.CC) > 0 {
		if copies := object.copies(r.value(batch.CC)); len(copies) > 1 {
			r.wrong(batch.Message, "", errCopies(copies))
		}
	}
	if len(object.unknown) > 0 {
		r.warn(batch.Message, "", errMessageMembers(object.unknown))
	}
}

// language is that of the row; instead stands in for its cell.
func (r *reader) language(instead string) string {
	s := r.valueOr(batch.Language, cmp.Or(instead, r.defaults.Language))
	tag, ok := languageTag(s)
	if !ok {
		r.wrong(batch.Language, s, errLanguage)
	}
	return tag
}

// cc is the copy of the row; instead stands in for its cell.
func (r *reader) cc(instead string) []graph.Recipient {
	s := r.valueOr(batch.CC, cmp.Or(instead, r.defaults.CC))
	if s == "" {
		return nil
	}
	mailbox, err := readMailbox(s)
	if r.isStruck(batch.CC) {
		r.wrong(batch.CC, s, errStruckAddress)
		return nil
	}
	if err != nil {
		r.wrong(batch.CC, s, &CellError{err.Kind, err.What, "Give one address; Microsoft sends only one copy."})
	}
	return graph.CC(mailbox.Address)
}

// messageBody is the row's own text, or what the template makes.
func (r *reader) messageBody(inv graph.Invitation, own string, message MessageTemplate) string {
	if own != "" {
		if isSpreadsheetError(own) {
			r.wrong(batch.Message, own, errSpreadsheet)
		}
		return own
	}
	name := inv.DisplayName
	if name == "" {
		name = inv.EmailAddress
	}
	body, err := message.fill(r.header, r.row, templateData{DisplayName: name, EmailAddress: inv.EmailAddress})
	if err != nil {
		r.wrong(batch.Message, "", err)
	}
	if column := message.emptyColumn(r.header, r.row); column != "" && inv.SendMessage {
		r.warn(batch.Message, "", errMessageGap(column))
	}
	return body
}

// warnMessage warns about a text that guests may not get the way it was meant.
func (r *reader) warnMessage(inv graph.Invitation, body string, message MessageTemplate) {
	if !inv.SendMessage {
		r.warnUnsent()
		return
	}
	own := r.value(batch.Message)
	if strings.Contains(own, "{{") {
		r.warn(batch.Message, "", errMessageRaw)
	}
	// A question mark may stand between letters in a link.
	if err := garbled(own); err != nil && !text.IsASCII(own) {
		r.warn(batch.Message, "", err)
	}
	if n := utf8.RuneCountInString(body); n >= longMessage {
		r.warnDefault(batch.Message, "", errMessageLong(n), own == "" && message.alwaysLong)
	}
	if hasHTMLTag(body) {
		r.warnDefault(batch.Message, "", errMessageHTML, own == "" && message.alwaysHTML)
	}
}

// warnUnsent warns about what only an email would carry, unless the cell that
// says whether to send one cannot be read.
func (r *reader) warnUnsent() {
	if slices.ContainsFunc(r.problems, func(p batch.Problem) bool { return p.Field == batch.SendMessage }) {
		return
	}
	if r.value(batch.Message) != "" {
		r.warn(batch.Message, "", errMessageUnused)
	}
	if cc := r.value(batch.CC); cc != "" {
		r.warn(batch.CC, cc, errCopyUnused)
	}
}
