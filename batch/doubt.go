package batch

import (
	"fmt"
	"strings"
)

// What is worth a look in an address that can be invited. Graph documents which
// signs it does not permit (invitation resource); which of them it enforces is
// not known, so that none is refused here.
var (
	errHyphen = &CellError{
		KindHyphen, "has a hyphen first or last in its user name, which Graph documents as not permitted",
		"Make sure of the address. If Graph refuses it, ask the guest for another one.",
	}
	errNotASCII = &CellError{
		KindNotASCII, "has characters beyond a to z before the @, which few mail systems deliver",
		"Make sure of the address; often it was meant without accents, or with a plain apostrophe.",
	}
)

func errSigns(signs string) *CellError {
	return &CellError{
		KindSign, fmt.Sprintf("has %s in its user name, which Graph documents as not permitted", strings.Join(strings.Split(signs, ""), " ")),
		"Make sure of the address. If Graph refuses it, ask the guest for another one.",
	}
}

func ownDomain(domain string) *CellError {
	return &CellError{
		KindOwnDomain, fmt.Sprintf("is an address of your own tenant (%s), which Graph refuses to invite", domain),
		"Take the row out: colleagues have an account already. If many rows say so, it is the wrong tenant.",
	}
}

// doubt warns about an address that can be invited and may not be meant.
func (j *judge) doubt(s string, box Mailbox) {
	local, domain, _ := strings.Cut(box.Address, "@")
	if box.Signs != "" {
		j.warn(Email, s, errSigns(box.Signs))
	}
	if strings.HasPrefix(local, "-") || strings.HasSuffix(local, "-") {
		j.warn(Email, s, errHyphen)
	}
	if !isASCII(local) {
		j.warn(Email, s, errNotASCII)
	}
	if meant := unslipped(domain); meant != "" {
		j.warn(Email, s, &CellError{
			KindTypo, fmt.Sprintf("has a domain that looks like a slip of %s", meant),
			fmt.Sprintf("If it is one, write %s@%s.", local, meant),
		})
	}
}
