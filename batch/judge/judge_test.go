package judge_test

import (
	"fmt"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
)

const sponsor = "00000000-0000-0000-0000-000000000001"

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

func TestTemplateIsFilledForEachRow(t *testing.T) {
	message, err := judge.ParseTemplate(`Hello {{.DisplayName}}, {{index .Columns "Project"}} and {{.Columns.Project}}`)
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
		if _, err := judge.ParseTemplate(wrong); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
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

func TestFingerprintSeesTheListAndNotTheFlags(t *testing.T) {
	a := judged(2, "a@x.example", "Anna", "", "", "", "", "", "", "", "Apollo")
	assert.Equal(t, "moved, other column", judged(7, "a@x.example", "Anna", "", "", "", "", "", "", "", "Gemini").Fingerprint, a.Fingerprint)
	other := defaults
	other.RedirectURL = "https://elsewhere.example"
	assert.Equal(t, "other flags", judge.Row(header, other, a.Row).Fingerprint, a.Fingerprint)
	if judged(2, "a@x.example", "Anne").Fingerprint == a.Fingerprint {
		t.Error("a mended name is not seen")
	}
	if judged(2, "a@x.example", "", "Anna").Fingerprint == a.Fingerprint {
		t.Error("a name in the next column is not seen")
	}
}

func TestRates(t *testing.T) {
	for text, want := range map[string]string{
		"5/1s": "5/1s", "150/5s": "150/5s", "30/1m": "30/1m", "2/s": "2/1s", "0": "0", "1/24h": "1/24h",
	} {
		rate, err := send.ParseRate(text)
		if err != nil || rate.String() != want {
			t.Errorf("%q: %v %v", text, rate, err)
		}
	}
	for _, wrong := range []string{"", "5", "0/1s", "-1/1s", "5/0s", "5/-1s", "x/1s", "5/1y", "5/1ns", "9999999/1s", "5/25h"} {
		if rate, err := send.ParseRate(wrong); err == nil {
			t.Errorf("%q: %v", wrong, rate)
		}
	}
}
