package planfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guestlist/batch"
	"guestlist/batch/planfile"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// row is one that is to be sent.
func row(address string, change ...func(*planfile.Row)) planfile.Row {
	r := planfile.Row{Step: batch.Step{Action: batch.Send, Status: batch.Pending}}
	r.Address = batch.Key(address)
	r.Invitation = graph.Invitation{EmailAddress: address, RedirectURL: "https://apps.example", UserType: "Guest"}
	for _, c := range change {
		c(&r)
	}
	return r
}

func again(r *planfile.Row)   { r.Reinvited = true }
func byEmail(r *planfile.Row) { r.Invitation.SendMessage = true }
func skipped(r *planfile.Row) { r.Action = batch.Skip }
func redirected(r *planfile.Row) {
	r.Invitation.RedirectURL = "https://evil.example"
}

func added(group string) func(*planfile.Row) {
	return func(r *planfile.Row) {
		r.FollowUps = append(r.FollowUps, batch.FollowUp{Address: r.Address, Kind: batch.FollowUpGroup, Target: group, Name: "A group"})
	}
}

func given(company string) func(*planfile.Row) {
	return func(r *planfile.Row) {
		r.FollowUps = append(r.FollowUps, batch.FollowUp{Kind: batch.FollowUpProfile, Attributes: graph.Attributes{"companyName": company}})
	}
}

// planOf is a plan with rows, as it is read again.
func planOf(tb testing.TB, named bool, rows ...planfile.Row) *planfile.Plan {
	tb.Helper()
	content := encoded(tb, named, rows...)
	p, err := planfile.Read(content)
	if err != nil {
		tb.Fatalf("%v\n%s", err, content)
	}
	return p
}

func encoded(tb testing.TB, named bool, rows ...planfile.Row) []byte {
	tb.Helper()
	p := planfile.New(nil)
	p.Named = named
	p.Made, p.Tenant, p.TenantName, p.List = time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC), "6babcaad", "Contoso", "partners.xlsx"
	p.Settings = map[string]string{"message": "Hello <b>{{.DisplayName}}</b>,\nwelcome", "reinvite": "none"}
	for _, r := range rows {
		if err := p.Add(r); err != nil {
			tb.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := p.Encode(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// What a run would do for a row, held against a plan with one row.
func TestPlanBoundsARunFromAbove(t *testing.T) {
	t.Parallel()
	const anna = "anna@fabrikam.example"
	for name, test := range map[string]struct {
		planned, now planfile.Row
		why          batch.Unplanned
		overtaken    bool
	}{
		"the row itself":                        {planned: row(anna), now: row(anna)},
		"by email":                              {planned: row(anna, byEmail), now: row(anna, byEmail)},
		"a row that nobody planned":             {planned: row(anna), now: row("bo@fabrikam.example"), why: batch.UnplannedNew},
		"another landing page":                  {planned: row(anna), now: row(anna, redirected), why: batch.UnplannedNew},
		"an email that was not planned":         {planned: row(anna), now: row(anna, byEmail), why: batch.UnplannedNew},
		"no email where one was planned":        {planned: row(anna, byEmail), now: row(anna), why: batch.UnplannedNew},
		"a further group":                       {planned: row(anna, added("1")), now: row(anna, added("1"), added("2")), why: batch.UnplannedNew},
		"another group":                         {planned: row(anna, added("1")), now: row(anna, added("2")), why: batch.UnplannedNew},
		"another company":                       {planned: row(anna, given("Fabrikam")), now: row(anna, given("Litware")), why: batch.UnplannedNew},
		"again, and the guest is new by now":    {planned: row(anna, again), now: row(anna)},
		"invited meanwhile, and again":          {planned: row(anna), now: row(anna, again), overtaken: true},
		"invited by email meanwhile, and again": {planned: row(anna, byEmail), now: row(anna, byEmail, again), overtaken: true},
		"steps of a guest who came meanwhile":   {planned: row(anna, added("1")), now: row(anna, added("1"), skipped)},
		"steps of one who was there":            {planned: row(anna, added("1"), skipped), now: row(anna, added("1"), skipped)},
		"one who was there, and is gone":        {planned: row(anna, added("1"), skipped), now: row(anna, added("1")), why: batch.UnplannedThere},
		"one who was there, and again":          {planned: row(anna, added("1"), skipped), now: row(anna, added("1"), again), why: batch.UnplannedThere},
		"a second reminder":                     {planned: row(anna, again, nth(1)), now: row(anna, again, nth(2)), why: batch.UnplannedNew},
		"a reminder of who is to be reinvited":  {planned: row(anna, again), now: row(anna, again, nth(1)), why: batch.UnplannedNew},
	} {
		for _, named := range []bool{false, true} {
			want := test.why
			if want == batch.UnplannedNew && named && test.now.Address == test.planned.Address {
				want = batch.UnplannedChanged
			}
			why, overtaken, err := planOf(t, named, test.planned).Of(test.now)
			if err != nil || why != want || overtaken != test.overtaken {
				t.Errorf("%s: %q, overtaken %v, %v", name, why, overtaken, err)
			}
		}
	}
}

func nth(n int) func(*planfile.Row) { return func(r *planfile.Row) { r.Nth = n } }

// What people read in a plan is what its hashes hold: a row that was moved to where it looks
// harmless is not found, and no count can be changed.
func TestAPlanCannotSayLessThanItHolds(t *testing.T) {
	t.Parallel()
	mailed := row("anna@fabrikam.example", byEmail)
	content := string(encoded(t, true, mailed, row("bo@fabrikam.example"), row("carl@litware.example")))
	if _, err := planfile.Read([]byte(content)); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(string) string{
		"a count": func(s string) string { return strings.Replace(s, `"invite": 2`, `"invite": 1`, 1) },
		"a row less": func(s string) string {
			return strings.Replace(s, "bo@fabrikam.example\"", "bo@fabrikam.example\",\n\"x\"", 1)
		},
		"a domain":                func(s string) string { return strings.Replace(s, `"litware.example": {`, `"contoso.example": {`, 1) },
		"an address":              func(s string) string { return strings.Replace(s, "carl@litware", "dora@fabrikam", 1) },
		"one address is left out": func(s string) string { return strings.Replace(s, " carl@litware.example", "", 1) },
		"a key twice":             func(s string) string { return strings.Replace(s, `"tenant":`, `"tenant": "other", "tenant":`, 1) },
		"a key in other letters":  func(s string) string { return strings.Replace(s, `"tenant":`, `"Tenant": "other", "tenant":`, 1) },
		"a key that is not known": func(s string) string { return strings.Replace(s, `"tenant":`, `"approved": true, "tenant":`, 1) },
		"rows by another name":    func(s string) string { return strings.Replace(s, `"rows"`, `"zows"`, 1) },
		"more behind it":          func(s string) string { return s + s },
		"half of it":              func(s string) string { return s[:len(s)/2] },
		"all but the end":         func(s string) string { return s[:len(s)-1] },
		"hidden characters":       func(s string) string { return strings.Replace(s, "Contoso", "Con\u202etoso", 1) },
		"no tenant":               func(s string) string { return strings.Replace(s, `"6babcaad"`, `""`, 1) },
		"a key that is too short": func(s string) string { return strings.Replace(s, s[strings.Index(s, `"key": "`)+8:][:44], "AAAA", 1) },
	} {
		edited := edit(content)
		if edited == content {
			t.Fatalf("%s: nothing was edited", name)
		}
		if _, err := planfile.Read([]byte(edited)); err == nil {
			t.Errorf("%s: taken\n%s", name, edited)
		}
	}
	// Where all that can be counted is right, a row is still looked for in its own place
	// alone, and with its own address.
	for name, edited := range map[string]string{
		"an email that the plan does not tell of":      strings.ReplaceAll(content, `"invite_by_email"`, `"invite_again"`),
		"an invitation beside the address of somebody": strings.NewReplacer("anna@", "bo@", "bo@", "anna@").Replace(content),
	} {
		p, err := planfile.Read([]byte(edited))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if why, _, err := p.Of(mailed); err != nil || why == "" {
			t.Errorf("%s is sent: %q, %v", name, why, err)
		}
	}
}

// git gives files of text the line ends of the system.
func TestLineEndsOfWindows(t *testing.T) {
	t.Parallel()
	p, err := planfile.Read(bytes.ReplaceAll(encoded(t, false, row("anna@fabrikam.example")), []byte("\n"), []byte("\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "rows", p.String(), "1 row: 1 without an email")
}

func TestFilesThatAreNoPlans(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]error{
		"":                                      planfile.ErrForeign,
		"{}":                                    planfile.ErrForeign,
		"Email\nanna@fabrikam.example":          planfile.ErrForeign,
		`{"kind":"guestlist hand-off"}`:         planfile.ErrForeign,
		`{"kind":"guestlist plan","version":2}`: planfile.ErrNewer,
		`{"kind":"guestlist plan","version":1}`: planfile.ErrEdited,
	} {
		if _, err := planfile.Read([]byte(content)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", content, err, want)
		}
	}
}

// A plan without addresses has none, and a second one at its place shows what has changed.
func TestPlansCanBeCompared(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "plan.json")
	var texts []string
	var earlier *planfile.Plan
	for _, rows := range [][]planfile.Row{
		{row("anna@fabrikam.example"), row("bo@fabrikam.example")},
		{row("bo@fabrikam.example"), row("anna@fabrikam.example"), row("carl@fabrikam.example")},
	} {
		p := planfile.New(earlier)
		p.Tenant = "6babcaad"
		for _, r := range rows {
			if err := p.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Write(path); err != nil {
			t.Fatal(err)
		}
		var err error
		if earlier, err = planfile.Open(path); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(content))
	}
	if strings.Contains(texts[0], "anna") {
		t.Error(texts[0])
	}
	was := make(map[string]bool)
	for line := range strings.Lines(texts[0]) {
		was[strings.Trim(line, " ,\n")] = true
	}
	var more []string
	for line := range strings.Lines(texts[1]) {
		if line = strings.Trim(line, " ,\n"); !was[line] {
			more = append(more, line)
		}
	}
	if strings.Contains(texts[1], "carl") {
		t.Error(texts[1])
	}
	assert.Equal(t, "lines that are new: two counts and a row", len(more), 3)
}

// A plan that is read says what was added, for any rows: all of them are held, and no other
// row is.
func TestAnyPlanIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		address := rapid.StringMatching(`[a-z]{1,3}@(fabrikam|litware|bücher)\.example`)
		draw := func(label string) planfile.Row {
			r := row(address.Draw(rt, label))
			r.Invitation.DisplayName = rapid.String().Draw(rt, label+" name")
			for _, change := range []func(*planfile.Row){again, byEmail, redirected, added("1"), given("Fabrikam")} {
				if rapid.Bool().Draw(rt, label) {
					change(&r)
				}
			}
			return r
		}
		rows := make(map[string]planfile.Row)
		var planned []planfile.Row
		for i := range rapid.IntRange(0, 12).Draw(rt, "rows") {
			if r := draw(fmt.Sprint("row ", i)); rows[r.Address].Address == "" {
				rows[r.Address] = r
				planned = append(planned, r)
			}
		}
		p := planOf(t, rapid.Bool().Draw(rt, "named"), planned...)
		for _, r := range planned {
			if why, overtaken, err := p.Of(r); why != "" || overtaken || err != nil {
				rt.Fatalf("%+v is %q, %v, %v", r, why, overtaken, err)
			}
		}
		other := draw("another row")
		why, overtaken, err := p.Of(other)
		same, known := rows[other.Address]
		if isHeld := why == "" && !overtaken && err == nil; isHeld {
			other.Reinvited = same.Reinvited // a plan for again is one for the first time, too
			if !known || fmt.Sprint(same) != fmt.Sprint(other) {
				rt.Fatalf("%+v is held", other)
			}
		}
	})
}

// What is read is what is written, and nothing else is read.
func FuzzRead(f *testing.F) {
	f.Add(encoded(f, true, row("anna@fabrikam.example", byEmail), row("bo@litware.example", again, added("1"))))
	f.Add(encoded(f, false, row("anna@fabrikam.example")))
	f.Add([]byte(`{"kind":"guestlist plan","version":1}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := planfile.Read(content)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := p.Encode(&again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))) {
			t.Errorf("read %q, and it is %q", content, again.Bytes())
		}
		_ = p.String()
	})
}
