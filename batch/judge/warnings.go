package judge

import (
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
	if err := domainTypo(local, domain); err != nil {
		found = append(found, err)
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
