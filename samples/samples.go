// Package samples holds lists to try, in every shape that guestlist reads, and
// the templates to fill in (template.xlsx, template.csv). Its README says what
// each is for. All people, companies and addresses in them are
// invented; the addresses are of the reserved domain .example.
package samples

import "embed"

// FS holds the lists by file name, e.g. "partners.csv". They are named one by
// one: whoever tries a sample here leaves results beside it, which are none.
//
//go:embed admin-center-template.csv fabrikam.csv messy.csv partners.csv partners.xlsx
//go:embed powershell-tutorial.csv template.csv template.xlsx
var FS embed.FS

//go:generate go run ./generate
