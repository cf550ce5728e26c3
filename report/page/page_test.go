package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/need"
	"guestlist/internal/secret"
	"guestlist/internal/text"
	"guestlist/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// outline is the elements of a page with what tells them apart, and the texts
// in them but for data, style and scripts.
func outline(d document) string {
	var b strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		indent := strings.Repeat("  ", depth)
		switch n.Type {
		case html.TextNode:
			if words := strings.Fields(n.Data); len(words) > 0 && n.Parent.Data != "script" && n.Parent.Data != "style" {
				b.WriteString(indent + strings.Join(words, " ") + "\n")
			}
		case html.ElementNode:
			b.WriteString(indent + n.Data)
			for _, a := range n.Attr {
				if a.Key != "content" { // the policy changes with every script
					b.WriteString(" " + a.Key + "=" + a.Val)
				}
			}
			b.WriteString("\n")
		case html.DoctypeNode, html.DocumentNode, html.CommentNode, html.ErrorNode, html.RawNode:
		}
		for c := range n.ChildNodes() {
			walk(c, depth+1)
		}
	}
	for c := range d.root.ChildNodes() {
		walk(c, 0)
	}
	return b.String()
}

func TestStructure(t *testing.T) {
	r := sample(40)
	r.Summary.Sandbox = true
	got := outline(open(t, r))
	golden := filepath.Join("testdata", "outline.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("outline; if it is meant, run with -update (-want +got):\n%s", diff)
	}
}

func TestSandboxIsSaidOnlyWhereItWasOne(t *testing.T) {
	for _, sandbox := range []bool{false, true} {
		r := sample(3)
		r.Summary.Sandbox = sandbox
		page := strings.ReplaceAll(pageOf(t, r), styleCSS, "")
		if got := strings.Contains(page, "<strong>SANDBOX</strong>"); got != sandbox {
			t.Errorf("sandbox %v: the page says so: %v", sandbox, got)
		}
		if got := strings.Contains(page, "<title>SANDBOX: "); got != sandbox {
			t.Errorf("sandbox %v: the title says so: %v", sandbox, got)
		}
	}
}

func TestAnEmptyBatchIsAPage(t *testing.T) {
	d := open(t, report.Results{Records: records()})
	if got := len(d.data(t).Rows); got != 0 {
		t.Errorf("%d rows, want none", got)
	}
	for _, id := range []string{"groups-title", "timeline-title", "domains-title"} {
		if d.section(id) != "" {
			t.Errorf("the page has %s and nothing to say there", id)
		}
	}
}

// stumbling yields rows, then an error.
func stumbling(rows int, err error) report.Results {
	r := sample(rows)
	return report.Results{Columns: r.Columns, Records: func(yield func(batch.Record, error) bool) {
		for rec := range r.Records {
			if !yield(rec, nil) {
				return
			}
		}
		yield(batch.Record{}, err)
	}}
}

// refusing is a full disk.
type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }

func TestErrorsComeBack(t *testing.T) {
	broken := errors.New("broken")
	stopped, stop := context.WithCancelCause(t.Context())
	stop(broken)
	for _, test := range []struct {
		name string
		err  error
	}{
		{"the records", Write(t.Context(), new(bytes.Buffer), stumbling(5, broken))},
		{"the writer", Write(t.Context(), refusing{broken}, sample(5))},
		{"the writer, while rows are written", Write(t.Context(), refusing{broken}, sample(5000))},
		{"the context", Write(stopped, new(bytes.Buffer), sample(5))},
	} {
		if !errors.Is(test.err, broken) {
			t.Errorf("%s: %v, want it to be of %v", test.name, test.err, broken)
		}
	}
}

// watching counts bytes, and from time to time what memory is in use.
type watching struct{ bytes, peak uint64 }

func (w *watching) Write(p []byte) (int, error) {
	const step = 2 << 20
	if w.bytes/step != (w.bytes+uint64(len(p)))/step {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak = max(w.peak, m.HeapAlloc)
	}
	w.bytes += uint64(len(p))
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	need.Time(t, "a page of 50,000 rows")
	need.NoRace(t, "the detector takes memory of its own")
	var small, large watching
	for rows, w := range map[int]*watching{10_000: &small, 50_000: &large} {
		if err := Write(t.Context(), w, sample(rows)); err != nil {
			t.Fatal(err)
		}
	}
	if large.peak == 0 || large.peak > small.peak+1<<20 {
		t.Errorf("%d bytes in use for %d, and %d for %d", large.peak, large.bytes, small.peak, small.bytes)
	}
}

func BenchmarkWrite(b *testing.B) {
	const rows = 50_000
	r := sample(rows)
	b.ReportAllocs()
	for b.Loop() {
		var w watching
		if err := Write(b.Context(), &w, r); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(w.bytes))
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// hashes names the content of elements as a policy does.
func hashes(nodes []*html.Node) []string {
	var all []string
	for _, n := range nodes {
		sum := sha256.Sum256([]byte(textOf(n)))
		all = append(all, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return all
}

// directives reads the policy of a page.
func directives(t *testing.T, d document) map[string][]string {
	t.Helper()
	metas := d.find(func(n *html.Node) bool { return attribute(n, "http-equiv") == "Content-Security-Policy" })
	if len(metas) != 1 {
		t.Fatalf("%d policies, want 1", len(metas))
	}
	all := map[string][]string{}
	for part := range strings.SplitSeq(attribute(metas[0], "content"), ";") {
		words := strings.Fields(part)
		all[words[0]] = words[1:]
	}
	return all
}

func TestPolicyAllowsWhatThePageHoldsAndNothingElse(t *testing.T) {
	d := open(t, sample(3))
	policy := directives(t, d)
	want := map[string][]string{
		"default-src":               {"'none'"},
		"script-src":                hashes(d.scripts[1:]),
		"style-src":                 hashes(d.styles),
		"base-uri":                  {"'none'"},
		"form-action":               {"'none'"},
		"require-trusted-types-for": {"'script'"},
		"trusted-types":             {"'none'"},
	}
	for name, sources := range want {
		if !slices.Equal(policy[name], sources) {
			t.Errorf("%s is %q, want %q", name, policy[name], sources)
		}
	}
	if len(policy) != len(want) {
		t.Errorf("the policy has %d directives, want %d: %v", len(policy), len(want), policy)
	}
}

// What a policy with hashes forbids must not be in the page either, and nothing
// may point out of it.
func TestNothingInlineAndNothingOutside(t *testing.T) {
	for _, n := range open(t, sample(40)).find(func(*html.Node) bool { return true }) {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
			if a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("<%s %s=%q> leaves the page", n.Data, a.Key, a.Val)
			}
		}
	}
	for _, css := range []string{"url(", "@import", "image-set("} {
		if strings.Contains(styleCSS, css) {
			t.Errorf("the style has %s", css)
		}
	}
}

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
		Name:    func(batch.Record) string { return s },
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
	if text.Trim(s) == "" {
		heading = "Column 2"
	}
	code := s
	if code == "" {
		code = batch.NoCode
	}
	want := data{
		Rows: []dataRow{{
			Line: 2, Status: slices.Index(batch.Statuses(), batch.Failed), Attempts: 1, At: started.Unix(),
			Texts: []string{s + "@" + s, s, s, s, s, s, s, s, "", "", "", "", s, s, s, "", s},
		}},
		Lists: lists{
			Headings: []string{"Email", heading, "Column 3", "Column 4"},
			Statuses: batch.Statuses(), Groups: []string{code}, Links: linkMeanings(), Address: -1,
		},
	}
	if s == "" {
		want.Rows[0].Texts, want.Rows[0].Group = want.Rows[0].Texts[:outcomeTexts], -1
		want.Lists.Groups, want.Lists.Headings = []string{}, want.Lists.Headings[:2]
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

// TestAttentionOnly has the figures of all rows, and of the rows those that need attention.
func TestAttentionOnly(t *testing.T) {
	all := report.Results{Columns: []string{"Email"}, Records: func(yield func(batch.Record, error) bool) {
		for i, status := range []batch.Status{batch.Invited, batch.Failed, batch.Invited, batch.Unconfirmed, batch.Pending} {
			address := string(rune('a'+i)) + "@x.example"
			if !yield(batch.Record{Line: i + 2, Cells: []string{address}, Outcome: batch.Outcome{Address: address, Status: status}}, nil) {
				return
			}
		}
	}}
	whole, some := open(t, all), attentionPage(t, all)
	if want, got := whole.section("statuses-title"), some.section("statuses-title"); got != want {
		t.Errorf("figures\n%s\nwant\n%s", got, want)
	}
	if got := len(some.data(t).Rows); got != 2 {
		t.Errorf("%d rows, want 2 of %d", got, len(whole.data(t).Rows))
	}
	note := some.find(func(n *html.Node) bool {
		return attribute(n, "class") == "note" && strings.HasPrefix(textOf(n), "The figures are of all 5 rows. The table has 2 of them, which need attention")
	})
	if len(note) != 1 {
		t.Error("the page does not say what it has")
	}
}

func attentionPage(t *testing.T, r report.Results) document {
	t.Helper()
	var b bytes.Buffer
	if err := WriteAttention(t.Context(), &b, r); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.String())
}
