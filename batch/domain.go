package batch

import (
	"strings"

	"guestlist/internal/text"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxDomain is the longest name that the DNS knows, in bytes.
const maxDomain = 253

// asciiDomain gives a domain as the DNS knows it: lower case, punycode where it
// was written in other letters.
func asciiDomain(domain string) (string, *CellError) {
	if len(domain) > 4*maxDomain { // punycode of a long text takes long
		return "", errDomain
	}
	ascii, err := idna.Registration.ToASCII(strings.ToLower(domain))
	if err != nil || len(ascii) > maxDomain {
		return "", errDomain
	}
	last := strings.LastIndexByte(ascii, '.')
	if last < 0 || strings.Trim(ascii[last+1:], "0123456789") == "" { // an IP address is no domain
		return "", errDomain
	}
	return ascii, nil
}

// Key is what an address is known by: lower case, the domain as the DNS knows
// it, so that every spelling of an address has one key. A text that is no
// address has a key, too.
func Key(address string) string {
	if isASCII(address) && !strings.Contains(address, "--") {
		return strings.ToLower(address)
	}
	key := norm.NFC.String(strings.ToLower(norm.NFC.String(address)))
	at := strings.LastIndexByte(key, '@')
	if at < 0 {
		return key
	}
	return key[:at+1] + known(key[at+1:])
}

// Domain returns what follows the @ of an address as the DNS knows it, lower
// case and in ASCII; "" without an @.
func Domain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	domain := address[at+1:]
	if isASCII(domain) {
		return strings.ToLower(domain)
	}
	return known(norm.NFC.String(domain))
}

// known is a domain as the DNS knows it, or in lower case where it cannot exist.
func known(domain string) string {
	if ascii, err := asciiDomain(domain); err == nil {
		return ascii
	}
	return strings.ToLower(domain)
}

// CheckDomain cleans a domain that somebody typed, with or without an @ before
// it: the result compares with [Domain]. Its errors are [*CellError].
func CheckDomain(s string) (string, error) {
	domain := norm.NFC.String(strings.TrimSuffix(strings.TrimPrefix(text.Trim(s), "@"), "."))
	if _, after, address := strings.Cut(domain, "@"); address {
		return "", &CellError{KindDomain, "is an address and not a domain", "Write what follows the @: " + after}
	}
	ascii, err := asciiDomain(domain)
	if err != nil {
		return "", &CellError{KindDomain, "is not a domain", "Write it like contoso.com."}
	}
	return ascii, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
