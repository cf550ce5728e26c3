package judge

import (
	"fmt"
	"mime"
	"net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
	"guestlist/internal/text"
)

// The lengths that RFC 5321 allows, in bytes.
const (
	maxLocal   = 64
	maxAddress = 254
)

// maxCell is more than an address with a name needs, in bytes. A longer cell is
// not taken apart, so that a hostile list cannot make us spend time on it.
const maxCell = 4096

// What can be wrong with an address.
var (
	errNoAddress  = kindError(batch.KindNoAddress, "no address")
	errAddress    = kindError(batch.KindNotAnAddress, "is not an address like name@example.com")
	errSeveralAts = &CellError{batch.KindNotAnAddress, "has more than one @", "Correct the address: one address, one row."}
	errDots       = &CellError{batch.KindNotAnAddress, "has a dot first or last in its user name, or two in a row", "Correct the address: email does not allow such dots."}
	errEncoding   = &CellError{batch.KindCharacter, "contains bytes that are not text", "Type the address again."}
	errPrincipal  = &CellError{
		batch.KindNotAnAddress, "is the user name of a guest account, not an email address",
		"Enter the guest's email address: the part before #EXT#, with @ instead of the last _.",
	}
	errAddressLong = kindError(batch.KindAddressLength, "is longer than email allows (64 characters before the @, 254 in all)")
)

// errDomain says what is wrong with a domain that the Internet cannot have. People
// often leave out the last part, so a name without a dot gets a text of its own.
func errDomain(domain string) *CellError {
	what := "has an invalid domain"
	if isSimpleLabel(domain) {
		what = fmt.Sprintf("has the domain %q, which is incomplete (no .com, .org, ...)", domain)
	}
	return kindError(batch.KindDomain, what)
}

// Mailbox is what the address cell of a row says.
type Mailbox struct {
	// Address is bare: one @, no spaces, no name, composed Unicode (NFC).
	Address string
	// Name is the name beside it, as in "Anna Berg <anna@example.com>", "" if there is none.
	Name string
	// Special are the special characters of the user name that Graph documents
	// as not permitted, each once.
	Special string
}

// ReadAddress reads a cell the way people fill it: a bare address, a mailto link,
// an address in quotes, or one with a name beside it. Its errors are [*CellError].
func ReadAddress(cell string) (Mailbox, error) {
	mailbox, err := readMailbox(cell)
	if err != nil {
		return Mailbox{}, err
	}
	return mailbox, nil
}

func readMailbox(cell string) (Mailbox, *CellError) {
	cell = text.Trim(cell)
	if strings.HasPrefix(cell, textMark) {
		cell = withoutTextMark(cell)
	}
	if isGuestPrincipal(cell) {
		return Mailbox{}, errPrincipal
	}
	if isSimpleAddress(cell) {
		return Mailbox{Address: cell, Special: specialCharacters(cell)}, nil
	}
	if len(cell) > maxCell {
		return Mailbox{}, errAddressLong
	}
	if n := countAddresses(cell); n > 1 {
		return Mailbox{}, kindError(batch.KindSeveralAddresses, fmt.Sprintf("contains %d addresses", n))
	}
	bare, name := unwrap(cell)
	address, err := checkAddress(norm.NFC.String(bare))
	if err != nil {
		return Mailbox{}, adviseOnSurroundingText(cell, err)
	}
	if batch.Key(name) == batch.Key(address) {
		name = ""
	}
	return Mailbox{Address: address, Name: name, Special: specialCharacters(address)}, nil
}

// GuestName is the name under which a guest was invited, of whom a record tells: the
// list's own, or the one beside the address where that is the address still. "" is none.
func GuestName(h batch.Header, rec batch.Record) string {
	row := batch.Row{Cells: rec.Cells}
	if name := h.Value(row, batch.Name); name != "" {
		return name
	}
	box, err := ReadAddress(h.Value(row, batch.Email))
	if invited := rec.Outcome.Address; err != nil || invited != "" && batch.Key(box.Address) != invited {
		return ""
	}
	return box.Name
}

// Address is [ReadAddress] for callers who need the bare address only.
func Address(cell string) (string, error) {
	mailbox, err := ReadAddress(cell)
	return mailbox.Address, err
}

// checkAddress accepts a bare address and returns it unchanged.
func checkAddress(address string) (string, *CellError) {
	switch {
	case address == "":
		return "", errNoAddress
	case !utf8.ValidString(address):
		return "", errEncoding
	}
	if !strings.Contains(address, "@") {
		return "", errAddress
	}
	if at := strings.IndexFunc(address, text.IsInvisible); at >= 0 {
		r, _ := utf8.DecodeRuneInString(address[at:])
		return "", kindError(batch.KindCharacter, fmt.Sprintf("contains %s", text.Describe(r)))
	}
	local, domain, _ := strings.Cut(address, "@")
	switch {
	case local == "" || domain == "":
		return "", errAddress
	case strings.Contains(domain, "@"):
		return "", errSeveralAts
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return "", errDots
	}
	ascii, ok := batch.ASCIIDomain(domain)
	if !ok {
		return "", errDomain(domain)
	}
	// net/mail alone would take "Anna <a@b>"; the comparison refuses all but the bare form.
	parsed, err := mail.ParseAddress(address)
	switch {
	case err != nil || parsed.Address != address || parsed.Name != "":
		return "", errAddress
	case len(local) > maxLocal || len(local)+1+len(ascii) > maxAddress:
		return "", errAddressLong
	default:
		return address, nil
	}
}

// isGuestPrincipal recognizes the user principal name that Entra gives a guest,
// pat_fabrikam.com#EXT#@contoso.onmicrosoft.com: lists exported from a directory
// are full of them.
func isGuestPrincipal(address string) bool {
	return strings.Contains(address, "#EXT#@") || strings.Contains(address, "#ext#@")
}

// CheckDomain reads a domain as people type it, with or without an @ before it.
// The result can be compared with [batch.Domain]. Its errors are [*CellError].
func CheckDomain(s string) (string, error) {
	domain := norm.NFC.String(strings.TrimSuffix(strings.TrimPrefix(text.Trim(s), "@"), "."))
	if _, after, address := strings.Cut(domain, "@"); address {
		return "", &CellError{batch.KindDomain, "is an address and not a domain", "Write what follows the @: " + after}
	}
	ascii, ok := batch.ASCIIDomain(domain)
	if !ok {
		return "", &CellError{batch.KindDomain, "is not a domain", "Write it like contoso.com."}
	}
	return ascii, nil
}

// mailto starts a link to an address, smtp an address as directories export it.
const (
	mailto = "mailto:"
	smtp   = "smtp:"
)

// unwrap takes an address out of what people and email programs put around it,
// and returns the name beside it. What is left need not be an address.
func unwrap(cell string) (bare, name string) {
	bare = trimQuotes(cell)
	if before, in, ok := brackets(bare, '<', '>'); ok {
		return trimQuotes(in), nameIn(before)
	}
	if before, in, ok := brackets(bare, '[', ']'); ok && strings.Contains(in, "@") {
		return trimQuotes(in), nameIn(before)
	}
	if before, in, ok := brackets(bare, '(', ')'); ok && strings.Contains(before, "@") {
		return trimQuotes(before), nameIn(in)
	}
	return bare, ""
}

// brackets splits "before <in>" at its last pair of brackets.
func brackets(s string, opening, closing byte) (before, in string, ok bool) {
	at := strings.LastIndexByte(s, opening)
	if at < 0 || s[len(s)-1] != closing {
		return "", "", false
	}
	return s[:at], s[at+1 : len(s)-1], true
}

// trimQuotes removes what is wrapped around an address, layer by layer: punctuation,
// quotes, brackets, prefixes.
func trimQuotes(s string) string {
	for {
		inner := strings.TrimLeft(strings.TrimRight(text.Trim(s), ",;."), ",;")
		inner = trimMailto(trimSMTPPrefix(trimPair(text.Trim(inner))))
		if inner == s {
			return s
		}
		s = inner
	}
}

// trimPair removes a pair of quotes or brackets around a text. It knows the quotes
// of many languages: „Berlin“, “London”, »Wien«, « Paris ».
func trimPair(s string) string {
	const opening, closing = "\"'`‘‚‹›“„«»<([", "\"'`’‘‚›‹”“«»>)]"
	for _, first := range opening {
		inner, ok := strings.CutPrefix(s, string(first))
		if !ok {
			continue
		}
		for _, last := range closing {
			if bare, ok := strings.CutSuffix(inner, string(last)); ok && isPair(first, last) {
				return bare
			}
		}
	}
	return s
}

// isPair accepts brackets of one kind, and any two quotes, since word processors
// mix those.
func isPair(first, last rune) bool {
	const opening, closing = "<([", ">)]"
	if at := strings.IndexRune(opening, first); at >= 0 {
		return rune(closing[at]) == last
	}
	return !strings.ContainsRune(closing, last)
}

// trimSMTPPrefix removes the address type that Exchange and Active Directory write
// before an address.
func trimSMTPPrefix(s string) string {
	if len(s) >= len(smtp) && strings.EqualFold(s[:len(smtp)], smtp) {
		return s[len(smtp):]
	}
	return s
}

// trimMailto returns the address of a mailto link (RFC 6068), and any other text as it is.
func trimMailto(s string) string {
	if len(s) < len(mailto) || !strings.EqualFold(s[:len(mailto)], mailto) {
		return s
	}
	address, _, _ := strings.Cut(s[len(mailto):], "?")
	if decoded, err := url.PathUnescape(address); err == nil {
		return decoded
	}
	return address
}

// nameIn cleans the name beside an address: it removes quotes and decodes what
// an email header encodes.
func nameIn(s string) string {
	name := text.Trim(trimPair(strings.Trim(text.Trim(s), ",;")))
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.ToValidUTF8(name, ""))
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(words, " ")
}

// countAddresses counts the addresses in a cell. A link with its own text,
// "a@b.example <mailto:a@b.example>", counts as one.
func countAddresses(cell string) int {
	tokens := strings.FieldsFunc(cell, func(r rune) bool { return text.IsInvisible(r) || strings.ContainsRune(",;<>()[]|\"", r) })
	var found []string
	for _, token := range tokens {
		if token = batch.Key(trimQuotes(token)); hasAt(token) {
			found = append(found, token)
		}
	}
	if len(found) == 2 && found[0] == found[1] && strings.ContainsAny(cell, "<[(") {
		return 1
	}
	return len(found)
}

// adviseOnSurroundingText advises what to keep of a cell that contains an address
// and other words. It asks whether that is the whole address, since in
// "anna berg@x.example" a dot may be missing. An invisible character does not
// separate words, so nothing is advised about those.
func adviseOnSurroundingText(cell string, err *CellError) *CellError {
	if strings.ContainsFunc(cell, func(r rune) bool { return text.IsInvisible(r) && !unicode.IsSpace(r) }) {
		return err
	}
	words := strings.FieldsFunc(cell, func(r rune) bool { return unicode.In(r, unicode.White_Space) || strings.ContainsRune(",;<>()[]|\"", r) })
	for _, word := range words {
		if word = trimQuotes(word); isSimpleAddress(word) {
			return &CellError{err.Kind, err.What, fmt.Sprintf("If %s is the whole address, leave only that in the cell; if not, type the address again.", word)}
		}
	}
	return err
}

// hasAt reports whether a text has an @ with something on both sides.
func hasAt(token string) bool {
	at := strings.IndexByte(token, '@')
	return at > 0 && at < len(token)-1
}

// isSimpleAddress reports whether a text is plainly a valid address, as nearly all
// cells are. It is a shortcut: it refuses many addresses that are valid, but
// accepts nothing that the full check would refuse.
func isSimpleAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && len(local) <= maxLocal && len(s) <= maxAddress && isSimpleLocal(local) && isSimpleDomain(domain)
}

// isSimpleLocal accepts a dot-atom of RFC 5322.
func isSimpleLocal(local string) bool {
	afterDot := true // or at the start
	for i := range len(local) {
		switch c := local[i]; {
		case c == '.' && afterDot:
			return false
		case c != '.' && !isAlphanumeric(c) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) < 0:
			return false
		default:
			afterDot = c == '.'
		}
	}
	return !afterDot
}

// isSimpleDomain accepts a name of two or more labels in either case, none of
// them punycode, the last of which does not start with a digit.
func isSimpleDomain(domain string) bool {
	labels := 0
	for label := range strings.SplitSeq(domain, ".") {
		if !isSimpleLabel(label) {
			return false
		}
		labels++
	}
	return labels > 1 && !isDigit(domain[strings.LastIndexByte(domain, '.')+1])
}

func isSimpleLabel(label string) bool {
	n := len(label)
	if n == 0 || n > 63 || label[0] == '-' || label[n-1] == '-' || n >= 4 && label[2:4] == "--" {
		return false
	}
	for i := range n {
		if !isAlphanumeric(label[i]) && label[i] != '-' {
			return false
		}
	}
	return true
}

// isPlainWord reports whether a text has only letters, digits, dots, hyphens and underscores.
func isPlainWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
