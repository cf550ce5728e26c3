package page

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"guestlist/batch"
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
