package judge

import (
	"fmt"
	"net/mail"
	"strings"
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
// not taken apart: that would cost a hostile list nothing and us much.
const maxCell = 4096

// What can be wrong with an address.
var (
	errNoAddress = &CellError{batch.KindNoAddress, "no address", "Write the guest's mail address, or take the row out."}
	errAddress   = &CellError{batch.KindNotAnAddress, "is not an address like name@example.com", "Correct the address."}
	errAts       = &CellError{batch.KindNotAnAddress, "has more than one @ in it", "Correct the address: one address, one row."}
	errDots      = &CellError{batch.KindNotAnAddress, "has a dot first or last in its user name, or two in a row", "Correct the address: mail does not allow such dots."}
	errEncoding  = &CellError{batch.KindCharacter, "has characters in it that are no text", "Type the address anew."}
	errDomain    = &CellError{batch.KindDomain, "has a domain that cannot exist", "Correct what follows the @."}
	errPrincipal = &CellError{
		batch.KindNotAnAddress, "is the user name of a guest account, not a mail address",
		"Write the mail address of the guest: it stands before #EXT#, with @ in place of the last _.",
	}
	errAddressLong = &CellError{
		batch.KindAddressLength, "is longer than mail allows (64 characters before the @, 254 in all)",
		"Correct the address: it may be two that grew together.",
	}
)

// Mailbox is what the address cell of a row says.
type Mailbox struct {
	// Address is bare: one @, no spaces, no name, composed Unicode (NFC).
	Address string
	// Name is what stood beside it, as in "Anna Berg <anna@example.com>", "" if nothing did.
	Name string
	// Signs are those signs of the user name, each once, that Graph documents
	// as not permitted.
	Special string
}

// ReadAddress reads a cell as people fill it: a bare address, a mailto link, an
// address in quotes, or one with a name beside it. Its errors are [*CellError].
func ReadAddress(cell string) (Mailbox, error) {
	box, err := readMailbox(cell)
	if err != nil {
		return Mailbox{}, err
	}
	return box, nil
}

func readMailbox(cell string) (Mailbox, *CellError) {
	cell = text.Trim(cell)
	if guestPrincipal(cell) {
		return Mailbox{}, errPrincipal
	}
	if isSimpleAddress(cell) {
		return Mailbox{Address: cell, Special: specialCharacters(cell)}, nil
	}
	if len(cell) > maxCell {
		return Mailbox{}, errAddressLong
	}
	if n := addresses(cell); n > 1 {
		return Mailbox{}, &CellError{
			batch.KindSeveralAddresses, fmt.Sprintf("holds %d addresses", n), "Give each address a row of its own.",
		}
	}
	bare, name := unwrap(cell)
	address, err := checkAddress(norm.NFC.String(bare))
	if err != nil {
		return Mailbox{}, amongOthers(cell, err)
	}
	if batch.Key(name) == batch.Key(address) {
		name = ""
	}
	return Mailbox{Address: address, Name: name, Special: specialCharacters(address)}, nil
}

// Address is [ReadAddress] without what else the cell says.
func Address(cell string) (string, error) {
	box, err := ReadAddress(cell)
	return box.Address, err
}

// checkAddress accepts a bare address, which comes back as it is.
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
		return "", &CellError{batch.KindCharacter, fmt.Sprintf("has %s in it", text.Describe(r)), "Take it out; if in doubt, type the address anew."}
	}
	local, domain, _ := strings.Cut(address, "@")
	switch {
	case local == "" || domain == "":
		return "", errAddress
	case strings.Contains(domain, "@"):
		return "", errAts
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return "", errDots
	}
	ascii, ok := batch.ASCIIDomain(domain)
	if !ok {
		return "", errDomain
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

// guestPrincipal finds the user principal name that Entra gives a guest, which
// lists exported from a directory are full of: pat_fabrikam.com#EXT#@contoso.onmicrosoft.com.
func guestPrincipal(address string) bool {
	return strings.Contains(address, "#EXT#@") || strings.Contains(address, "#ext#@")
}

// notPermitted are the signs that Graph's documentation lists as not permitted
// in an address (invitation resource), as far as mail allows them. Whether the
// service enforces each is not documented; of the apostrophe not even the list
// is clear.
const notPermitted = "~!#$%^&*+={}/|?'"

// signs gathers those of an address, each once.
func specialCharacters(address string) string {
	local, _, _ := strings.Cut(address, "@")
	if alphanumerics(local) {
		return "" // as nearly always
	}
	var found strings.Builder
	for _, r := range notPermitted {
		if strings.ContainsRune(local, r) {
			found.WriteRune(r)
		}
	}
	return found.String()
}

// CheckDomain cleans a domain that somebody typed, with or without an @ before
// it: the result compares with [Domain]. Its errors are [*CellError].
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
