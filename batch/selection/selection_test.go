package selection_test

import (
	"errors"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/selection"
	"guestlist/internal/assert"
)

func TestConditionsAreSplitAtTheirFirstOperator(t *testing.T) {
	for text, want := range map[string]selection.Condition{
		"Company=Fabrikam":          {Heading: "Company", Value: "Fabrikam"},
		"\tCompany = Fabrikam AG\t": {Heading: "Company", Value: "Fabrikam AG"},
		"Company~fab":               {Heading: "Company", Value: "fab", Contains: true},
		"Company=":                  {Heading: "Company"},
		"Note=a=b~c":                {Heading: "Note", Value: "a=b~c"},
		"Note~a=b":                  {Heading: "Note", Value: "a=b", Contains: true},
	} {
		c, err := selection.ParseCondition(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		assert.Equal(t, text, c, want)
	}
	for text, want := range map[string]string{
		"": "neither", "Company": "neither", "=Fabrikam": "no heading", "\t_-=x": "no heading", "Company~": "nothing to look for", "Company~\u200b": "nothing to look for",
	} {
		c, err := selection.ParseCondition(text)
		wrong, ok := errors.AsType[*selection.SelectionError](err)
		if !ok || !strings.Contains(wrong.What, want) || wrong.Text != text || wrong.Hint() == "" {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
}

func TestSelectionTakesTheRowsThatAreMeant(t *testing.T) {
	columns := batch.Header{Columns: []string{"Email", "Company name", "Müllers Ort", "[inviteRedirectURL] Redirect", "Company-Name"}}
	rows := []batch.Row{
		{Line: 2, Cells: []string{"a@x.example", "Fabrikam", "Köln"}},
		{Line: 3, Cells: []string{"b@x.example", " FABRIKAM AG ", "ko\u0308ln"}},
		{Line: 4, Cells: []string{"c@x.example", "Contoso", "", "https://x.example", "Fabrikam"}},
		{Line: 9, Cells: []string{"d@x.example"}},
	}
	for _, test := range []struct {
		lines string
		where []string
		want  []int
	}{
		{"", nil, []int{2, 3, 4, 9}},
		{"3-", nil, []int{3, 4, 9}},
		{"", []string{"Company name=fabrikam"}, []int{2}},
		{"", []string{"companyname~FABRIKAM"}, []int{2, 3}},
		{"", []string{"company_NAME~fab", "email~b@"}, []int{3}},
		{"2", []string{"Company name~fab"}, []int{2}},
		{"4-", []string{"Company name~fab"}, nil},
		{"", []string{"Company name="}, []int{9}},
		{"", []string{"Company-Name=Fabrikam"}, []int{4}}, // the very heading goes first
		{"", []string{"Mu\u0308llers Ort=KÖLN"}, []int{2, 3}},
		{"", []string{"inviteRedirectUrl~x.example"}, []int{4}},
	} {
		var s selection.Selection
		if test.lines != "" {
			s.Ranges, _ = selection.ParseRowRanges(test.lines)
		}
		for _, text := range test.where {
			c, err := selection.ParseCondition(text)
			if err != nil {
				t.Fatal(err)
			}
			s.Where = append(s.Where, c)
		}
		takes, err := s.Bind(columns)
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		var got []int
		for _, row := range rows {
			if takes(row) {
				got = append(got, row.Line)
			}
		}
		assert.Equal(t, test.lines+" "+strings.Join(test.where, " "), got, test.want)
		assert.Equal(t, "empty", s.Empty(), test.lines == "" && test.where == nil)
	}
}

func TestUnknownHeadingNamesThoseThereAre(t *testing.T) {
	columns := batch.Header{Columns: []string{"Email", "", "Müllers Ort", "Company"}}
	for heading, hint := range map[string]string{"mullers ort": `"Müllers Ort"`, "Compny": `"Company"`, "Department": "as in the list"} {
		_, err := selection.Selection{Where: []selection.Condition{{Heading: heading}}}.Bind(columns)
		unknown, ok := errors.AsType[*selection.UnknownHeadingError](err)
		if !ok || unknown.Heading != heading || !strings.Contains(unknown.Hint(), hint) {
			t.Fatalf("%s: %v", heading, err)
		}
		assert.Equal(t, heading, strings.HasSuffix(err.Error(), `its columns are "Email", "Müllers Ort", "Company"`), true)
	}
}

func FuzzParseCondition(f *testing.F) {
	for _, seed := range []string{"Company=Fabrikam", "Company~fab", "=x", "a=b~c", "é~\u0301=", "\u200b=x", "\u00df=SS"} {
		f.Add(seed, "Fabrikam AG")
	}
	f.Fuzz(func(t *testing.T, text, cell string) {
		c, err := selection.ParseCondition(text)
		if err != nil {
			if !errors.As(err, new(*selection.SelectionError)) {
				t.Errorf("%q: %#v", text, err)
			}
			return
		}
		again, err := selection.ParseCondition(c.String())
		if err != nil || again != c {
			t.Errorf("%q: %+v, then %+v, %v", text, c, again, err)
		}
		takes, err := selection.Selection{Where: []selection.Condition{c}}.Bind(batch.Header{Columns: []string{c.Heading}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		takes(batch.Row{Cells: []string{cell}})
		if !takes(batch.Row{Cells: []string{" " + c.Value + "\u00a0"}}) {
			t.Errorf("%q does not hold for its own value", text)
		}
	})
}

// TestALetterIsNoHeading: --map takes the letters of columns, conditions do not.
func TestALetterIsNoHeading(t *testing.T) {
	for letter, want := range map[string]string{
		"b": `give a heading, no letter: that of the column B is "Company"`,
		"C": "headings must be written as in the list; quote them for the shell",
		"D": "headings must be written as in the list; quote them for the shell",
	} {
		err := &selection.UnknownHeadingError{Heading: letter, Headings: []string{"Email", "Company", " "}}
		if got := err.Hint(); got != want {
			t.Errorf("%s: %q, want %q", letter, got, want)
		}
	}
}
