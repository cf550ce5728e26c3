package batch

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"guestlist/internal/text"
)

// maxDomain is the longest name that the DNS knows, in bytes.
const maxDomain = 253

// ASCIIDomain gives a domain as the DNS knows it: lower case, punycode where it
// was written in other letters. It reports false for what cannot be a domain of
// the Internet: one label alone, an IP address, a name that is too long.
func ASCIIDomain(domain string) (ascii string, ok bool) {
	if len(domain) > 4*maxDomain { // punycode of a long text takes long
		return "", false
	}
	ascii, err := idna.Registration.ToASCII(strings.ToLower(domain))
	if err != nil || len(ascii) > maxDomain {
		return "", false
	}
	last := strings.LastIndexByte(ascii, '.')
	if last < 0 || strings.Trim(ascii[last+1:], "0123456789") == "" { // an IP address is no domain
		return "", false
	}
	return ascii, true
}

// Key is what an address is known by: lower case, the domain as the DNS knows
// it, so that every spelling of an address has one key. A text that is no
// address has a key, too.
func Key(address string) string {
	if text.IsASCII(address) && !strings.Contains(address, "--") {
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
	if text.IsASCII(domain) {
		return strings.ToLower(domain)
	}
	return known(norm.NFC.String(domain))
}

// known is a domain as the DNS knows it, or in lower case where it cannot exist.
func known(domain string) string {
	if ascii, ok := ASCIIDomain(domain); ok {
		return ascii
	}
	return strings.ToLower(domain)
}
