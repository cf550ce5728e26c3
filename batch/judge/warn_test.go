package judge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

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

func TestProblemsHaveAFieldAndAKind(t *testing.T) {
	d := judge.Defaults{RedirectURL: "https://x.example", OwnDomains: []string{"contoso.com", "xn--mller-kva.example"}}
	for _, test := range []struct {
		field batch.Field
		value string
		kind  batch.Kind
		says  string
	}{
		{batch.Email, "", batch.KindNoAddress, "no address"},
		{batch.Email, "a@x.example; b@x.example", batch.KindSeveralAddresses, "holds 2 addresses"},
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
		{batch.CC, "boss@y.example, other@y.example", batch.KindSeveralAddresses, "Graph mails only one copy"},
		{batch.CC, "the boss", batch.KindNotAnAddress, "Graph mails only one copy"},
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
	j := judge.Row(header, d, cells(map[batch.Field]string{batch.Email: "pat@sub.contoso.com"}))
	assert.Equal(t, "subdomains are not the tenant's", len(j.Problems), 0)
}

func TestWarningsKeepNothingFromBeingSent(t *testing.T) {
	message := func(text string) map[batch.Field]string {
		return map[batch.Field]string{batch.SendMessage: "yes", batch.Message: text}
	}
	email := func(address string) map[batch.Field]string { return map[batch.Field]string{batch.Email: address} }
	redirect := func(to string) map[batch.Field]string { return map[batch.Field]string{batch.RedirectURL: to} }
	for _, test := range []struct {
		name   string
		values map[batch.Field]string
		kinds  []string
		says   string
	}{
		{"plus", email("a+b@x.example"), []string{"email: sign"}, "has + in its user name"},
		{"two signs", email("o'brien!@x.example"), []string{"email: sign"}, "has ! ' in its user name"},
		{"hyphen first", email("-anna@x.example"), []string{"email: hyphen"}, "hyphen first or last"},
		{"hyphen last", email("anna-@x.example"), []string{"email: hyphen"}, "hyphen first or last"},
		{"hyphen inside", email("anna-maria_@x-y.example"), nil, ""},
		{"accent", email("jürgen@x.example"), []string{"email: not-ascii"}, "beyond a to z"},
		{"accent in the domain", email("juergen@müller.example"), nil, ""},
		{"slip", email("anna.berg@Gmial.com"), []string{"email: typo"}, "write anna.berg@gmail.com"},
		{"ending", email("anna@fabrikam.con"), []string{"email: typo"}, "write anna@fabrikam.com"},
		{"no slip", email("anna@gmail.com"), nil, ""},
		{"all at once", email("-ä+@x.cmo"), []string{"email: sign", "email: hyphen", "email: not-ascii", "email: typo"}, ""},
		{"plain http", redirect("http://x.example"), []string{"redirect-url: plain-http"}, "without encryption"},
		{"plain HTTP", redirect("HTTP://x.example"), []string{"redirect-url: plain-http"}, "without encryption"},
		{"on this machine", redirect("http://localhost:8080/x"), nil, ""},
		{"on this machine, too", redirect("http://127.0.0.1:8080/x"), nil, ""},
		{"not mailed", map[batch.Field]string{batch.Message: "Hi"}, []string{"message: message-muted"}, "not mailed"},
		{"a text", message("Hello, come to https://x.example <anna@x.example> 1 < 2 > 0 <b or c"), nil, ""},
		{"long", message(strings.Repeat("ä", 3000)), []string{"message: message-long"}, "3000 characters"},
		{"not long", message(strings.Repeat("ä", 2999)), nil, ""},
		{"tags", message("Hello <B>you</B>"), []string{"message: message-html"}, "tags"},
		{"a link", message(`a < b: <a href="https://x.example">here</a>`), []string{"message: message-html"}, "tags"},
		{"a break", message("Hello<br/>you"), []string{"message: message-html"}, "tags"},
	} {
		j := judge.Row(header, defaults, cells(test.values))
		assert.Equal(t, test.name+": problems", kinds(j.Problems), []string(nil))
		assert.Equal(t, test.name, kinds(j.Warnings), test.kinds)
		if len(j.Warnings) == 1 && (!strings.Contains(j.Warnings[0].What+" "+j.Warnings[0].Advice, test.says) || j.Warnings[0].Column == "") {
			t.Errorf("%s: %v", test.name, j.Warnings)
		}
		assert.Equal(t, test.name+": action", new(batch.Plan).Add(j).Action, batch.Send)
	}
}

// A text for everybody is no slip of the row that is not mailed.
func TestTextOfAllRowsIsNotMissed(t *testing.T) {
	message, err := judge.ParseTemplate("Hello {{.DisplayName}}")
	if err != nil {
		t.Fatal(err)
	}
	j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", Message: message}, cells(nil))
	assert.Equal(t, "warnings", kinds(j.Warnings), []string(nil))
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

func TestLanguageTagsAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "en-US": "en-US", "EN_us": "en-US", "de": "de", "zh-hant-tw": "zh-Hant-TW", "iw": "iw", "es-419": "es-419",
	} {
		got, err := judge.ParseLanguage(text)
		if err != nil || judge.CheckLanguage(text) != nil {
			t.Errorf("%q: %v", text, err)
		}
		assert.Equal(t, text, got, want)
	}
	for _, wrong := range []string{"german", "xx", "en-", "en US", "*", "-", "und", "qaax"} {
		if tag, err := judge.ParseLanguage(wrong); err == nil || judge.CheckLanguage(wrong) == nil {
			t.Errorf("%q: %q", wrong, tag)
		}
	}
}

func TestMissingColumnOfATemplateNamesTheLikelyOne(t *testing.T) {
	for text, advice := range map[string]string{
		`{{index .Columns "project"}}`: `Did you mean "Project"?`,
		`{{.Columns.Projct}}`:          `Did you mean "Project"?`,
		`{{index .Columns "Budget"}}`:  `which has "Email", "Name"`,
	} {
		message, err := judge.ParseTemplate("Hello " + text)
		if err != nil {
			t.Fatal(err)
		}
		j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", Message: message}, cells(nil))
		assert.Equal(t, text, kinds(j.Problems), []string{"message: message-template"})
		if p := j.Problems[0]; !strings.Contains(p.What, "the column \"") || strings.Contains(p.What, "template:") || !strings.Contains(p.Advice, advice) {
			t.Errorf("%s: %v %s", text, p, p.Advice)
		}
	}
	message, _ := judge.ParseTemplate(`{{if eq .DisplayName "anna@x.example"}}{{slice .DisplayName 99}}{{end}}`)
	j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", Message: message}, cells(nil))
	assert.Equal(t, "another fault", kinds(j.Problems), []string{"message: message-template"})
}

// What a default is to blame for can be told once, whatever the number of rows.
func TestWarningsTellADefaultFromACell(t *testing.T) {
	for _, test := range []struct {
		name     string
		template string
		values   map[batch.Field]string
		kinds    []string
		defaults int
	}{
		{"both defaults", "Hello <b>you</b>", nil, []string{"redirect-url: plain-http", "message: message-html"}, 2},
		{"a URL of its own", "Hello", map[batch.Field]string{batch.RedirectURL: "http://y.example"}, []string{"redirect-url: plain-http"}, 0},
		{"a text of its own", "Hello <b>you</b>", map[batch.Field]string{batch.Message: "<i>", batch.RedirectURL: "https://y.example"}, []string{"message: message-html"}, 0},
		{
			"tags that the row fills in", "Hello {{.DisplayName}}",
			map[batch.Field]string{batch.Name: "<b>Anna", batch.RedirectURL: "https://y.example"},
			[]string{"message: message-html"},
			0,
		},
		{"long for everybody", strings.Repeat("a", 3000), map[batch.Field]string{batch.RedirectURL: "https://y.example"}, []string{"message: message-long"}, 1},
		{"long for this one", "{{.DisplayName}}" + strings.Repeat("a", 2990), map[batch.Field]string{batch.RedirectURL: "https://y.example"}, []string{"message: message-long"}, 0},
	} {
		message, err := judge.ParseTemplate(test.template)
		if err != nil {
			t.Fatal(err)
		}
		d := judge.Defaults{RedirectURL: "http://x.example", SendMessage: true, Message: message}
		j := judge.Row(header, d, cells(test.values))
		found := 0
		for _, p := range j.Warnings {
			if p.Default {
				found++
			}
		}
		assert.Equal(t, test.name, kinds(j.Warnings), test.kinds)
		assert.Equal(t, test.name+": of defaults", found, test.defaults)
	}
}

// An advice is printed as it is, so that nothing text.IsInvisible may get into one.
func TestAdviceHoldsNothingUnseen(t *testing.T) {
	j := judge.Row(header, defaults, cells(map[batch.Field]string{batch.RedirectURL: "fabrikam.example/\u009b31m"}))
	assert.Equal(t, "problems", kinds(j.Problems), []string{"redirect-url: redirect-url"})
	if p := j.Problems[0]; strings.Contains(p.Advice, "\u009b") {
		t.Errorf("%q", p.Advice)
	}
}

func TestTemplatesThatAreNoText(t *testing.T) {
	for name, text := range map[string]string{
		"UTF-16": "\xff\xfeH\x00i\x00", "UTF-16 without a mark": "H\x00i\x00", "Latin-1": "Gr\xfc\xdfe",
	} {
		if _, err := judge.ParseTemplate(text); err == nil || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, blank := range []string{"", " \r\n", "{{with .Columns.Project}}For {{.}}{{end}}\n"} {
		message, err := judge.ParseTemplate(blank)
		if err != nil {
			t.Fatal(err)
		}
		j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", SendMessage: true, Message: message}, cells(nil))
		if j.Invitation.MessageInfo != nil {
			t.Errorf("%q: %+v", blank, j.Invitation.MessageInfo)
		}
	}
}

// What a failing template quotes of a cell may be anything.
func TestFaultOfATemplateQuotesCellsSafely(t *testing.T) {
	message, err := judge.ParseTemplate(`{{range index .Columns "Name"}}{{end}}`)
	if err != nil {
		t.Fatal(err)
	}
	d := judge.Defaults{RedirectURL: "https://x.example", Message: message}
	j := judge.Row(header, d, cells(map[batch.Field]string{batch.Name: "\x1b[31m" + strings.Repeat("a", 200)}))
	assert.Equal(t, "problems", kinds(j.Problems), []string{"message: message-template"})
	if what := j.Problems[0].What; strings.Contains(what, "\x1b") || len(what) > 240 {
		t.Errorf("%q", what)
	}
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
