package sheet

import (
	"slices"
	"strings"
	"testing"
)

func TestGuestsAreNoHeadings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		list string
		// guests are the rows of a list that is read, refused the hint of one that is not.
		guests  []string
		refused string
	}{
		{list: "anna@@x.example\nper@x.example\n", guests: []string{"anna@@x.example", "per@x.example"}},
		{list: "Berg Anna\nper@x.example\n", guests: []string{"Berg Anna", "per@x.example"}},
		{list: "Teilnehmer\nper@x.example\n", guests: []string{"per@x.example"}},
		{list: "Dear all, please invite anna@x.example and per@x.example\nThanks, boss@x.example\n", refused: "The first row is a guest already"},
		{list: "Please invite anna@x.example:\nper@x.example\n", refused: "The first row is a guest already"},
		{list: "anna(at)x.example,Anna\nper@x.example,Per\n", refused: "The first row is a guest already"},
		{list: "Anna Berg,anna @x.example\nPer,per@x.example\n", refused: "The first row is a guest already"},
		{list: "Email,Anna Berg <anna@x.example>\nEmail,per@x.example\n", refused: "The first row is a guest already"},
		{list: "Anna Berg anna@x.example\nPer Lund per@x.example\n", refused: "The first row is a guest already"},
		{list: "To: Berg, Anna <anna@x.example>; Lund, Per <per@x.example>\nCc: boss@x.example\n", refused: "The first row is a guest already"},
		{list: "anna,Berg\nper@x.example,Lund\n", refused: "If row 1 has the headings, call that of the addresses Email; if it is a guest"},
		{list: "Berg,Anna,\nLund,Per,per@x.example\n", refused: "If row 1 has the headings"},
		{list: "Name,\nPer,per@x.example\n", refused: "Row 2 is a guest already"},
		{list: "Name,Firma,\nPer,F,per@x.example\n", refused: "The column C holds addresses and has no heading: write Email above them."},
		{list: "Name,Contact person\nPer,per@x.example\n", guests: []string{"Per|per@x.example"}},
		{list: "Name,Ansprechpartner E-Mail\nPer,per@x.example\n", guests: []string{"Per|per@x.example"}},
		{list: "Name,Email (e.g. you@x.example)\nPer,per@x.example\n", guests: []string{"Per|per@x.example"}},
		{list: "Email,Note (to kim@x.example)\nper@x.example,n\n", guests: []string{"per@x.example|n"}},
	} {
		path := write(t, "list.csv", tt.list)
		if tt.refused != "" {
			err := firstError(t, path, Options{})
			if !strings.Contains(err.Hint(), tt.refused) {
				t.Errorf("%q: hint %q", tt.list, err.Hint())
			}
			if said := err.Error() + err.Hint(); strings.Contains(said, "Anna") || strings.Contains(said, "anna") || strings.Contains(said, "x.example") {
				t.Errorf("%q: a guest is offered as a heading: %s", tt.list, said)
			}
			continue
		}
		var got []string
		for _, row := range all(t, open(t, path, Options{})) {
			got = append(got, strings.Join(row.Cells, "|"))
		}
		if !slices.Equal(got, tt.guests) {
			t.Errorf("%q: %q", tt.list, got)
		}
	}
}

func TestAddressesOfOthers(t *testing.T) {
	t.Parallel()
	for _, heading := range []string{
		"Manager email", "managerEmail", "owner_mail", "Invited by", "InvitedBy", "Sponsor", "From: (Address)", "Reply-To", "Requester's e-mail",
		"Approved by (email)", "Old address", "Previous mail", "Emergency contact email", "Absender", "Betreuerin", "Mail Kundenbetreuer", "verantwortlich (E-Mail)", "Responsible", "E-Mail des Vorgesetzten", "Adresse du demandeur",
	} {
		if !isOfOthers(heading) {
			t.Errorf("%q is of the guests", heading)
		}
		err := firstError(t, write(t, "list.csv", "Name,"+heading+"\nAnna,kim@x.example\n"), Options{})
		if want := "holds addresses, which by its heading are not the guests'."; !strings.Contains(err.Hint(), want) {
			t.Errorf("%q: hint %q", heading, err.Hint())
		}
	}
	for _, heading := range []string{"Contact", "Ansprechpartner E-Mail", "Guest address", "Kontakt", "E-mail of participant", "Gold partner", "Company email", "Scholder", "Adresse"} {
		if isOfOthers(heading) {
			t.Errorf("%q is of others", heading)
		}
	}
}
