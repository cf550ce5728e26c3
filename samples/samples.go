// Package samples holds lists to try, in every shape that guestlist reads, and
// the templates to fill in (template.xlsx, template.csv). Its README says what
// each is for. All people, companies and addresses in them are
// invented; the addresses are of the reserved domain .example.
package samples

import "embed"

// FS holds the lists by file name, e.g. "partners.csv".
//
//go:embed *.csv *.xlsx
var FS embed.FS

//go:generate go run ./generate
