package handoff

import (
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/text"
	"guestlist/report"
)

// lettersOf are letters as files have them, by name.
func lettersOf(t *testing.T, files ...string) (all []text.Letter) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		l, err := text.ParseLetter(files[i], files[i+1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// threeLanguages are guests of one account manager, and options for them.
func threeLanguages() (Options, report.Results) {
	opt := Options{By: "Manager", ToHeading: "Manager Email", GuestMail: true, At: at, Header: batch.Header{Fields: map[batch.Field]int{batch.Name: 0, batch.Email: 1, batch.Language: 5}}}
	guest := func(line int, name, language string) batch.Record {
		address := strings.ToLower(name) + "@x.example"
		return row(line, invited(address), name, address, "Oud, Maren", "maren@contoso.example", "<Harbor>", language)
	}
	r := listResults(append(columns[:5:5], "Language"), guest(2, "Anna", "de-AT"), guest(3, "Bo", ""), guest(4, "Chloe", "fr"))
	r.Summary.TenantName, r.Summary.Settings = "Contoso", map[string]string{"language": "nl-NL"}
	return opt, r
}

// drafts are those of the guests, by the beginning of their names.
func drafts(t *testing.T, x Index) map[string]letter {
	t.Helper()
	all := make(map[string]letter)
	for _, name := range x.Packs[0].Files {
		if filepath.Ext(name) != ".eml" {
			continue
		}
		eml, err := os.ReadFile(filepath.Join(x.Folder, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		who, _, _ := strings.Cut(filepath.Base(name), "@")
		all[who] = open(t, eml)
	}
	return all
}

func TestLettersGoByTheLanguageOfTheRow(t *testing.T) {
	opt, r := threeLanguages()
	opt.Letters = lettersOf(t, "welcome.de.txt", "Subject: {inviting company} lädt ein\n\nGuten Tag {Display name},\n\n{Inviting person} <{Inviting address}> & {project}:\n{Invitation link}\n",
		"welcome.nl.txt", "Dag {Display name}, {Invitation link}")
	x := handTo(t, opt, r)
	all := drafts(t, x)
	german := "Guten Tag Anna,\n\nMaren Oud <maren@contoso.example> & <Harbor>:\n" + linkTo("anna@x.example") + "\n"
	assert.Equal(t, "subject", all["anna"].subject, "Contoso lädt ein")
	assert.Equal(t, "text", unix(all["anna"].text), german)
	target := html.EscapeString(linkTo("anna@x.example"))
	for _, want := range []string{"<p>Guten Tag Anna,</p>\n<p>Maren Oud &lt;maren@contoso.example&gt; &amp; &lt;Harbor&gt;:<br>\n", `<a href="` + target + `">https://login.microsoftonline.com/redeem...</a></p>`} {
		if !strings.Contains(unix(all["anna"].html), want) {
			t.Errorf("no %s in %s", want, all["anna"].html)
		}
	}
	assert.Equal(t, "of the run's language", unix(all["bo"].text), "Dag Bo, "+linkTo("bo@x.example")+"\n")
	assert.Equal(t, "its subject", all["bo"].subject, "Contoso: your invitation as a guest")
	if !strings.HasPrefix(unix(all["chloe"].text), "Hello Chloe,\n\nMaren Oud at Contoso invites you to work together as a guest.") {
		t.Errorf("%s", all["chloe"].text)
	}
	assert.Equal(t, "without a letter", x.Unlettered, 1)
	if messages := unix(everything(t, x.Folder)["Oud, Maren/Oud, Maren.txt"]); !strings.Contains(messages, german) {
		t.Errorf("messages %s", messages)
	}

	opt.Letters = append(opt.Letters, lettersOf(t, "welcome.txt", "Hi {Display name}: {Invitation link}")...)
	x = handTo(t, opt, r)
	assert.Equal(t, "of no other", unix(drafts(t, x)["chloe"].text), "Hi Chloe: "+linkTo("chloe@x.example")+"\n")
	assert.Equal(t, "all have a letter", x.Unlettered, 0)

	r = listResults(columns[:5:5], row(2, invited("ada@x.example"), "Ok, Ada", "ada@x.example", "Oud, Maren", "maren@contoso.example", "<Harbor>"))
	assert.Equal(t, "a name as it is said", unix(drafts(t, handTo(t, opt, r))["ada"].text), "Hi Ada Ok: "+linkTo("ada@x.example")+"\n")
}

func TestLettersOfATestRunSaySo(t *testing.T) {
	opt, r := threeLanguages()
	r.Summary.Sandbox = true
	opt.Letters = lettersOf(t, "welcome.txt", "Hi: {Invitation link}")
	draft := drafts(t, handTo(t, opt, r))["anna"]
	if !strings.HasPrefix(draft.subject, "[SANDBOX] ") || !strings.Contains(draft.text, "SANDBOX") || !strings.Contains(draft.html, "SANDBOX") {
		t.Errorf("%+v", draft)
	}
}

// What a letter cannot fill in is said before anything is written.
func TestLettersWithGaps(t *testing.T) {
	for _, test := range []struct {
		content, want string
		change        func(*Options, *report.Results)
	}{
		{"\n\n{Projekt} {Invitation link}", "w.txt, line 3: there is no {Projekt}; did you mean {Project}?", nil},
		{"{Redeem URL}", "w.txt, line 1: there is no {Redeem URL}", nil},
		{"Hello {Display name}", "w.txt: {Invitation link} is missing: the guest could not accept", nil},
		{"{Invitation link}", "w.txt: {Invitation link} has nothing to show, because the links are left out (--redact)", func(o *Options, _ *report.Results) { o.Redact = true }},
		{"{Invitation link} {Inviting company}", "w.txt: {Inviting company} is not known: the run could not read the name of the tenant", func(_ *Options, r *report.Results) { r.Summary.TenantName = "" }},
		{"{Invitation link} {Inviting person}", "w.txt: {Inviting person} is not known: Project of Anna <anna@x.example> names no person", func(o *Options, _ *report.Results) { o.By = "Project" }},
		{"{Invitation link} {Inviting address}", "w.txt: {Inviting address} is not known for Oud, Maren: --to names the column with the addresses", func(o *Options, _ *report.Results) { o.ToHeading = "" }},
	} {
		opt, r := threeLanguages()
		if test.change != nil {
			test.change(&opt, &r)
		}
		opt.Letters = lettersOf(t, "w.txt", test.content)
		folder := filepath.Join(t.TempDir(), "packs")
		if _, err := Write(t.Context(), folder, opt, r); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.content, err, test.want)
		}
		if exists(folder) {
			t.Error("something was written")
		}
	}
	opt, r := threeLanguages()
	opt.Letters = lettersOf(t, "a.txt", "{Invitation link}", "b.txt", "{Invitation link}")
	if _, err := Write(t.Context(), filepath.Join(t.TempDir(), "packs"), opt, r); err == nil || err.Error() != "b.txt: it is for the same guests as a.txt: put the language into the names, as in welcome.de.txt" {
		t.Error(err)
	}
}
