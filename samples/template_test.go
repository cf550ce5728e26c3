package samples_test

import (
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/sheet"
	"guestlist/samples"
)

// templates are the lists to fill in: they hold nobody.
func templates() []string { return []string{"template.csv", "template.xlsx"} }

// TestTemplateIsAnEmptyList reads them as they are.
func TestTemplateIsAnEmptyList(t *testing.T) {
	t.Parallel()
	want := batch.Header{
		Columns: []string{
			"Email", "Display name", "Company", "Account manager", "Send message", "Message", "Language",
			"Cc", "User type", "Redirect URL", "Sponsors",
		},
		Fields: map[batch.Field]int{
			batch.Email: 0, batch.Name: 1, batch.SendMessage: 4, batch.Message: 5, batch.Language: 6,
			batch.CC: 7, batch.UserType: 8, batch.RedirectURL: 9, batch.Sponsors: 10,
		},
	}
	if len(want.Fields) != len(batch.Fields()) {
		t.Errorf("the templates have %d of %d fields", len(want.Fields), len(batch.Fields()))
	}
	for _, name := range templates() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := sheet.Open(unpack(t, name), sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = list.Close() }()
			if diff := cmp.Diff(want, list.Header()); diff != "" {
				t.Errorf("headings (-want +got):\n%s", diff)
			}
			var last error
			for row, err := range list.Rows() {
				if err == nil {
					t.Errorf("row %d is not skipped", row.Line)
				}
				last = err
			}
			if !errors.Is(last, sheet.ErrEmpty) {
				t.Errorf("it ends with %v, not as an empty list", last)
			}
			if notices := list.Notices(); len(notices) != 1 || !strings.Contains(notices[0], "Row 2 is the template's example") {
				t.Errorf("notices %q", notices)
			}
		})
	}
}

// TestTemplateFilledIn writes two guests below the example.
func TestTemplateFilledIn(t *testing.T) {
	t.Parallel()
	path := unpack(t, "template.xlsx")
	book := openBook(t, path)
	for cell, text := range map[string]string{
		"A3": "tomas.ibanez@fabrikam.example", "E3": "true", "I3": "Member", "G3": "nl-NL",
		"A4": "ngozi.adeyemi@fabrikam.example", "B4": "Ngozi Adeyemi",
	} {
		if err := book.SetCellStr("Guests", cell, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
	list, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	var got []string
	for row, err := range list.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		j := judge.Row(list.Header(), judge.Defaults{RedirectURL: "https://myapplications.microsoft.com"}, row)
		if len(j.Problems) > 0 {
			t.Errorf("row %d: %v", row.Line, j.Problems)
		}
		got = append(got, j.Address+" "+j.Invitation.UserType)
	}
	if diff := cmp.Diff([]string{"tomas.ibanez@fabrikam.example Member", "ngozi.adeyemi@fabrikam.example Guest"}, got); diff != "" {
		t.Errorf("guests (-want +got):\n%s", diff)
	}
}

// TestTemplateWorkbookHelps looks for what helps to fill it in, and for Excel's
// limits on it.
func TestTemplateWorkbookHelps(t *testing.T) {
	t.Parallel()
	book := openBook(t, unpack(t, "template.xlsx"))
	if diff := cmp.Diff([]string{"Guests", "How to fill in", "Languages"}, book.GetSheetList()); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
	validations, err := book.GetDataValidations("Guests")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{}
	for _, v := range validations {
		if v.PromptTitle == nil || v.Prompt == nil || units(*v.PromptTitle) > 32 || units(*v.Prompt) > 255 || *v.Prompt == "" {
			t.Errorf("%s: its hint is none that Excel takes", v.Sqref)
			continue
		}
		if !strings.HasSuffix(v.Sqref, "1048576") {
			t.Errorf("%s: the hint of %s is not for all rows", v.Sqref, *v.PromptTitle)
		}
		if v.Type == "list" {
			lists[*v.PromptTitle] = v.Formula1
		}
	}
	want := map[string]string{
		"Send message": `"true,false"`, "User type": `"Guest,Member"`, "Language": "Languages!$A$2:$A$40",
	}
	if diff := cmp.Diff(want, lists); diff != "" {
		t.Errorf("drop-downs (-want +got):\n%s", diff)
	}
	if len(validations) != 11 {
		t.Errorf("%d columns have a hint", len(validations))
	}
}

// TestTemplateOffersNothingThatIsRefused takes every choice of every drop-down.
func TestTemplateOffersNothingThatIsRefused(t *testing.T) {
	t.Parallel()
	book := openBook(t, unpack(t, "template.xlsx"))
	rows, err := book.GetRows("Languages")
	if err != nil || len(rows) != 40 {
		t.Fatalf("%d languages, %v", len(rows)-1, err)
	}
	for _, row := range rows[1:] {
		if err := judge.CheckLanguage(row[0]); err != nil {
			t.Errorf("%s %v", row[0], err)
		}
	}
	for _, kind := range []string{"Guest", "Member"} {
		if _, err := judge.ParseUserType(kind); err != nil {
			t.Errorf("%s %v", kind, err)
		}
	}
}

// TestTemplateExplainsEveryColumn compares the two sheets.
func TestTemplateExplainsEveryColumn(t *testing.T) {
	t.Parallel()
	book := openBook(t, unpack(t, "template.xlsx"))
	rows, err := book.GetRows("How to fill in")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]string{}
	for _, row := range rows {
		if len(row) == 5 && row[0] != "Column" {
			explained[row[0]] = row[4]
		}
	}
	want := map[string]string{
		"Email": "invitedUserEmailAddress", "Display name": "invitedUserDisplayName", "Redirect URL": "inviteRedirectUrl",
		"Company": "none: a column of your own", "Account manager": "none: a column of your own",
		"Send message": "sendInvitationMessage", "Message": "invitedUserMessageInfo.customizedMessageBody",
		"Language": "invitedUserMessageInfo.messageLanguage", "Cc": "invitedUserMessageInfo.ccRecipients",
		"User type": "invitedUserType", "Sponsors": "invitedUserSponsors",
	}
	if diff := cmp.Diff(want, explained); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

// TestTemplateCSVIsForExcel looks at its bytes.
func TestTemplateCSVIsForExcel(t *testing.T) {
	t.Parallel()
	content, err := samples.FS.ReadFile("template.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(content), "\ufeff")
	if !marked || strings.Count(text, "\r\n") != strings.Count(text, "\n") {
		t.Errorf("Excel would read it otherwise: %q", content)
	}
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) != 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	rows, err := openBook(t, unpack(t, "template.xlsx")).GetRows("Guests")
	if err != nil {
		t.Fatal(err)
	}
	records[1] = slices.DeleteFunc(records[1], func(cell string) bool { return cell == "" }) // Sponsors, the last
	if diff := cmp.Diff(rows, records); diff != "" {
		t.Errorf("the two templates (-xlsx +csv):\n%s", diff)
	}
}

// TestFabrikamIsForHandOffs counts what a hand-off goes by.
func TestFabrikamIsForHandOffs(t *testing.T) {
	t.Parallel()
	list, rows := read(t, "fabrikam.csv")
	if diff := cmp.Diff([]string{"Company", "Display name", "Email", "Account manager", "Account manager email", "Project"}, list.Header().Columns); diff != "" {
		t.Fatalf("headings (-want +got):\n%s", diff)
	}
	managers, addresses := map[string]int{}, map[string]bool{}
	for _, row := range rows {
		managers[row.Cells[3]+" <"+row.Cells[4]+">"]++
		address, err := judge.Address(row.Cells[2])
		if err != nil || addresses[address] || !strings.HasSuffix(address, "fabrikam.example") {
			t.Errorf("row %d: %q, %v", row.Line, row.Cells[2], err)
		}
		addresses[address] = true
	}
	want := map[string]int{
		"Maren Oud <maren.oud@contoso.example>": 10, "Idris Kamara <idris.kamara@contoso.example>": 8,
		"Paola Ricci <paola.ricci@contoso.example>": 12, "Henrik Solberg <henrik.solberg@contoso.example>": 10,
	}
	if diff := cmp.Diff(want, managers); diff != "" {
		t.Errorf("account managers (-want +got):\n%s", diff)
	}
}

func openBook(t *testing.T, path string) *excelize.File {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

// units is a length as Excel counts it.
func units(text string) int { return len(utf16.Encode([]rune(text))) }
