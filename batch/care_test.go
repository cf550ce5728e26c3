package batch_test

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// A duplicate of a row that nobody sends must not say that there is nothing to do.
func TestDuplicatesOfRowsThatAreNotSent(t *testing.T) {
	header := batch.Header{Columns: []string{"Email", "Redirect url"}, Fields: map[batch.Field]int{batch.Email: 0, batch.RedirectURL: 1}}
	row := func(line int, cells ...string) batch.Judged {
		return judge.Row(header, defaults, batch.Row{Line: line, Cells: cells})
	}
	plan := batch.Plan{Takes: func(r batch.Row) bool { return r.Line != 4 }}
	plan.Add(row(2, "n/a", ""))
	assert.Equal(t, "no address repeats none", plan.Add(row(3, "n/a", "")).Status, batch.Invalid)
	plan.Add(row(4, "left@x.example", ""))
	advice := plan.Add(row(5, "left@x.example", "")).Outcome().Advice
	assert.Equal(t, "of a row left out", advice, "That row is left out this time, so the guest is not invited now.")
	plan.Add(row(6, "bad@x.example", "portal"))
	again := plan.Add(row(7, "bad@x.example", ""))
	assert.Equal(t, "status", again.Status, batch.Duplicate)
	assert.Equal(t, "of a row that cannot be sent", again.Outcome().Advice, "That row cannot be sent as it is: correct it, and the guest is invited once, by that row; or remove it, and this row is sent.")
	plan.Add(row(8, "good@x.example", ""))
	assert.Equal(t, "of a row that is sent", plan.Add(row(9, "good@x.example", "")).Outcome().Advice, "Nothing to do: the guest is invited once, by that row. Correct the address if two people are meant.")
}

// What a duplicate asks for is not done, so that it must not say that there is nothing to do.
func TestDuplicateThatAsksForMore(t *testing.T) {
	header := batch.Header{
		Columns: []string{"Email", "Teams", "Firma"},
		Fields:  map[batch.Field]int{batch.Email: 0, batch.Groups: 1, batch.AttributeField(graph.CompanyName): 2},
	}
	with := defaults
	with.Attributes = []graph.Attribute{graph.CompanyName}
	plan := batch.Plan{}
	add := func(line int, cells ...string) batch.Step {
		return plan.Add(judge.Row(header, with, batch.Row{Line: line, Cells: cells}))
	}
	add(2, "ada@x.example", "Project Aurora", "Fabrikam")
	add(3, "eva@x.example", "", "")
	alike := add(4, "Ada@x.example", "project aurora", "Fabrikam")
	assert.Equal(t, "no more", len(alike.Findings(header)), 1)
	more := add(5, "ada@x.example", "Project Aurora; Project Borealis", "Northwind")
	var found []string
	for _, p := range more.Findings(header) {
		found = append(found, string(p.Severity)+" "+p.String())
	}
	assert.Equal(t, "findings", found, []string{
		`duplicate Email: "ada@x.example" repeats row 2`,
		`warning Teams: "Project Borealis" is not in row 2, and is not done`,
		`warning Firma: "Northwind" is not in row 2, and is not done`,
	})
	assert.Equal(t, "advice", more.Outcome().Advice, "The guest is invited once, by that row. "+
		`What only this row asks for is not done: enter "Project Borealis", "Northwind" in that row if the guest is to get it.`)
	assert.Equal(t, "of a guest of another row", len(add(6, "eva@x.example", "Project Aurora", "").Findings(header)), 2)
}

func TestCellsThatAreNoAddress(t *testing.T) {
	for cell, what := range map[string]string{
		"not yet known": "is not an address",
		"pat_fabrikam.com#EXT#@contoso.onmicrosoft.com": "user name of a guest account",
		"pat @fabrikam.com":                             "contains a space",
	} {
		_, err := judge.Address(cell)
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q: %v, want %q", cell, err, what)
		}
	}
}

// kindsOf judges one row and lists what it found.
func kindsOf(t *testing.T, d judge.Defaults, fields map[batch.Field]string) (problems, warnings []batch.Kind) {
	t.Helper()
	h := batch.Header{Fields: map[batch.Field]int{}}
	var row batch.Row
	for _, f := range batch.Fields() {
		if text, ok := fields[f]; ok {
			h.Fields[f] = len(h.Columns)
			h.Columns, row.Cells = append(h.Columns, string(f)), append(row.Cells, text)
		}
	}
	j := judge.Row(h, d, row)
	for _, p := range j.Problems {
		problems = append(problems, p.Kind)
	}
	for _, p := range j.Warnings {
		warnings = append(warnings, p.Kind)
	}
	return problems, warnings
}

func TestErrorsOfTheSpreadsheetAreNoValues(t *testing.T) {
	for _, f := range []batch.Field{batch.Email, batch.Name, batch.Message} {
		fields := map[batch.Field]string{batch.Email: "pat@x.example", batch.SendMessage: "yes"}
		fields[f] = "#N/A"
		problems, _ := kindsOf(t, defaults, fields)
		assert.Equal(t, string(f), problems, []batch.Kind{batch.KindSpreadsheetError})
	}
	problems, _ := kindsOf(t, defaults, map[batch.Field]string{batch.Email: "pat@x.example", batch.Name: "#1 Travel"})
	assert.Equal(t, "a name with #", len(problems), 0)
}

func TestWarningsAboutMessages(t *testing.T) {
	tests := map[string]struct {
		fields map[batch.Field]string
		want   []batch.Kind
	}{
		"template marks":  {map[batch.Field]string{batch.SendMessage: "yes", batch.Message: "Dear {{.DisplayName}}"}, []batch.Kind{batch.KindMessageRaw}},
		"copy of no mail": {map[batch.Field]string{batch.CC: "boss@x.example"}, []batch.Kind{batch.KindMessageMuted}},
		"mail unreadable": {map[batch.Field]string{batch.SendMessage: "perhaps", batch.Message: "Welcome"}, nil},
		"powershell's":    {map[batch.Field]string{batch.SendMessage: "$false", batch.Message: "Welcome"}, []batch.Kind{batch.KindMessageMuted}},
	}
	for name, test := range tests {
		test.fields[batch.Email] = "pat@x.example"
		_, warnings := kindsOf(t, defaults, test.fields)
		assert.Equal(t, name, warnings, test.want)
	}
}

func TestTemplateWithAGap(t *testing.T) {
	for text, gap := range map[string]bool{
		`Welcome to {{index .Columns "Project"}}.`:                  true,
		`Welcome to {{.Columns.Project}}.`:                          true,
		`Welcome{{with index .Columns "Project"}} to {{.}}{{end}}.`: false,
		`Welcome, {{.DisplayName}}.`:                                false,
	} {
		d := defaults
		d.SendMessage = true
		var err error
		if d.Message, err = judge.ParseMessageTemplate(text); err != nil {
			t.Fatal(err)
		}
		h := batch.Header{Columns: []string{"Email", "Project"}, Fields: map[batch.Field]int{batch.Email: 0}}
		j := judge.Row(h, d, batch.Row{Cells: []string{"pat@x.example", " "}})
		assert.Equal(t, text, len(j.Warnings) == 1 && j.Warnings[0].Kind == batch.KindMessageGap, gap)
	}
}

func TestTemplateErrorsAreInOurWords(t *testing.T) {
	for text, want := range map[string]string{
		`Hello {{.Name}}`:        "message template: a guest has no Name",
		`Hello {{.DisplayName`:   "message template: line 1: unclosed action",
		`Hello {{frobnicate 1}}`: `message template: line 1: function "frobnicate" not defined`,
	} {
		_, err := judge.ParseMessageTemplate(text)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestRedirectWithASpace(t *testing.T) {
	if err := judge.CheckRedirectURL("https://portal.example/my page"); err == nil || !strings.Contains(err.Error(), "space") {
		t.Error(err)
	}
}
