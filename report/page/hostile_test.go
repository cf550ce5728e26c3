package page

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/secret"
	"guestlist/report"
)

// hostile is what lists hold on a bad day.
var hostile = []string{
	`</script><script>alert(1)</script>`,
	`<!--<script>`,
	`--></title></style><img src=x onerror=alert(1)>`,
	`"'><svg onload=alert(1)>`,
	"\u2028\u2029",
	"\u202egpj.exe",
	"\x00\x01\x1b\r\n\t",
	"\xff\xfe\xc0\x80",
	`{{.}} {{template "head" .}}`,
	`&lt;b&gt; &#x3c;`,
	"]]>",
	"😀\U0001F1F3\U0001F1F1",
}

// everywhere is results that have a text in every place that takes one.
func everywhere(s string) report.Results {
	record := batch.Record{
		Line:  2,
		Cells: []string{s, s, "", s},
		Outcome: batch.Outcome{
			Address: s + "@" + s, Status: batch.Failed, RedeemURL: secret.New(s), UserID: s, InvitationStatus: s,
			ErrorCode: s, Error: s, Advice: s, Attempts: 1, At: started, RequestID: s,
		},
	}
	return report.Results{
		Columns: []string{"Email", s},
		Records: records(record),
		Summary: batch.RunFacts{
			Tool: s, Operator: s, Tenant: s, List: s, Sheet: s, SHA256: s, Rate: s, Started: started, Ended: started.Add(time.Second),
			Settings: map[string]string{s: s}, Totals: batch.RunTotals{Stopped: s},
		},
	}
}

// kinds are the elements of a page and their attributes.
func kinds(d document) []string {
	all := map[string]bool{}
	for _, n := range d.find(func(*html.Node) bool { return true }) {
		all["<"+n.Data+">"] = true
		for _, a := range n.Attr {
			all["<"+n.Data+" "+a.Key+">"] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// checkHarmless fails unless a text in every place changes no markup, and comes
// back from the data as it was.
func checkHarmless(t *testing.T, s string) {
	t.Helper()
	d := open(t, everywhere(s))
	if len(d.scripts) != 3 || len(d.styles) != 1 {
		t.Fatalf("%d script and %d style elements, want 3 and 1", len(d.scripts), len(d.styles))
	}
	if textOf(d.scripts[1]) != rowsJS || textOf(d.scripts[2]) != pageJS || textOf(d.styles[0]) != styleCSS {
		t.Fatal("a script or the style is not ours")
	}
	usual := kinds(open(t, everywhere("usual")))
	for _, kind := range kinds(d) {
		if !slices.Contains(usual, kind) {
			t.Errorf("the text made %s", kind)
		}
	}
	checkComesBack(t, d.data(t), s)
}

func checkComesBack(t *testing.T, got data, s string) {
	t.Helper()
	s = string([]rune(s)) // JSON is UTF-8: a byte that is not becomes U+FFFD
	heading := s
	if strings.TrimSpace(s) == "" {
		heading = "Column 2"
	}
	code := s
	if code == "" {
		code = "no code"
	}
	want := data{
		Rows: []dataRow{{
			Line: 2, Status: 1, Attempts: 1, At: started.Unix(),
			Texts: []string{s + "@" + s, s, s, s, s, s, s, s, s, s, "", s},
		}},
		Lists: lists{
			Headings: []string{"Email", heading, "Column 3", "Column 4"},
			Statuses: batch.Statuses(), Groups: []string{code}, Address: -1, Name: -1,
		},
	}
	if s == "" {
		want.Rows[0].Texts, want.Rows[0].Group = want.Rows[0].Texts[:outcomeTexts], -1
		want.Lists.Groups, want.Lists.Headings = []string{}, want.Lists.Headings[:2]
	}
	if slices.Contains(names, squeeze(s)) {
		want.Lists.Name = 1
	}
	if _, ours := results.Column(s); ours { // such a column is not the list's
		want.Lists.Headings = slices.Delete(want.Lists.Headings, 1, 2)
		want.Rows[0].Texts = slices.Delete(want.Rows[0].Texts, outcomeTexts+1, outcomeTexts+2)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestHostileTextsStayTexts(t *testing.T) {
	for _, s := range append(hostile, strings.Join(hostile, " ")) {
		t.Run("", func(t *testing.T) { checkHarmless(t, s) })
	}
}

func TestWhatTurnsTextAroundIsShownByItsCode(t *testing.T) {
	page := pageOf(t, everywhere("moc.\u202eelpmaxe"))
	_, page, _ = strings.Cut(page, "</style>")
	before, after, _ := strings.Cut(page, `id="data">`)
	_, after, _ = strings.Cut(after, "</script>")
	if strings.Contains(before+after, "\u202e") {
		t.Error("U+202E stands in the figures of the page")
	}
	if !strings.Contains(html.UnescapeString(after), "moc.[U+202E]elpmaxe") {
		t.Error("the code of U+202E does not stand in the figures of the page")
	}
}

func FuzzTextsStayTexts(f *testing.F) {
	for _, s := range append(hostile, "", "name", "Status", " ") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<12 {
			t.Skip("long texts say nothing new")
		}
		checkHarmless(t, s)
	})
}
