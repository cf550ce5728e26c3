package judge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
	"guestlist/internal/text"
)

func TestTemplateIsFilledForEachRow(t *testing.T) {
	message, err := judge.ParseMessageTemplate(`Hello {{.DisplayName}}, {{index .Columns "Project"}} and {{.Columns.Project}}`)
	if err != nil {
		t.Fatal(err)
	}
	d := judge.Defaults{RedirectURL: "https://x.example", SendMessage: true, Message: message}
	row := batch.Row{Line: 2, Cells: []string{"pat@x.example", "", "", "", "", "", "", "", "", "Apollo"}}
	assert.Equal(t, "body", judge.Row(header, d, row).Invitation.MessageInfo.Body, "Hello pat@x.example, Apollo and Apollo")
	other := batch.Header{Columns: []string{"Email"}, Fields: map[batch.Field]int{batch.Email: 0}}
	j := judge.Row(other, d, batch.Row{Line: 2, Cells: []string{"pat@x.example"}})
	if len(j.Problems) != 1 || !strings.Contains(j.Problems[0].What, `"Project"`) {
		t.Errorf("a missing column: %v", j.Problems)
	}
	for _, wrong := range []string{"{{", "{{.Nonsense}}", "{{nofunc}}"} {
		if _, err := judge.ParseMessageTemplate(wrong); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
}

// A message for all rows is no mistake of a row that sends no email.
func TestTextOfAllRowsIsNotMissed(t *testing.T) {
	message, err := judge.ParseMessageTemplate("Hello {{.DisplayName}}")
	if err != nil {
		t.Fatal(err)
	}
	j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", Message: message}, cells(nil))
	assert.Equal(t, "warnings", kinds(j.Warnings), []string(nil))
}

func TestMissingColumnOfATemplateNamesTheLikelyOne(t *testing.T) {
	for given, advice := range map[string]string{
		`{{index .Columns "project"}}`: `Did you mean "Project"?`,
		`{{.Columns.Projct}}`:          `Did you mean "Project"?`,
		`{{index .Columns "Budget"}}`:  `which has "Email", "Name"`,
	} {
		message, err := judge.ParseMessageTemplate("Hello " + given)
		if err != nil {
			t.Fatal(err)
		}
		j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", Message: message}, cells(nil))
		assert.Equal(t, given, kinds(j.Problems), []string{"message: message-template"})
		if p := j.Problems[0]; !strings.Contains(p.What, "the column \"") || strings.Contains(p.What, "template:") || !strings.Contains(p.Advice, advice) {
			t.Errorf("%s: %v %s", given, p, p.Advice)
		}
	}
	message, _ := judge.ParseMessageTemplate(`{{if eq .DisplayName "anna@x.example"}}{{slice .DisplayName 99}}{{end}}`)
	j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", Message: message}, cells(nil))
	assert.Equal(t, "another fault", kinds(j.Problems), []string{"message: message-template"})
}

func TestTemplatesThatAreNoText(t *testing.T) {
	for name, given := range map[string]string{
		"UTF-16": "\xff\xfeH\x00i\x00", "UTF-16 without a mark": "H\x00i\x00", "Latin-1": "Gr\xfc\xdfe",
	} {
		if _, err := judge.ParseMessageTemplate(given); err == nil || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, blank := range []string{"", " \r\n", "{{with .Columns.Project}}For {{.}}{{end}}\n"} {
		message, err := judge.ParseMessageTemplate(blank)
		if err != nil {
			t.Fatal(err)
		}
		j := judge.Row(header, judge.Defaults{RedirectURL: "https://x.example", SendMessage: true, Message: message}, cells(nil))
		if j.Invitation.MessageInfo != nil {
			t.Errorf("%q: %+v", blank, j.Invitation.MessageInfo)
		}
	}
}

// The error of a template may quote anything that is in a cell.
func TestFaultOfATemplateQuotesCellsSafely(t *testing.T) {
	message, err := judge.ParseMessageTemplate(`{{range index .Columns "Name"}}{{end}}`)
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

// TestMessageThatDoesNotEnd fails when it is read, or for the row that makes it endless.
func TestMessageThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	const want = "the text does not end"
	for _, endless := range []string{"{{range 1000000000000}}{{end}}", `{{range 1000000000000}}x{{end}}`, `{{define "a"}}{{template "a"}}{{template "a"}}{{end}}{{template "a"}}`} {
		if _, err := judge.ParseMessageTemplate(endless); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", endless, err)
		}
	}
	tmpl, err := judge.ParseMessageTemplate(`{{if eq .DisplayName "Anna"}}{{range 1000000000000}}{{end}}{{end}}Hello`)
	if err != nil {
		t.Fatal(err)
	}
	h := batch.Header{Columns: []string{"Email", "Name"}, Fields: map[batch.Field]int{batch.Email: 0, batch.Name: 1}}
	d := judge.Defaults{RedirectURL: "https://myapplications.microsoft.com", SendMessage: true, Message: tmpl}
	for name, sent := range map[string]bool{"Anna": false, "Bo": true} {
		got := judge.Row(h, d, batch.Row{Line: 2, Cells: []string{"a@fabrikam.example", name}})
		if (len(got.Problems) == 0) != sent || !sent && !strings.Contains(fmt.Sprint(got.Problems), want) {
			t.Errorf("%s: %v", name, got.Problems)
		}
	}
}

// A text that no email has room for is not called a template that does not end.
func TestMessageThatIsTooLong(t *testing.T) {
	_, err := judge.ParseMessageTemplate(strings.Repeat("é", text.MaxEmail))
	if long, _ := errors.AsType[*text.LengthError](err); long == nil || err.Error() != "the message template has 1,048,576 characters, which is too long for an email" {
		t.Error(err)
	}
}

func TestMessagesGoByTheLanguageOfTheRow(t *testing.T) {
	header := batch.Header{Columns: []string{"Email", "Name", "Language", "Project"}, Fields: map[batch.Field]int{batch.Email: 0, batch.Name: 1, batch.Language: 2}}
	message := func(file, content string) judge.MessageTemplate {
		l, err := text.ParseLetter(file, content)
		if err != nil {
			t.Fatal(err)
		}
		m, err := judge.LetterTemplate(l)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.CheckColumns(header); err != nil {
			t.Error(err)
		}
		return m
	}
	defaults := judge.Defaults{SendMessage: true, Language: "nl", Message: message("a.txt", "Hello {display name}: {project}"), Translations: new(judge.Translations)}
	defaults.Translations.Add("de", message("a.de.txt", "{Email address}, {{willkommen"))
	for language, want := range map[string]string{"": "Hello Anna: Harbor", "de-CH": "a@x.example, {{willkommen", "fr": "Hello Anna: Harbor"} {
		j := judge.Row(header, defaults, batch.Row{Line: 2, Cells: []string{"a@x.example", "Anna", language, "Harbor"}})
		if len(j.Problems) > 0 || j.Invitation.MessageInfo.Body != want {
			t.Errorf("%q: %q, %v", language, j.Invitation.MessageInfo.Body, j.Problems)
		}
	}
	turned := judge.Row(header, defaults, batch.Row{Line: 2, Cells: []string{"a@x.example", "Müller, Anna", "", "Harbor"}}).Invitation
	assert.Equal(t, "a name as it is said", turned.MessageInfo.Body, "Hello Anna Müller: Harbor")
	assert.Equal(t, "a name as the list has it", turned.DisplayName, "Müller, Anna")
	gap := judge.Row(header, defaults, batch.Row{Line: 2, Cells: []string{"a@x.example", "Anna"}})
	if len(gap.Warnings) != 1 || gap.Warnings[0].Kind != batch.KindMessageGap || gap.Warnings[0].Advice != "Fill the cell, or leave {project} out of the text." {
		t.Errorf("%+v", gap.Warnings)
	}
	err := message("a.txt", "x").CheckColumns(header)
	if l, parseErr := text.ParseLetter("a.txt", "\n{Projekt}"); parseErr == nil {
		var m judge.MessageTemplate
		if m, err = judge.LetterTemplate(l); err == nil {
			err = m.CheckColumns(header)
		}
	}
	if err == nil || err.Error() != "a.txt, line 2: there is no {Projekt}; did you mean {Project}?" {
		t.Error(err)
	}
}
