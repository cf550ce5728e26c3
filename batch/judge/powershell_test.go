package judge_test

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestMessageInfoOfPowerShell(t *testing.T) {
	sent := func(message string) batch.Judged {
		return judge.Row(header, defaults, cells(map[batch.Field]string{batch.SendMessage: "True", batch.Message: message}))
	}
	for message, want := range map[string]*graph.MessageInfo{
		`{"ccRecipients":[{"emailAddress":{"address":"kim@contoso.example","name":null}}],"customizedMessageBody":"Hello","messageLanguage":"de-DE"}`: {
			Body: "Hello", Language: "de-DE", CC: graph.CC("kim@contoso.example"),
		},
		`{"CustomizedMessageBody":"Hello"}`:                                            {Body: "Hello"},
		"@{CustomizedMessageBody=Hi; you; MessageLanguage=nl-NL}":                      {Body: "Hi; you", Language: "nl-NL"},
		"@{CustomizedMessageBody=Hi; CcRecipients=; AdditionalProperties={}}":          {Body: "Hi"},
		`{"CustomizedMessageBody":"Hi","CcRecipients":null,"AdditionalProperties":{}}`: {Body: "Hi"},
		"{}":                {},
		"[External] Hello":  {Body: "[External] Hello"},
		"[your name] Hello": {Body: "[your name] Hello"},
	} {
		j := sent(message)
		assert.Equal(t, "problems of "+message, len(j.Problems)+len(j.Warnings), 0)
		if want.Body == "" {
			want = nil
		}
		assert.Equal(t, message, j.Invitation.MessageInfo, want)
	}
	for _, name := range []string{"Microsoft.Graph.PowerShell.Models.MicrosoftGraphInvitedUserMessageInfo", "class InvitedUserMessageInfo {\n}", "System.Object[]"} {
		assert.Equal(t, name, kinds(sent(name).Problems), []string{"message: message-object"})
	}
}

// Guests must not read JSON, nor half of what was meant for them.
func TestMessageInfoThatIsLostIsSaid(t *testing.T) {
	const two = `{"customizedMessageBody":"Hi","ccRecipients":[{"emailAddress":{"address":"a@b.example"}},{"emailAddress":{"address":"c@b.example"}}]}`
	const one = `{"customizedMessageBody":"Hi","ccRecipients":[{"emailAddress":{"address":"a@b.example"}}]}`
	tests := []struct{ message, cc, problem, warning string }{
		{`{"customizedMessageBody":"Hej"`, "", "cannot be read", ""},
		{`{ no JSON }`, "", "cannot be read", ""},
		{`{"customizedMessageBody":7}`, "", "cannot be read", ""},
		{`["x"]`, "", "cannot be read", ""},
		{"[{\"customizedMessageBody\":", "", "cannot be read", ""},
		{`@{customizedMessageBody=Hej; messageLang`, "", "cannot be read", ""},
		{`@{Text=Hej}`, "", "name for an object", ""},
		{`@{customizedMessageBody=Hej; CcRecipients=System.Object[]}`, "", "who gets a copy", ""},
		{two, "", "copies to 2 addresses (a@b.example, c@b.example)", ""},
		{one, "d@b.example", "copies to 2 addresses (d@b.example, a@b.example)", ""},
		{one, "A@b.example", "", ""},
		{`{"customizedMessageBody":"Hej","foo":1,"bar":null}`, "", "", `has "foo" beside`},
		{"@{customizedMessageBody=Hej; Extra=1}", "", "", `has "Extra" beside`},
	}
	for _, test := range tests {
		j := judge.Row(header, defaults, cells(map[batch.Field]string{batch.SendMessage: "yes", batch.Message: test.message, batch.CC: test.cc}))
		says(t, test.message, j.Problems, test.problem)
		says(t, test.message, j.Warnings, test.warning)
	}
}

// says fails unless there is one problem with a text in it, or none for "".
func says(t *testing.T, of string, found []batch.Problem, want string) {
	t.Helper()
	assert.Equal(t, "problems of "+of, len(found), min(len(want), 1))
	for _, p := range found {
		if !strings.Contains(p.What, want) {
			t.Errorf("%s: %q, want %q in it", of, p.What, want)
		}
	}
}
