package batch

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The lengths that RFC 5321 allows, in bytes.
const (
	maxLocal   = 64
	maxAddress = 254
)

// What can be wrong with an address. They say what people should look for.
var (
	errNoAddress   = errors.New("no address")
	errCharacter   = errors.New("has a space or an invisible character in it")
	errAddress     = errors.New("is not an address like name@example.com")
	errSeveral     = errors.New("holds more than one address")
	errDomain      = errors.New("has a domain that cannot exist")
	errAddressLong = errors.New("is longer than mail allows (64 characters before the @, 254 in all)")
)

// Address cleans one cell: surrounding spaces go, and what is left must be a
// bare mail address, which comes back as written.
func Address(cell string) (string, error) {
	address := strings.TrimFunc(cell, odd)
	switch {
	case address == "":
		return "", errNoAddress
	case strings.Count(address, "@") > 1:
		return "", errSeveral
	case !utf8.ValidString(address) || strings.ContainsFunc(address, odd):
		return "", errCharacter
	}
	// net/mail alone would take "Anna <a@b>"; the comparison refuses all but the bare form.
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" {
		return "", errAddress
	}
	return address, domainFits(address)
}

func domainFits(address string) error {
	local, domain, _ := strings.Cut(address, "@")
	ascii, err := idna.Registration.ToASCII(strings.ToLower(domain))
	switch {
	case err != nil || !strings.Contains(ascii, ".") || len(ascii) > 253:
		return errDomain
	case len(local) > maxLocal || len(local)+1+len(ascii) > maxAddress:
		return errAddressLong
	default:
		return nil
	}
}

// odd finds what no address holds and people do not see: spaces of every kind,
// zero-width and control characters.
func odd(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z)
}

// Key is what an address is known by: lower case.
func Key(address string) string { return strings.ToLower(address) }

// Domain returns what follows the @ of an address, lower case, "" without one.
func Domain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(address[at+1:])
}
