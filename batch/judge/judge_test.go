package judge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// header is that of a list with a column for each field.
var header = batch.Header{
	Columns: []string{"Email", "Name", "Redirect", "Send", "Language", "CC", "Type", "Sponsors", "Message", "Project"},
	Fields: map[batch.Field]int{
		batch.Email: 0, batch.Name: 1, batch.RedirectURL: 2, batch.SendMessage: 3, batch.Language: 4,
		batch.CC: 5, batch.UserType: 6, batch.Sponsors: 7, batch.Message: 8,
	},
}

var defaults = judge.Defaults{RedirectURL: "https://myapplications.microsoft.com", UserType: "Guest"}

const sponsor = "00000000-0000-0000-0000-000000000001"

func judged(line int, cells ...string) batch.Judged {
	return judge.Row(header, defaults, batch.Row{Line: line, Cells: cells})
}

// cells makes a row of [header] from some of its fields.
func cells(values map[batch.Field]string) batch.Row {
	row := batch.Row{Line: 2, Cells: make([]string, len(header.Columns))}
	row.Cells[0] = "anna@x.example"
	for field, value := range values {
		row.Cells[header.Fields[field]] = value
	}
	return row
}

// kinds lists what was found, with its field.
func kinds(problems []batch.Problem) []string {
	var found []string
	for _, p := range problems {
		found = append(found, string(p.Field)+": "+string(p.Kind))
	}
	return found
}

func TestJudgeFillsTheInvitation(t *testing.T) {
	j := judged(2, " Pat@X.example ", "Pat Doe", "https://x.example/app", "TRUE", "nl-NL", "boss@y.example", "member", sponsor+"; ", "Hi there", "Apollo")
	assert.Equal(t, "problems", len(j.Problems), 0)
	assert.Equal(t, "address", j.Address, "pat@x.example")
	assert.Equal(t, "invitation", j.Invitation, graph.Invitation{
		EmailAddress: "Pat@X.example", DisplayName: "Pat Doe", RedirectURL: "https://x.example/app",
		SendMessage: true, UserType: "Member", Sponsors: []graph.Object{{ID: sponsor}},
		MessageInfo: &graph.MessageInfo{Body: "Hi there", Language: "nl-NL", CC: graph.CC("boss@y.example")},
	})
}

func TestSilentRowCarriesNoMessage(t *testing.T) {
	j := judged(2, "pat@x.example", "", "", "no", "nl-NL", "boss@y.example", "", "", "Hi there")
	assert.Equal(t, "message", j.Invitation.MessageInfo == nil, true)
	assert.Equal(t, "redirect", j.Invitation.RedirectURL, defaults.RedirectURL)
}

func TestProblemsHaveAFieldAndAKind(t *testing.T) {
	d := judge.Defaults{RedirectURL: "https://x.example", OwnDomains: []string{"contoso.com", "xn--mller-kva.example"}}
	for _, test := range []struct {
		field batch.Field
		value string
		kind  batch.Kind
		says  string
	}{
		{batch.Email, "", batch.KindNoAddress, "no address"},
		{batch.Email, "a@x.example; b@x.example", batch.KindSeveralAddresses, "contains 2 addresses"},
		{batch.Email, "pat@Contoso.com", batch.KindOwnDomain, "your own tenant (contoso.com)"},
		{batch.Email, "pat@MÜLLER.example", batch.KindOwnDomain, "your own tenant"},
		{batch.Name, strings.Repeat("ä", 257), batch.KindNameLength, "has 257 characters"},
		{batch.RedirectURL, "myapps.microsoft.com/x", batch.KindRedirectURL, "Write https://myapps.microsoft.com/x"},
		{batch.RedirectURL, "localhost:8080", batch.KindRedirectURL, "not an absolute"},
		{batch.RedirectURL, "ftp://x.example", batch.KindRedirectURL, "not an absolute"},
		{batch.RedirectURL, "https://:443/x", batch.KindRedirectURL, "not an absolute"},
		{batch.RedirectURL, "https:x.example", batch.KindRedirectURL, "not an absolute"},
		{batch.RedirectURL, "the portal", batch.KindRedirectURL, "not an absolute"},
		{batch.SendMessage, "perhaps", batch.KindSendMessage, "neither yes nor no"},
		{batch.SendMessage, "o", batch.KindSendMessage, "neither yes nor no"},
		{batch.Language, "Deutsch bitte", batch.KindLanguage, "en-US"},
		{batch.Language, "und", batch.KindLanguage, "en-US"},
		{batch.CC, "boss@y.example, other@y.example", batch.KindSeveralAddresses, "Microsoft sends only one copy"},
		{batch.CC, "the boss", batch.KindNotAnAddress, "Microsoft sends only one copy"},
		{batch.UserType, "B2B guest", batch.KindUserType, "neither Guest nor Member"},
		{batch.Sponsors, "boss", batch.KindSponsors, "is not an object id"},
		{batch.Sponsors, "boss@x.example", batch.KindSponsors, "is an address"},
		{batch.Sponsors, "{" + sponsor, batch.KindSponsors, ""},
		{batch.Sponsors, strings.ReplaceAll(sponsor, "-", ""), batch.KindSponsors, "is not an object id"},
	} {
		j := judge.Row(header, d, cells(map[batch.Field]string{test.field: test.value}))
		if test.says == "" {
			assert.Equal(t, test.value, kinds(j.Problems), []string(nil))
			continue
		}
		assert.Equal(t, test.value, kinds(j.Problems), []string{string(test.field) + ": " + string(test.kind)})
		if len(j.Problems) == 1 && !strings.Contains(j.Problems[0].String()+" "+j.Problems[0].Advice, test.says) {
			t.Errorf("%q: %v", test.value, j.Problems)
		}
	}
	for name, want := range map[string][]string{
		"bo@x.example": {"name: shifted"}, "Bo <bo@x.example>": {"name: shifted"},
		"Pat@x.example": nil, "Pat @ Contoso": nil,
	} {
		j := judge.Row(header, d, cells(map[batch.Field]string{batch.Email: "pat@x.example", batch.Name: name}))
		assert.Equal(t, name, kinds(j.Warnings), want)
	}
	j := judge.Row(header, d, cells(map[batch.Field]string{batch.Email: "pat@sub.contoso.com"}))
	assert.Equal(t, "subdomains are not the tenant's", len(j.Problems), 0)
}

func TestEveryProblemIsNamedWithItsColumn(t *testing.T) {
	var six strings.Builder
	for i := range 6 {
		fmt.Fprintf(&six, "00000000-0000-0000-0000-00000000000%d;", i)
	}
	for _, test := range []struct {
		name, column string
		cells        []string
	}{
		{"no address", "Email", []string{""}},
		{"long name", "Name", []string{"a@x.example", strings.Repeat("ä", 257)}},
		{"redirect", "Redirect", []string{"a@x.example", "", "myapps.microsoft.com"}},
		{"send", "Send", []string{"a@x.example", "", "", "maybe"}},
		{"language", "Language", []string{"a@x.example", "", "", "", "Deutsch bitte"}},
		{"cc", "CC", []string{"a@x.example", "", "", "", "", "a@x.example, b@x.example"}},
		{"type", "Type", []string{"a@x.example", "", "", "", "", "", "Visitor"}},
		{"sponsor", "Sponsors", []string{"a@x.example", "", "", "", "", "", "", "boss"}},
		{"sponsors", "Sponsors", []string{"a@x.example", "", "", "", "", "", "", six.String()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := judged(2, test.cells...)
			if len(j.Problems) != 1 || j.Problems[0].Column != test.column || j.Problems[0].What == "" || j.Problems[0].Advice == "" {
				t.Errorf("got %+v", j.Problems)
			}
		})
	}
	all := judged(2, "nobody", "", "nowhere", "maybe", "", "", "Visitor")
	assert.Equal(t, "all at once", len(all.Problems), 4)
}

func TestCellsAreCleanedOnTheirWay(t *testing.T) {
	upper := "00000000-0000-0000-0000-00000000000A"
	j := judge.Row(header, defaults, cells(map[batch.Field]string{
		batch.Email: "\ufeff“Berg, Anna” <mailto:anna@x.example>;", batch.SendMessage: "Ja\u200b",
		batch.RedirectURL: "\u00a0https://x.example/app ", batch.Language: "nl_nl", batch.CC: "Boss <boss@y.example>", batch.UserType: "MEMBER",
		batch.Sponsors: "{" + upper + "}\r\n" + sponsor + ", " + strings.ToLower(upper) + ";" + sponsor + ";",
	}))
	assert.Equal(t, "problems", kinds(j.Problems), []string(nil))
	inv := j.Invitation
	assert.Equal(t, "address", []string{inv.EmailAddress, inv.DisplayName, j.Address}, []string{"anna@x.example", "Berg, Anna", "anna@x.example"})
	assert.Equal(t, "redirect, type", []string{inv.RedirectURL, inv.UserType}, []string{"https://x.example/app", "Member"})
	assert.Equal(t, "mail", []string{inv.MessageInfo.Language, inv.MessageInfo.CC[0].EmailAddress.Address}, []string{"nl-NL", "boss@y.example"})
	var ids []string
	for _, o := range inv.Sponsors {
		ids = append(ids, o.ID)
	}
	assert.Equal(t, "sponsors", ids, []string{strings.ToLower(upper), sponsor})
	own := judge.Row(header, defaults, cells(map[batch.Field]string{batch.Email: "Anna <anna@x.example>", batch.Name: "Dr. Berg"}))
	assert.Equal(t, "the list's own name wins", own.Invitation.DisplayName, "Dr. Berg")
}

// A cell of a few megabytes must not take hours, nor fill the screen.
func TestCellFullOfSponsors(t *testing.T) {
	var cell strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&cell, "%x;", i)
	}
	start := time.Now()
	j := judge.Row(header, defaults, cells(map[batch.Field]string{batch.Sponsors: cell.String()}))
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	assert.Equal(t, "problems", len(j.Problems), 6)
	if last := j.Problems[5].What; last != "names 200000 sponsors; Graph takes 5" {
		t.Error(last)
	}
}

// Advice is printed as it is, so nothing invisible may get into it.
func TestAdviceHoldsNothingInvisible(t *testing.T) {
	j := judge.Row(header, defaults, cells(map[batch.Field]string{batch.RedirectURL: "fabrikam.example/\u009b31m"}))
	assert.Equal(t, "problems", kinds(j.Problems), []string{"redirect-url: redirect-url"})
	if p := j.Problems[0]; strings.Contains(p.Advice, "\u009b") {
		t.Errorf("%q", p.Advice)
	}
}

func TestFingerprintSeesTheListAndNotTheFlags(t *testing.T) {
	a := judged(2, "a@x.example", "Anna", "", "", "", "", "", "", "", "Apollo")
	assert.Equal(t, "moved, other column", judged(7, "a@x.example", "Anna", "", "", "", "", "", "", "", "Gemini").Fingerprint, a.Fingerprint)
	other := defaults
	other.RedirectURL = "https://elsewhere.example"
	assert.Equal(t, "other flags", judge.Row(header, other, a.Row).Fingerprint, a.Fingerprint)
	if judged(2, "a@x.example", "Anne").Fingerprint == a.Fingerprint {
		t.Error("a corrected name is not seen")
	}
	if judged(2, "a@x.example", "", "Anna").Fingerprint == a.Fingerprint {
		t.Error("a name in the next column is not seen")
	}
}

// A journal keeps the fingerprint of every failed row: if the same row got
// another one, it would count as corrected and be sent again.
func TestFingerprintsOfExistingJournalsStayValid(t *testing.T) {
	for i, test := range []struct {
		cells []string
		want  uint64
	}{
		{nil, 2883673608215945638},
		{[]string{"a@x.example"}, 17592374306896712789},
		{[]string{" a@x.example\u200b", "Änne", "https://x.example", "yes", "de", "b@x.example", "Guest", sponsor, "Hi\nthere", "Apollo"}, 5494389995769789730},
		{[]string{"a@x.example", "", "", "", "", "", "", "", strings.Repeat("ü", 600)}, 1919612239514311413},
	} {
		assert.Equal(t, fmt.Sprintf("row %d", i), judged(2, test.cells...).Fingerprint, test.want)
	}
}

func TestTextBeyondTheHeadingsIsInvalid(t *testing.T) {
	h := batch.Header{Columns: []string{"Email", "Message"}, Fields: map[batch.Field]int{batch.Email: 0, batch.Message: 1}}
	d := defaults
	d.SendMessage = true
	j := judge.Row(h, d, batch.Row{Line: 2, Cells: []string{"anna@x.example", "Hello Anna", "", " welcome to Contoso", " see you"}})
	assert.Equal(t, "kinds", kinds(j.Problems), []string{"email: surplus"})
	assert.Equal(t, "problem", j.Problems[0].String(),
		`column D: "welcome to Contoso | see you" is text beyond the last heading: the cells of this row may be shifted`)
	j = judge.Row(h, d, batch.Row{Line: 2, Cells: []string{"anna@x.example", "Hello Anna", "", " \u00a0"}})
	assert.Equal(t, "blank cells beyond the headings", len(j.Problems), 0)
}

// An address with a part that is struck through may be another one than the one that is
// meant.
func TestCellsStruckThroughInPart(t *testing.T) {
	row := cells(map[batch.Field]string{batch.Name: "Anna Berg", batch.SendMessage: "yes", batch.CC: "oldboss@x.example"})
	struck := func(at ...int) batch.Judged {
		row.Struck = at
		return judge.Row(header, defaults, row)
	}
	assert.Equal(t, "address", kinds(struck(0).Problems), []string{"email: struck"})
	assert.Equal(t, "copy", kinds(struck(5).Problems), []string{"cc: struck"})
	j := struck(1, 8, 9)
	assert.Equal(t, "other cells", kinds(j.Problems), []string(nil))
	assert.Equal(t, "other cells", kinds(j.Warnings), []string{"name: struck", "message: struck"})
}
