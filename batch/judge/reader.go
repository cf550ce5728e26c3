package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/text"
)

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
	body, err := message.fill(r.header, r.row, templateData{
		DisplayName:  cmp.Or(inv.DisplayName, inv.EmailAddress),
		Greeting:     cmp.Or(text.Greeting(inv.DisplayName), inv.EmailAddress),
		EmailAddress: inv.EmailAddress,
	})
	if err != nil {
		r.wrong(batch.Message, "", err)
	}
	if column := message.emptyColumn(r.header, r.row); column != "" && inv.SendMessage {
		r.warn(batch.Message, "", errMessageGap(column, message.gapAdvice(column)))
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

// maxGroupName is the length of a group's display name that Graph documents, in
// characters (learn.microsoft.com/graph/api/resources/group).
const maxGroupName = 256

// wanted reads what the row asks for after the invitation: formats and lengths. Whether
// there are such groups and persons only the tenant can tell.
func (r *reader) wanted(sponsors []graph.Object) batch.Wanted {
	var w batch.Wanted
	if _, asked := r.header.Fields[batch.Groups]; asked {
		w.Groups = r.groups()
	}
	if _, asked := r.header.Fields[batch.Manager]; asked {
		w.Manager = r.manager()
	}
	for _, a := range r.defaults.Attributes {
		f := batch.AttributeField(a)
		value := r.value(f)
		err := attributeError(a, value)
		switch {
		case value == "": // what is there is left alone
		case err != nil:
			r.wrong(f, value, err)
		default:
			if w.Attributes == nil {
				w.Attributes = make(graph.Attributes)
			}
			w.Attributes[a] = value
		}
	}
	if r.defaults.SponsorAddresses {
		for _, s := range sponsors {
			w.Sponsors = append(w.Sponsors, batch.Target{Name: s.ID})
		}
	}
	return w
}

// groups reads names and object ids, each once, separated by semicolons or line breaks.
func (r *reader) groups() []batch.Target {
	var all []batch.Target
	seen := make(map[string]bool)
	for _, name := range strings.FieldsFunc(r.value(batch.Groups), func(c rune) bool { return strings.ContainsRune(";\r\n", c) }) {
		name = text.Trim(name)
		if key := strings.ToLower(name); name == "" || seen[key] {
			continue
		}
		seen[strings.ToLower(name)] = true
		if err := groupError(name); err != nil {
			r.wrong(batch.Groups, name, err)
			continue
		}
		all = append(all, batch.Target{Name: name})
	}
	return all
}

// CheckGroup says what is wrong with the name or the object id of a group, nil for nothing.
// The error is a [*CellError].
func CheckGroup(name string) error {
	if err := groupError(name); err != nil {
		return err
	}
	return nil
}

func groupError(name string) *CellError {
	switch {
	case name == "":
		return kindError(batch.KindGroups, "is empty")
	case isSpreadsheetError(name):
		return errSpreadsheet
	case utf8.RuneCountInString(name) > maxGroupName:
		return kindError(batch.KindGroups, "is too long for the name of a group")
	default:
		return nil
	}
}

// manager reads the address, the user principal name or the object id of one person.
func (r *reader) manager() batch.Target {
	s := r.value(batch.Manager)
	if s == "" {
		return batch.Target{}
	}
	name, err := personName(s, batch.KindManager)
	if err != nil {
		r.wrong(batch.Manager, s, err)
		return batch.Target{}
	}
	return batch.Target{Name: name}
}

// personName is how a person of the tenant is looked up who is named in a cell.
func personName(s string, kind batch.Kind) (string, *CellError) {
	if isSpreadsheetError(s) {
		return s, errSpreadsheet
	}
	if object, err := objectID(s); err == nil {
		return object.ID, nil
	}
	if isGuestPrincipal(s) && !strings.ContainsFunc(s, text.IsInvisible) {
		return strings.ToLower(s), nil
	}
	mailbox, err := readMailbox(s)
	if err != nil {
		return s, &CellError{kind, "is neither an address nor an object id", batch.KindManager.Advice()}
	}
	return batch.Key(mailbox.Address), nil
}

// attributeError says why Graph would not take a value.
func attributeError(a graph.Attribute, value string) *CellError {
	if isSpreadsheetError(value) {
		return errSpreadsheet
	}
	err := a.Check(value)
	if err == nil {
		return nil
	}
	return kindError(batch.KindAttribute, strings.TrimPrefix(err.Error(), string(a)+" "))
}
