package judge_test

import (
	"fmt"

	"guestlist/batch/judge"
)

// An address is found in what people and email programs write around it.
func ExampleReadAddress() {
	for _, cell := range []string{
		"anna@fabrikam.com", `"Berg, Anna" <anna@fabrikam.com>;`, "mailto:anna@fabrikam.com", "anna@fabrikam", "anna berg@fabrikam.com",
	} {
		mailbox, err := judge.ReadAddress(cell)
		if err != nil {
			fmt.Printf("%s: %v\n", cell, err)
			continue
		}
		fmt.Printf("%s: %s, name %q\n", cell, mailbox.Address, mailbox.Name)
	}
	// Output:
	// anna@fabrikam.com: anna@fabrikam.com, name ""
	// "Berg, Anna" <anna@fabrikam.com>;: anna@fabrikam.com, name "Berg, Anna"
	// mailto:anna@fabrikam.com: anna@fabrikam.com, name ""
	// anna@fabrikam: has the domain "fabrikam", which is incomplete (no .com, .org, ...)
	// anna berg@fabrikam.com: contains a space
}
