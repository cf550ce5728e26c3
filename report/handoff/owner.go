package handoff

import (
	"net/mail"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
)

// ownAddress finds the mail address in a value, which may have a name before
// it: Maren Oud <maren@contoso.example>. Addresses that differ by case only
// come back the same.
func ownAddress(value string) (string, bool) {
	if !strings.Contains(value, "@") {
		return "", false
	}
	if named, err := mail.ParseAddress(value); err == nil {
		value = named.Address
	}
	address, err := judge.Address(value)
	return batch.Key(address), err == nil
}
