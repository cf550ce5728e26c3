package session

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/graph"
	"guestlist/graph/auth"
)

func TestAdvise(t *testing.T) {
	message, err := judge.ParseMessageTemplate("Hello {{.DisplayName}}")
	if err != nil {
		t.Fatal(err)
	}
	usgov, err := graph.ParseCloud("usgov")
	if err != nil {
		t.Fatal(err)
	}
	app := auth.Claims{Kind: "app", Roles: []string{"User.Invite.All"}}
	person := auth.Claims{Kind: "user", User: "pat@contoso.example"}
	admin := auth.Claims{Kind: "user", Admins: []string{"62e90394-69f5-4237-9190-012177145e10"}}
	columns := func(fields ...batch.Field) batch.Header {
		h := batch.Header{Fields: map[batch.Field]int{}}
		for i, f := range fields {
			h.Fields[f] = i
		}
		return h
	}
	for name, test := range map[string]struct {
		claims   auth.Claims
		defaults judge.Defaults
		header   batch.Header
		cloud    graph.Cloud
		want     []string // a part of each warning
	}{
		"nothing to say":         {app, judge.Defaults{UserType: "Guest"}, columns(batch.Email), graph.Cloud{}, nil},
		"text by an app":         {app, judge.Defaults{SendMessage: true, Message: message}, columns(batch.Email), graph.Cloud{}, []string{"leaves your custom message out"}},
		"text column by an app":  {app, judge.Defaults{SendMessage: true}, columns(batch.Email, batch.Message), graph.Cloud{}, []string{"leaves your custom message out"}},
		"text without an email":  {app, judge.Defaults{Message: message, CC: "a@b.example"}, columns(batch.Email, batch.Message), graph.Cloud{}, nil},
		"text by a person":       {person, judge.Defaults{SendMessage: true, Message: message}, columns(batch.Email), graph.Cloud{}, nil},
		"copy":                   {person, judge.Defaults{SendMessage: true, CC: "a@b.example"}, columns(batch.Email), graph.Cloud{}, []string{"one copy"}},
		"copy column":            {person, judge.Defaults{SendMessage: true}, columns(batch.Email, batch.CC), graph.Cloud{}, []string{"one copy"}},
		"members":                {person, judge.Defaults{UserType: "Member"}, columns(batch.Email), graph.Cloud{}, []string{"user type Member"}},
		"user type column":       {person, judge.Defaults{UserType: "Guest"}, columns(batch.Email, batch.UserType), graph.Cloud{}, []string{"user type Member"}},
		"members by an admin":    {admin, judge.Defaults{UserType: "Member"}, columns(batch.Email), graph.Cloud{}, nil},
		"the US government":      {app, judge.Defaults{}, columns(batch.Email), usgov, []string{"cloud usgov let no one invite"}},
		"everything in one list": {app, judge.Defaults{SendMessage: true, UserType: "Member"}, columns(batch.Message, batch.CC), usgov, []string{"custom message", "one copy", "Member", "usgov"}},
	} {
		got := advise(test.claims, test.defaults, test.header, test.cloud)
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
