package judge

import (
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// What is worth a look in an address that can be invited. Graph documents which
// signs it does not permit (invitation resource); which of them it enforces is
// not known, so that none is refused here.
var (
	errHyphen = &CellError{
		batch.KindHyphen, "has a hyphen first or last in its user name, which Graph documents as not permitted",
		"Make sure of the address. If Graph refuses it, ask the guest for another one.",
	}
	errNotASCII = &CellError{
		batch.KindNotASCII, "has characters beyond a to z before the @, which few mail systems deliver",
		"Make sure of the address; often it was meant without accents, or with a plain apostrophe.",
	}
)

func errSpecialCharacters(signs string) *CellError {
	return &CellError{
		batch.KindSpecialCharacter, fmt.Sprintf("has %s in its user name, which Graph documents as not permitted", strings.Join(strings.Split(signs, ""), " ")),
		"Make sure of the address. If Graph refuses it, ask the guest for another one.",
	}
}

func ownDomain(domain string) *CellError {
	return &CellError{
		batch.KindOwnDomain, fmt.Sprintf("is an address of your own tenant (%s), which Graph refuses to invite", domain),
		"Take the row out: colleagues have an account already. If many rows say so, it is the wrong tenant.",
	}
}

// doubt warns about an address that can be invited and may not be meant.
func (j *reader) warnAddress(s string, box Mailbox) {
	local, domain, _ := strings.Cut(box.Address, "@")
	if box.Special != "" {
		j.warn(batch.Email, s, errSpecialCharacters(box.Special))
	}
	if strings.HasPrefix(local, "-") || strings.HasSuffix(local, "-") {
		j.warn(batch.Email, s, errHyphen)
	}
	if !text.IsASCII(local) {
		j.warn(batch.Email, s, errNotASCII)
	}
	if meant := suggestDomain(domain); meant != "" {
		j.warn(batch.Email, s, &CellError{
			batch.KindTypo, fmt.Sprintf("has a domain that looks like a slip of %s", meant),
			fmt.Sprintf("If it is one, write %s@%s.", local, meant),
		})
	}
}
