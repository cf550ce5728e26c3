package sheet

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// TestPeopleInOtherColumns are named, whatever the heading of their column.
func TestPeopleInOtherColumns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		list string
		opt  Options
		told []string
	}{
		{
			list: "Email,Name,,Who,Guests of North\nanna@x.example,Anna,,Karl,karl@n.example\nper@x.example,Per,,Olga,Olga <olga@n.example>\n",
			told: []string{`The column "Guests of North" (E) has 2 addresses that are not invited: karl@n.example, olga@n.example. To read that column: --map email=E.`},
		},
		{ // each of them once
			list: "Email,Kontakt\nanna@x.example,kim@y.example\nper@x.example,kim@y.example\nulla@x.example,lee@y.example\n",
			told: []string{`The column "Kontakt" (B) has 2 addresses that are not invited: kim@y.example, lee@y.example. To read that column: --map email=B.`},
		},
		{list: "Email,Account manager email\nanna@x.example,kim@y.example\n"}, // who is no guest
		{list: "Mail,Ansprechpartner E-Mail\nanna@x.example,kim@y.example\n"},
		{list: "Mail,E-Mail Kundenbetreuerin,Courriel de l'interlocuteur\nanna@x.example,kim@y.example,lee@y.example\n"},
		{list: "Email,Login,Note\nanna@x.example,ANNA@x.example,was anna@old.example before\n"}, // her own, and prose
		{list: "Firma,Email\nNorthwind,anna@x.example\nbo@x.example,\n"},                        // a row that is shifted
		{
			list: "Login,Email\nanna@x.example,\nbo@x.example,\n", // a column that is not the right one
			told: []string{`The column "Login" (A) has 2 addresses that are not invited: anna@x.example, bo@x.example. To read that column: --map email=A.`},
		},
		{list: "Email,CC,Sponsors\nanna@x.example,kim@y.example,lee@y.example\n"},                                        // which are read
		{list: "Email,Status,Redeem URL,User ID,Source Row,Row Key\nanna@x.example,invited,per@x.example,a@b.example\n"}, // results
		{list: "Email,AP Mail,Status,Redeem URL,User ID,Source Row,Row Key\nanna@x.example,kim@y.example,invited,\n"},
		{
			list: "Name,Kontakt\nAnna,anna@x.example,bo@x.example\n", opt: Options{Map: map[batch.Field]string{batch.Email: "B"}},
			told: []string{
				"Row 2 has more cells than there are headings: a comma inside a cell needs quotes around the cell.",
				"The column C has 1 address that is not invited: bo@x.example. To read that column: --map email=C.",
			},
		},
	} {
		l := open(t, write(t, "list.csv", tt.list), tt.opt)
		all(t, l)
		assert.Equal(t, strings.ReplaceAll(tt.list, "\n", " / "), l.Notices(), tt.told)
	}
}
