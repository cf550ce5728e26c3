package handoff

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/text"
)

func given(t *testing.T, content string) Template {
	t.Helper()
	template, err := ParseTemplate("mine.tmpl", content)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func TestTemplateReplacesWhatItDefines(t *testing.T) {
	opt := byManager()
	opt.Template = given(t, `{{- /* ours */ -}}
{{define "subject"}}Links for {{.Value}}
and more{{end}}
{{define "name"}}[{{.DisplayName}}]{{end}}
{{define "mail.html"}}<p>{{range .Guests}}{{template "name" .}} <a href="{{.Link}}">{{index .Columns "Project"}}</a>{{end}}</p>{{end}}
{{define "chat"}}{{template "name" .}} {{.Columns.Project}} {{.Link}}{{end}}
`)
	x := handTo(t, opt, listResults(columns, row(2, invited("a@x.example"), "A&B", "a@x.example", "M", "", "<Harbor>")))
	eml, err := os.ReadFile(filepath.Join(x.Folder, "M", "M.eml"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, eml)
	if l.subject != "Links for M and more" {
		t.Errorf("subject %q", l.subject)
	}
	if !strings.Contains(l.html, "[A&amp;B] <a href=") || !strings.Contains(l.html, "&lt;Harbor&gt;") {
		t.Errorf("html %s", l.html)
	}
	if !strings.HasPrefix(unix(l.text), "Hello M,\n\n1 of your guests is invited.") {
		t.Errorf("text %s", l.text)
	}
	if want := "\r\n[A&B] <Harbor> " + linkTo("a@x.example") + "\r\n"; !strings.HasSuffix(string(l.attachments["M.txt"]), want) {
		t.Errorf("messages %s", l.attachments["M.txt"])
	}
	messages := string(l.attachments["M.txt"])
	if !strings.HasPrefix(messages, "\ufeffMessages") || strings.Count(messages, "\n") != strings.Count(messages, "\r\n") {
		t.Errorf("an editor of Windows does not know %q", messages)
	}
}

func TestDefaultTemplateIsATemplate(t *testing.T) {
	template := given(t, DefaultTemplate())
	opt := Options{By: "Account Manager", Header: batch.Header{Fields: partnerFields()}, At: at}
	without := everything(t, handTo(t, opt, partners(t)).Folder)
	opt.Template = template
	with := everything(t, handTo(t, opt, partners(t)).Folder)
	for name, content := range without {
		if strings.HasSuffix(name, ".txt") && with[name] != content {
			t.Errorf("%s differs: %s", name, with[name])
		}
	}
	for _, block := range blocks() {
		if !strings.Contains(DefaultTemplate(), `{{define "`+block+`"`) {
			t.Errorf("no block %s", block)
		}
	}
	// Its comment says what there is.
	for _, name := range append(namesOf(Guest{}), namesOf(Mail{})...) {
		if !strings.Contains(DefaultTemplate(), name) {
			t.Errorf("%s is not told", name)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for _, test := range []struct{ text, want, hint string }{
		{"{{define \"chat\"}}\n{{.Nom}}{{end}}", `mine.tmpl, line 2, block "chat": <.Nom>: can't evaluate field Nom`, ".DisplayName, .EmailAddress, ."},
		{"{{define \"subject\"}}{{.Link}}{{end}}", `mine.tmpl, line 1, block "subject": <.Link>: can't evaluate field Link`, ".By, .Company, ."},
		{"{{define \"mail.txt\"}}\n\n{{range .Guests}}{{.Manager}}{{end}}{{end}}", `mine.tmpl, line 3, block "mail.txt": <.Manager>: can't evaluate field Manager`, ".Person"},
		{"{{define \"mail.html\"}}{{range .Guests}}{{$.Name}}{{end}}{{end}}", `mine.tmpl, line 1, block "mail.html": <$.Name>: can't evaluate field Name`, ".Workbook"},
		{"{{define \"chat\"}}{{index .Columns \"Projekt\"}}{{end}}", `mine.tmpl, line 1, block "chat": <index .Columns "Projekt">: error calling index: the list has no such column: "Projekt"`, "there are: Name, Email, Manager, Manager Email, Project"},
		{"{{define \"mail.txt\"}}{{range .Guests}}{{index .Columns \"Projekt\"}}{{end}}{{end}}", `mine.tmpl, line 1, block "mail.txt": <index .Columns "Projekt">`, "there are: Name, Email"},
		{"{{define \"chat\"}}{{.Columns.Projekt}}{{end}}", `mine.tmpl, line 1, block "chat": <.Columns.Projekt>: map has no entry for key "Projekt"`, "there are: Name, Email, Manager, Manager Email, Project"},
		{"{{define \"mail.html\"}}<a href=\"{{if .Sandbox}}\">{{end}}{{end}}", `mine.tmpl, line 1, block "mail.html": {{if}} branches end in different contexts`, ""},
		{"{{define \"chat\"}}\n{{if}}{{end}}{{end}}", `mine.tmpl, line 2: missing value for if`, ""},
		{"{{define \"chat\"}}{{shout .Link}}{{end}}", `mine.tmpl, line 1: function "shout" not defined`, ""},
		{"{{define \"chatt\"}}hi{{end}}", `mine.tmpl, block "chatt": no such block is used`, "subject, mail.html"},
		{"Hello {{.Name}}", `mine.tmpl: there is text outside of the blocks`, "subject, mail.html"},
	} {
		folder := filepath.Join(t.TempDir(), "packs")
		opt := byManager()
		var err error
		if opt.Template, err = ParseTemplate("mine.tmpl", test.text); err == nil {
			_, err = Write(t.Context(), folder, opt, listResults(columns, row(2, invited("a@x.example"), "A", "a@x.example", "M")))
		}
		e, ok := errors.AsType[*TemplateError](err)
		if !ok || !strings.HasPrefix(e.Error(), test.want) || !strings.Contains(e.Hint(), test.hint) {
			t.Errorf("%s:\n got %v; %s\nwant %s; %s", test.text, err, hintOf(err), test.want, test.hint)
		}
		if exists(folder) {
			t.Error("something was written")
		}
	}
}

func hintOf(err error) string {
	if e, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return e.Hint()
	}
	return ""
}

// TestTemplateThatFailsForOneGuest leaves nothing.
func TestTemplateThatFailsForOneGuest(t *testing.T) {
	opt := byManager()
	opt.Template = given(t, `{{define "chat"}}{{if eq .Value "Z"}}{{slice .DisplayName 0 99}}{{end}}{{end}}`)
	folder := filepath.Join(t.TempDir(), "packs")
	_, err := Write(t.Context(), folder, opt, listResults(columns,
		row(2, invited("a@x.example"), "A", "a@x.example", "M"), row(3, invited("b@x.example"), "B", "b@x.example", "Z")))
	if _, ok := errors.AsType[*TemplateError](err); !ok {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(folder)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestTemplateFindsColumnsByHeading: however the list encodes an accent, and
// whatever stands in a heading unseen.
func TestTemplateFindsColumnsByHeading(t *testing.T) {
	opt := Options{By: "Gérant", ToHeading: "gérant email", Header: batch.Header{Fields: map[batch.Field]int{batch.Email: 0}}, At: at}
	opt.Template = given(t, `{{define "chat"}}{{index .Columns "Région"}} {{index .Columns "project name"}} {{.Columns.Région}} {{.Columns.Project}}{{end}}`)
	x := handTo(t, opt, listResults(
		[]string{"Email", "Ge\u0301rant", "Ge\u0301rant E\u2800mail", "Re\u0301gion", "Project\u2800Name", "\ufeffProject\u2800"},
		row(2, invited("a@x.example"), "a@x.example", "Kim", "kim@contoso.example", "Nord", "Harbor", "Pier")))
	if p := x.Packs[0]; p.By != "Gérant" || p.Value != "Kim" || p.To != "kim@contoso.example" {
		t.Errorf("%+v", p)
	}
	if messages := everything(t, x.Folder)["Kim/Kim.txt"]; !strings.HasSuffix(messages, "\r\nNord Harbor Nord Pier\r\n") {
		t.Errorf("messages %s", messages)
	}
}

func TestGreetingOfTheOwner(t *testing.T) {
	for _, test := range []struct{ by, value, want, sentence string }{
		{"Account manager", "Maren", "Maren", "Hello Maren,\n\n2 of your guests are invited."},
		{"Account manager", "Oud, Maren", "Maren Oud", "Hello Maren Oud,\n\n2 of your guests are invited."},
		{"Responsible", "Maren Oud <maren@contoso.example>", "Maren Oud", "Hello Maren Oud,\n\n2 of your guests are invited."},
		{"Owner", "maren@contoso.example", "", "Hello,\n\n2 guests for maren@contoso.example are invited."},
		{"Owner", "", "", "Hello,\n\n2 guests for (no Owner) are invited."},
		{"Company", "Adatum, Inc.", "", "Hello,\n\n2 guests for Adatum, Inc. are invited."},
	} {
		p := &part{pack: &pack{Pack: Pack{By: test.by, Value: test.value, Parts: 1}}, links: make([]Guest, 2)}
		if got := p.mail().Greeting(); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.by, test.value, got, test.want)
		}
		if got, err := given(t, "").render(blockText, p.mail()); err != nil || !strings.HasPrefix(got, test.sentence) {
			t.Errorf("%s %q: %s, %v", test.by, test.value, got, err)
		}
	}
}

// Who has accepted needs no link, so that none is "not there yet".
func TestDraftWithoutLinksSaysWhy(t *testing.T) {
	someone, ended := make([]Guest, 1), []Guest{{Ended: true}, {Ended: true}}
	for name, test := range map[string]struct {
		mail              Mail
		subject, sentence string
	}{
		"all have access":     {Mail{Value: "Kim", Ready: someone}, "Guest invitations for Kim: no links needed", "No guest of Kim needs an invitation link."},
		"none has":            {Mail{Value: "Kim", Waiting: someone}, "Guest invitations for Kim: no links yet", "There are no invitation links for Kim yet."},
		"some have":           {Mail{Value: "Kim", Ready: someone, Waiting: someone}, "Guest invitations for Kim: no links to hand out", "There are no invitation links to hand out for Kim."},
		"all were taken back": {Mail{Value: "Kim", Waiting: ended}, "Guest invitations for Kim: links that do not work any more", "There are no invitation links to hand out for Kim."},
	} {
		subject, err := given(t, "").render(blockSubject, test.mail)
		assert.Equal(t, name+": subject", strings.TrimSpace(subject), test.subject)
		plain, plainErr := given(t, "").render(blockText, test.mail)
		page, pageErr := given(t, "").render(blockHTML, test.mail)
		if err := errors.Join(err, plainErr, pageErr); err != nil {
			t.Fatal(err)
		}
		if page = strings.NewReplacer("<b>", "", "</b>", "").Replace(page); !strings.HasPrefix(plain, "Hello,\n\n"+test.sentence+"\n\n") || !strings.Contains(page, "<p>"+test.sentence+"</p>") {
			t.Errorf("%s: %s\n%s", name, plain, page)
		}
	}
}

// TestManagersLearnWhomMicrosoftHasEmailed: their own message is not the first then.
func TestManagersLearnWhomMicrosoftHasEmailed(t *testing.T) {
	r := listResults(columns, row(2, invited("a@x.example"), "A", "a@x.example", "M"), row(3, invited("b@x.example"), "B", "b@x.example", "M"))
	for _, test := range []struct {
		emailed  []string
		sentence string
		column   []string
	}{
		{nil, "", nil},
		{[]string{"b@x.example"}, `Microsoft has already emailed the invitation to 1 of them, marked "emailed". Send that guest the link anyway: such emails are easily overlooked.`, []string{"", "yes"}},
		{[]string{"a@x.example", "b@x.example"}, "Microsoft has already emailed the invitation to all of them. Send those guests their link anyway: such emails are easily overlooked.", []string{"yes", "yes"}},
	} {
		opt := byManager()
		for _, address := range test.emailed {
			opt.Emailed.Put(address, true)
		}
		folder := handTo(t, opt, r).Folder
		draft := everything(t, folder)["M/M.eml"]
		if n := strings.Count(draft, " "+test.sentence); test.sentence != "" && n != 2 || strings.Contains(draft, "Microsoft has already") != (test.sentence != "") {
			t.Errorf("%q: %d times in %s", test.emailed, n, draft)
		}
		assert.Equal(t, "marked", strings.Count(draft, " (emailed)"), 2*len(test.emailed))
		cells := sheet(t, filepath.Join(folder, "M", "M.xlsx"), "Guests")
		var column []string
		if at := slices.Index(cells[0], headingEmailed); at >= 0 {
			column = []string{cells[1][at], cells[2][at]}
			assert.Equal(t, "the next column", cells[1][at+1], "M")
		}
		assert.Equal(t, "column", column, test.column)
	}
}

// TestColumnsOfResultsStayInside: a template cannot print what a results
// workbook adds to a list.
func TestColumnsOfResultsStayInside(t *testing.T) {
	g := Guest{columns: []string{"Name", " redeem url", results.ColumnRowKey, "Name"}, cells: []string{"A", "link", "key", "B"}}
	if got := g.Columns(); len(got) != 1 || got["Name"] != "A" {
		t.Errorf("%v", got)
	}
	if got := g.headings(); !slices.Equal(got, []string{"Name", "Name"}) {
		t.Errorf("%v", got)
	}
}

// TestLinksOfTheListStayInside: a link that came with the list is handed to nobody, and
// the list's other columns are.
func TestLinksOfTheListStayInside(t *testing.T) {
	columns := results.Carried(batch.Header{Columns: []string{"Email", "Status", "Redeem URL"}}, false)
	g := Guest{columns: columns, cells: []string{"a@x.example", "VIP", "https://evil.example/redeem"}}
	if got := g.Columns(); len(got) != 2 || got["Status (list)"] != "VIP" {
		t.Errorf("%v", got)
	}
	p := pack{columns: columns, name: -1, email: 0}
	if got := p.shownColumns(); !slices.Equal(got, []int{1}) {
		t.Errorf("%v of %q", got, columns)
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{{define "chat"}}{{.Link}}{{end}}`)
	f.Add(`{{define "texts"}}x{{end}}{{define "subject"}}{{template "texts"}}{{end}}`)
	f.Add(`{{define "default"}}{{end}}{{block "chat" .}}{{end}}`)
	f.Add(DefaultTemplate())
	f.Fuzz(func(_ *testing.T, content string) {
		_, _ = ParseTemplate("mine.tmpl", content)
	})
}

// TestTextThatDoesNotEnd fails before anything is written.
func TestTextThatDoesNotEnd(t *testing.T) {
	for _, block := range []string{blockSubject, blockHTML, blockChat} {
		given, err := parseTemplate("texts.tmpl", `{{define "`+block+`"}}{{range 1000000000000}}{{end}}{{end}}`, text.NewTemplateBounds(1000, maxBlock))
		if err != nil {
			t.Fatal(err)
		}
		opt := byManager()
		opt.Template = given
		_, err = Write(t.Context(), filepath.Join(t.TempDir(), "packs"), opt, listResults(columns, row(2, invited("a@fabrikam.example"), "A", "a@fabrikam.example", "Kim")))
		if err == nil || err.Error() != `texts.tmpl, block "`+block+`": `+text.ErrEndless.Error() {
			t.Errorf("%s: %v", block, err)
		}
	}
}
