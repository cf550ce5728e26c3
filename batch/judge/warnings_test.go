package judge_test

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

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
		{"plus", email("a+b@x.example"), []string{"email: special-character"}, "has the special character + before the @"},
		{"two characters", email("o'brien!@x.example"), []string{"email: special-character"}, "has the special characters ! ' before the @"},
		{"hyphen first", email("-anna@x.example"), []string{"email: hyphen"}, "hyphen first or last"},
		{"hyphen last", email("anna-@x.example"), []string{"email: hyphen"}, "hyphen first or last"},
		{"hyphen inside", email("anna-maria_@x-y.example"), nil, ""},
		{"accent", email("jürgen@x.example"), []string{"email: not-ascii"}, "letters other than a to z"},
		{"accent in the domain", email("juergen@müller.example"), nil, ""},
		{"typo", email("anna.berg@Gmial.com"), []string{"email: typo"}, "write anna.berg@gmail.com"},
		{"ending", email("anna@fabrikam.con"), []string{"email: typo"}, "write anna@fabrikam.com"},
		{"provider and ending", email("anna@hotmial.con"), []string{"email: typo"}, "write anna@hotmail.com"},
		{"no typo", email("anna@gmail.com"), nil, ""},
		{"all at once", email("-ä+@x.cmo"), []string{"email: special-character", "email: hyphen", "email: not-ascii", "email: typo"}, ""},
		{"plain http", redirect("http://x.example"), []string{"redirect-url: plain-http"}, "is not encrypted"},
		{"plain HTTP", redirect("HTTP://x.example"), []string{"redirect-url: plain-http"}, "is not encrypted"},
		{"on this machine", redirect("http://localhost:8080/x"), nil, ""},
		{"on this machine, too", redirect("http://127.0.0.1:8080/x"), nil, ""},
		{"not mailed", map[batch.Field]string{batch.Message: "Hi"}, []string{"message: message-muted"}, "no invitation email is sent"},
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

// A warning about a default is reported once, not for every row.
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
		message, err := judge.ParseMessageTemplate(test.template)
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
