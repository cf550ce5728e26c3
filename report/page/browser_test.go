package page

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"guestlist/batch"
	"guestlist/internal/need"
	"guestlist/internal/secret"
	"guestlist/report"
)

// browserTime is what the whole of the browser test may take.
const browserTime = 5 * time.Minute

// TestInBrowser uses the page in Chromium.
func TestInBrowser(t *testing.T) {
	need.Time(t, "starts a browser")
	node := need.Program(t, "apt-get install nodejs npm", "node")
	need.File(t, "npm ci --prefix report/page/browsertest", filepath.Join("browsertest", "node_modules", "playwright-core"))
	chromium := need.Program(t, "apt-get install chromium", "chromium", "chromium-browser", "google-chrome")
	folder := t.TempDir()
	for name, r := range map[string]report.Results{
		"small": sample(40), "medium": sample(250), "large": sample(50_000), "hostile": hostileList(), "hidden": hiddenList(), "left": leftList(), "links": linkList(), "wide": wideList(),
	} {
		writeFile(t, filepath.Join(folder, name+".html"), r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "--test", "--test-reporter=spec", "page.test.js")
	cmd.Dir = "browsertest"
	cmd.Env = append(os.Environ(), "PAGES="+folder, "CHROMIUM="+chromium)
	cmd.WaitDelay = 10 * time.Second // for a browser that outlives its node
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("node: %v", err)
	}
}

func writeFile(t *testing.T, path string, r report.Results) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Write(t.Context(), f, r), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// wideList has more columns than a sheet of paper.
func wideList() report.Results {
	r := sample(10)
	narrow := r.Records
	r.Columns = slices.Clone(r.Columns)
	for i := range 25 {
		r.Columns = append(r.Columns, fmt.Sprintf("Additional column %d", i))
	}
	r.Records = func(yield func(batch.Record, error) bool) {
		for rec := range narrow {
			for range 25 {
				rec.Cells = append(rec.Cells, "Donaudampfschiffahrtsgesellschaft")
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
	return r
}

// leftList has an error of a row of the list, and the same of one that has left it.
func leftList() report.Results {
	return report.Results{
		Columns: []string{"Email"},
		Records: records(failure(2, "a@x.example", "CannotBeInvited", "advice"), failure(0, "b@x.example", "CannotBeInvited", "advice")),
	}
}

// hiddenList has one text with every control and format character in its
// figures, which Go writes, and in its cells, which the scripts write.
func hiddenList() report.Results {
	var b strings.Builder
	for _, table := range []*unicode.RangeTable{unicode.Cc, unicode.Cf} {
		for r := range runesOf(table) {
			if !strings.ContainsRune("\t\n\r", r) { // in HTML they are white space
				b.WriteString("x" + string(r))
			}
		}
	}
	rec := batch.Record{Line: 2, Cells: []string{b.String() + "x"}, Outcome: batch.Outcome{
		Address: "a@x.example", Status: batch.Invited, RedeemURL: secret.New("https://x.example/"),
	}}
	return report.Results{Columns: []string{"Name"}, Records: records(rec), Name: nameIn(0), Summary: batch.RunFacts{Operator: rec.Cells[0]}}
}

// runesOf yields the characters of a table.
func runesOf(table *unicode.RangeTable) iter.Seq[rune] {
	return func(yield func(rune) bool) {
		for _, span := range table.R16 {
			for r := rune(span.Lo); r <= rune(span.Hi); r += rune(span.Stride) {
				if !yield(r) {
					return
				}
			}
		}
		for _, span := range table.R32 {
			for r := rune(span.Lo); r <= rune(span.Hi); r += rune(span.Stride) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// hostileList is a list that would own its reader.
func hostileList() report.Results {
	const script, image = `</script><script>window.owned=1</script>`, `<img src=x onerror="window.owned=1">`
	row := func(line int, name, company string) batch.Record {
		return batch.Record{Line: line, Cells: []string{name, script, company, image}, Outcome: batch.Outcome{
			Address: fmt.Sprintf("guest%d@x.example", line), Status: batch.Invited, RedeemURL: secret.New("javascript:window.owned=1"),
			ErrorCode: image, Error: script, Advice: image, UserID: script, At: started,
		}}
	}
	return report.Results{
		Columns: []string{"Name", image, "Company", "__proto__"},
		Name:    nameIn(0),
		Records: records(row(2, "=cmd|' /C calc'!A0", "moc.\u202eelpmaxe"), row(3, "two\nlines\tand a\r\ntab", "constructor")),
		Summary: batch.RunFacts{
			Tool: script, Operator: image, List: script, Tenant: image, Started: started,
			Settings: map[string]string{image: script}, Totals: batch.RunTotals{Stopped: script},
		},
	}
}
