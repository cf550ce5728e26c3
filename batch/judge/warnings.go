package judge

import (
	"cmp"
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// What can be said about an address that is well formed. Graph documents which
// special characters it does not permit (invitation resource); which of them it
// enforces is not known, so they are warned about and not refused.
var (
	errHyphen   = kindError(batch.KindHyphen, "has a hyphen first or last before the @, which Graph documents as not permitted")
	errNotASCII = kindError(batch.KindNotASCII, "has letters other than a to z before the @, which few email systems deliver")
)

func errSpecialCharacters(characters string) *CellError {
	name := "special character"
	if len(characters) > 1 {
		name = "special characters"
	}
	return kindError(batch.KindSpecialCharacter, fmt.Sprintf("has the %s %s before the @, which Graph documents as not permitted", name, strings.Join(strings.Split(characters, ""), " ")))
}

func errTypo(local, meant string) *CellError {
	return &CellError{
		batch.KindTypo, fmt.Sprintf("has a domain that is a likely typo of %s", meant), fmt.Sprintf("If so, write %s@%s.", local, meant),
	}
}

func errOwnDomain(domain string) *CellError {
	return kindError(batch.KindOwnDomain, fmt.Sprintf("is an address of your own tenant (%s), which Graph refuses to invite", domain))
}

// addressWarnings are the reasons to doubt an address that can be invited.
func addressWarnings(mailbox Mailbox) []*CellError {
	var found []*CellError
	local, domain, _ := strings.Cut(mailbox.Address, "@")
	if mailbox.Special != "" {
		found = append(found, errSpecialCharacters(mailbox.Special))
	}
	if strings.HasPrefix(local, "-") || strings.HasSuffix(local, "-") {
		found = append(found, errHyphen)
	}
	if !text.IsASCII(local) {
		found = append(found, errNotASCII)
	}
	if meant := suggestDomain(domain); meant != "" {
		found = append(found, errTypo(local, meant))
	}
	return found
}

// notPermitted are the characters that Graph's documentation lists as not
// permitted in an address (invitation resource), as far as email allows them.
// Whether the service enforces each of them is not documented; for the
// apostrophe even the list is ambiguous.
const notPermitted = "~!#$%^&*+={}/|?'"

// specialCharacters lists those of an address, each once.
func specialCharacters(address string) string {
	local, _, _ := strings.Cut(address, "@")
	if isPlainWord(local) {
		return "" // the usual case
	}
	var found strings.Builder
	for _, c := range notPermitted {
		if strings.ContainsRune(local, c) {
			found.WriteRune(c)
		}
	}
	return found.String()
}

// suggestDomain returns the domain that was likely meant, "" for a domain that
// looks right. The table is short and certain: none of its entries is a mail provider.
func suggestDomain(domain string) string {
	domain = strings.ToLower(domain)
	switch domain {
	case "gmial.com", "gamil.com", "gmal.com", "gmil.com", "gmaill.com", "gnail.com":
		return "gmail.com"
	case "hotmial.com", "hotmal.com", "hotmil.com", "hotamil.com":
		return "hotmail.com"
	case "outlok.com", "outloook.com", "oulook.com", "outlokk.com":
		return "outlook.com"
	case "yaho.com", "yahooo.com", "yhaoo.com":
		return "yahoo.com"
	case "iclod.com", "iclould.com", "icoud.com":
		return "icloud.com"
	}
	// None of these endings exists as a top-level domain.
	for _, end := range [...]struct{ typo, meant string }{
		{".con", ".com"}, {".cmo", ".com"}, {".ocm", ".com"}, {".comm", ".com"}, {".nte", ".net"}, {".ogr", ".org"},
	} {
		if stem, ok := strings.CutSuffix(domain, end.typo); ok {
			meant := stem + end.meant
			return cmp.Or(suggestDomain(meant), meant)
		}
	}
	return ""
}
