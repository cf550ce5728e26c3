package session

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/internal/assert"
)

func TestAdvise(t *testing.T) {
	usgov, err := graph.ParseCloud("usgov")
	if err != nil {
		t.Fatal(err)
	}
	app := auth.Claims{Kind: "app", Roles: []string{"User.Invite.All"}}
	person := auth.Claims{Kind: "user", User: "pat@contoso.example"}
	admin := auth.Claims{Kind: "user", Admins: []string{"62e90394-69f5-4237-9190-012177145e10"}}
	for name, test := range map[string]struct {
		claims auth.Claims
		asked  Asked
		cloud  graph.Cloud
		want   []string // a part of each warning
	}{
		"nothing to say":         {app, Asked{Rows: 3}, graph.Cloud{}, nil},
		"message by an app":      {app, Asked{Rows: 3, Emailed: 3, WithMessage: 2}, graph.Cloud{}, []string{"leaves your custom message out of the email (2 rows)"}},
		"a text in the sandbox":  {app, Asked{Rows: 3, Emailed: 3, WithMessage: 2}, graph.Cloud{}, []string{"no one signs in to the sandbox"}},
		"message by a person":    {person, Asked{Rows: 3, Emailed: 3, WithMessage: 2}, graph.Cloud{}, nil},
		"copies":                 {person, Asked{Rows: 3, Emailed: 3, Copied: 1}, graph.Cloud{}, []string{"one copy"}},
		"members":                {person, Asked{Rows: 3, Members: 1}, graph.Cloud{}, []string{"user type Member"}},
		"members by an admin":    {admin, Asked{Rows: 3, Members: 1}, graph.Cloud{}, nil},
		"the US government":      {app, Asked{Rows: 3}, usgov, []string{"cloud usgov let no one invite"}},
		"everything in one list": {app, Asked{Rows: 9, WithMessage: 1, Copied: 1, Members: 1}, usgov, []string{"custom message", "one copy", "Member", "usgov"}},
	} {
		got := advise(&Tenant{Claims: test.claims, Cloud: test.cloud, ID: journal.Identity{Sandbox: strings.HasSuffix(name, "in the sandbox")}}, test.asked)
		if len(got) != len(test.want) {
			t.Errorf("%s: got %q", name, got)
			continue
		}
		for i, part := range test.want {
			if !strings.Contains(got[i], part) {
				t.Errorf("%s: %q lacks %q", name, got[i], part)
			}
		}
	}
}

// The forecast says of the rows that this run sends what they ask for, and not of those
// that a limit leaves for later.
func TestForecastOfTheRowsThatAreSentNow(t *testing.T) {
	row := func(action batch.Action, change func(*graph.Invitation)) batch.Step {
		s := batch.Step{Action: action, Status: batch.Pending}
		s.Invitation = graph.Invitation{RedirectURL: "https://myapplications.microsoft.com/?tenantid=1", UserType: "Guest"}
		if change != nil {
			change(&s.Invitation)
		}
		return s
	}
	f := Forecast{Limit: 3}
	for _, s := range []batch.Step{
		row(batch.Skip, func(i *graph.Invitation) { i.UserType = "Member" }),
		row(batch.Send, func(i *graph.Invitation) { i.UserType = "Member" }),
		row(batch.Send, func(i *graph.Invitation) { i.RedirectURL = "https://portal.example/x" }),
		row(batch.Send, func(i *graph.Invitation) {
			i.SendMessage = true
			i.MessageInfo = &graph.MessageInfo{Body: "Hello", CC: graph.CC("boss@fabrikam.example")}
		}),
		row(batch.Send, func(i *graph.Invitation) { i.SendMessage, i.UserType = true, "Member" }),
	} {
		f.Add(s)
	}
	assert.Equal(t, "in all", []int{f.Send, f.Emailed}, []int{4, 2})
	assert.Equal(t, "now", f.Now.Emailing(), "1 of 3 with an email from Microsoft")
	assert.Equal(t, "details", f.Now.Details("https://myapplications.microsoft.com"), []string{
		"1 row as Member, not as Guest",
		"guests land elsewhere than usual: portal.example 1",
		"copies of the emails go to boss@fabrikam.example 1",
		"1 row with a custom message in the email",
	})
}
