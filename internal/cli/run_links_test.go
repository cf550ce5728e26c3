package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// aliases is a list in which two addresses are of one person, which only Microsoft
// knows.
var aliases = [][]string{
	{"Email", "Name", "Manager"},
	{"sameid1@fabrikam.example", "Anna", "Mo"},
	{"sameid2@fabrikam.example", "Anna B", "Kim"},
	{"ok@fabrikam.example", "Per", "Mo"},
}

func aliasTenant() sandbox.Config {
	return sandbox.Config{Aliases: map[string]string{"sameid2@fabrikam.example": "sameid1@fabrikam.example"}}
}

// states tells what the results say of each row.
func (p *program) states(t *testing.T, file string) (states []string) {
	t.Helper()
	for _, row := range results(t, p.path(file), "Results") {
		name, _, _ := strings.Cut(row["Email"], "@")
		states = append(states, strings.TrimSpace(name+" "+row["Status"]+" "+row["Link State"]))
	}
	return states
}

var personalLink = regexp.MustCompile(`https://login\.microsoftonline\.com/redeem\?rd=[A-Za-z0-9%.~_-]+`)

// handedOut are the links in the packages of some results, by who can redeem them. It
// fails where one does not work.
func (p *program) handedOut(t *testing.T, file string) (owners []string) {
	t.Helper()
	p.run(t, 0, "handoff", file, "--by", "Manager", "--out", strings.TrimSuffix(file, filepath.Ext(file))+".packs")
	seen := make(map[string]bool)
	packs := strings.TrimSuffix(p.path(file), filepath.Ext(file)) + ".packs"
	err := filepath.WalkDir(packs, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".xlsx" || d.Name() == "index.xlsx" {
			return err
		}
		book, err := excelize.OpenFile(path)
		if err != nil {
			return err
		}
		defer func() { _ = book.Close() }()
		rows, err := book.GetRows("Guests")
		for _, row := range rows {
			for _, link := range personalLink.FindAllString(strings.Join(row, " "), -1) {
				owner, works := p.tenant.LinkOwner(link)
				if !works {
					t.Errorf("%s has a link that does not work, in the row of %s", d.Name(), row[0])
				}
				if !seen[link] {
					owners = append(owners, owner.Address)
				}
				seen[link] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return owners
}

// Two addresses of one person: the newer link lives, the other row is final, and
// running again does not make the two end each other's links in turn.
func TestTwoAddressesOfOnePersonHaveOneLink(t *testing.T) {
	t.Parallel()
	p := newProgram(t, aliasTenant())
	writeCSV(t, p.path("aliases.csv"), aliases)
	want := []string{"sameid1 duplicate replaced", "sameid2 invited live", "ok invited live"}
	for _, args := range [][]string{
		{"invite", "aliases.csv", "--workers", "1", "--json"},
		{"invite", "aliases.csv", "--json"},
		{"retry", "aliases.results.xlsx", "--all", "--json"},
		{"invite", "aliases.csv", "--reinvite", "pending", "--yes", "--json"},
	} {
		out := p.run(t, 0, args...)
		var counts struct {
			Invited   int `json:"invited"`
			Duplicate int `json:"duplicate"`
		}
		if err := json.Unmarshal([]byte(out), &counts); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "counts", []int{counts.Invited, counts.Duplicate}, []int{2, 1})
		assert.Equal(t, "rows", p.states(t, "aliases.results.xlsx"), want)
		assert.Equal(t, "invitations", p.posts(), 3)
	}
	row := results(t, p.path("aliases.results.xlsx"), "Results")[0]
	assert.Equal(t, "error", []string{row["Error Code"], row["Error"]}, []string{"SameGuest", "This is the same guest as row 3."})
	assert.Equal(t, "links handed out", len(p.handedOut(t, "aliases.results.xlsx")), 2)

	// The journal is lost: the workbook alone says the same.
	journals, err := filepath.Glob(p.path("*.journal.db"))
	if err != nil || len(journals) != 1 || os.Remove(journals[0]) != nil {
		t.Fatal(journals, err)
	}
	p.run(t, 0, "invite", "aliases.results.xlsx", "--trust-results")
	assert.Equal(t, "from the workbook", p.states(t, "aliases.results.xlsx"), want)
	assert.Equal(t, "invitations", p.posts(), 3)
}

// together is a server before the tenant that lets the first invitations wait for
// each other, and answers them in the opposite order.
func together(t *testing.T, p *program, n int) {
	t.Helper()
	root := p.getenv("GUESTLIST_GRAPH_URL")
	target, err := url.Parse(strings.TrimSuffix(root, "/v1.0"))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	var here sync.WaitGroup
	here.Add(n)
	var mu sync.Mutex
	left := n
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if isInvitation(r) {
			mu.Lock()
			waits := left > 0
			left--
			mu.Unlock()
			if waits {
				here.Done()
				here.Wait()
			}
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
}

func (p *program) getenv(name string) (value string) {
	for _, pair := range p.env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// Where the two requests overlapped, no one knows which link works: neither is handed
// out.
func TestOverlappingInvitationsOfOnePersonAreUncertain(t *testing.T) {
	t.Parallel()
	p := newProgram(t, aliasTenant())
	together(t, p, 3)
	writeCSV(t, p.path("aliases.csv"), aliases)
	want := []string{"sameid1 invited uncertain", "sameid2 invited uncertain", "ok invited live"}
	for range 3 {
		p.run(t, 0, "invite", "aliases.csv", "--workers", "3")
		assert.Equal(t, "rows", p.states(t, "aliases.results.xlsx"), want)
		assert.Equal(t, "invitations", p.posts(), 3)
	}
	assert.Equal(t, "links handed out", p.handedOut(t, "aliases.results.xlsx"), []string{"ok@fabrikam.example"})
}

// A request that took too long may be carried out after its repetition, and end the link
// of that: the row is invited, and its link is not handed out.
func TestLinkAfterATimeOutIsUncertain(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Manager"}, {"slow@fabrikam.example", "Mo"}, {"ok@fabrikam.example", "Mo"}})
	var slow atomic.Bool
	repeated, carriedOut := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch {
		case !isInvitation(r) || !bytes.Contains(body, []byte("slow@")):
			p.tenant.ServeHTTP(w, r)
		case slow.CompareAndSwap(false, true):
			<-repeated
			p.tenant.ServeHTTP(httptest.NewRecorder(), r)
			close(carriedOut)
		default:
			p.tenant.ServeHTTP(w, r)
			close(repeated)
		}
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	p.run(t, 0, "invite", "list.csv", "--timeout", "1s")
	<-carriedOut
	want := []string{"slow invited uncertain", "ok invited live"}
	assert.Equal(t, "rows", p.states(t, "list.results.xlsx"), want)
	assert.Equal(t, "handed out", p.handedOut(t, "list.results.xlsx"), []string{"ok@fabrikam.example"})
	p.run(t, 0, "invite", "list.csv")
	assert.Equal(t, "rows of the next run", p.states(t, "list.results.xlsx"), want)
}

// A request that one run gave up can be carried out after that of the next one, and end its
// link: unless the tenant shows that it was carried out before, the link is uncertain.
func TestLinkAfterATimeOutOfTheRunBeforeIsUncertain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		carriedOut bool // before the next run
		state      string
	}{
		"carried out after it":  {false, "uncertain"},
		"carried out before it": {true, "live"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Manager"}, {"slow@fabrikam.example", "Mo"}})
			var posts atomic.Int32
			goOn, carriedOut := make(chan struct{}), make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				if !isInvitation(r) || posts.Add(1) > 1 {
					p.tenant.ServeHTTP(w, r)
					return
				}
				<-goOn
				p.tenant.ServeHTTP(httptest.NewRecorder(), r)
				close(carriedOut)
			}))
			t.Cleanup(server.Close)
			p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
			p.run(t, 6, "invite", "list.csv", "--timeout", "1s", "--max-attempts", "1", "--settle", "1s")
			if test.carriedOut {
				close(goOn)
				<-carriedOut
			}
			p.run(t, 0, "invite", "list.csv")
			if !test.carriedOut {
				close(goOn)
				<-carriedOut
			}
			assert.Equal(t, "rows", p.states(t, "list.results.xlsx"), []string{"slow invited " + test.state})
			assert.Equal(t, "handed out", len(p.handedOut(t, "list.results.xlsx")) == 1, test.carriedOut)
		})
	}
}

// rewriteLinks is a server before the tenant that changes the links in its answers.
func rewriteLinks(t *testing.T, p *program, change func(link string) string) {
	t.Helper()
	target, err := url.Parse(strings.TrimSuffix(p.getenv("GUESTLIST_GRAPH_URL"), "/v1.0"))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ModifyResponse = func(r *http.Response) error {
		if !isInvitation(r.Request) || r.StatusCode != http.StatusCreated {
			return nil
		}
		var answer map[string]any
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			return err
		}
		answer["inviteRedeemUrl"] = change(answer["inviteRedeemUrl"].(string))
		content, err := json.Marshal(answer)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
		r.Header.Set("Content-Length", strconv.Itoa(len(content)))
		return err
	}
	server := httptest.NewServer(forward)
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
}

// A link that Graph gave is kept whatever it looks like, and is the same in the journal, in
// a report on the results file beside it, and in a hand-off. One that leads elsewhere than
// to Microsoft is not handed out, and the hand-off says why.
func TestUnusualLinksAreKept(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for name, test := range map[string]struct {
		change func(link string) string
		handed bool
		state  string
	}{
		"of another tenant": {func(link string) string {
			return strings.ReplaceAll(link, sandbox.TenantID, "99999999-2222-4333-8444-555555555555")
		}, true, "live"},
		"too long for a cell":    {func(link string) string { return link + strings.Repeat("x", 40_000) }, true, "live"},
		"that a workbook alters": {func(link string) string { return link + "_x0041_" }, true, "live"},
		"to another host":        {func(string) string { return "https://evil.example/redeem?x=1" }, false, "uncertain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			given := ""
			rewriteLinks(t, p, func(link string) string {
				given = test.change(link)
				return given
			})
			writeCSV(t, p.path("list.csv"), people[:2])
			p.run(t, 0, "invite", "list.csv")
			for _, from := range []string{"list.results.journal.db", "list.results.xlsx"} {
				out := p.path(from + ".csv")
				p.run(t, 0, "report", from, "--out", out)
				shown := csvRows(t, out)[0]
				assert.Equal(t, from, []any{shown["Redeem URL"] == given, shown["Link State"]}, []any{true, test.state})
			}
			p.run(t, 0, "handoff", "list.results.xlsx", "--by", "Company")
			pack, err := filepath.Glob(p.path(filepath.Join("list.results.handoff", "*", "*.txt")))
			if err != nil {
				t.Fatal(err)
			}
			texts := ""
			for _, file := range pack {
				texts += fileContent(t, file)
			}
			assert.Equal(t, "handed out", strings.Contains(texts, given), test.handed)
			if !test.handed {
				holdsNo(t, p.path("list.results.handoff"), given)
				guest := results(t, p.path(filepath.Join("list.results.handoff", "Fabrikam", "Fabrikam.xlsx")), "Guests")[0]
				assert.Equal(t, "says why", strings.Contains(guest["Reason"], "leads to evil.example"), true)
			}
			// Without the journal nothing untrue is said of the file.
			if err := os.Remove(p.path("list.results.journal.db")); err != nil {
				t.Fatal(err)
			}
			if row := results(t, p.path("list.results.xlsx"), "Results")[0]; !strings.HasPrefix(row["Redeem URL"], "https://") {
				p.run(t, 0, "report", "list.results.xlsx", "--out", "alone.csv")
				alone := csvRows(t, p.path("alone.csv"))[0]
				assert.Equal(t, "alone", []any{alone["Link State"], alone["Redeem URL"], strings.Contains(alone["Advice"], "was in the journal")}, []any{"missing", "", true})
			}
		})
	}
}

// A newer invitation in another batch ends a link, by the same address or by another
// one of the same person: the package of the older batch leaves it out and says why.
func TestLinksThatAnotherBatchReplacedAreNotHandedOut(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	p := newProgram(t, aliasTenant())
	first := p.subfolder(t, "first", "list.csv", [][]string{
		{"Email", "Manager"}, {"sameid1@fabrikam.example", "Mo"}, {"bo@fabrikam.example", "Mo"}, {"ok@fabrikam.example", "Mo"},
	})
	second := p.subfolder(t, "second", "more.csv", [][]string{
		{"Email", "Manager"}, {"sameid2@fabrikam.example", "Mo"}, {"bo@fabrikam.example", "Mo"},
	})
	p.run(t, 0, "invite", first)
	old, newer := filepath.Join("first", "list.results.xlsx"), filepath.Join("second", "more.results.xlsx")
	assert.Equal(t, "handed out before", len(p.handedOut(t, old)), 3)
	p.run(t, 0, "invite", second, "--reinvite", "pending", "--yes")
	assert.Equal(t, "invitations", p.posts(), 5)
	assert.Equal(t, "the newer batch", len(p.handedOut(t, newer)), 2)
	assert.Equal(t, "the older batch", p.handedOut(t, old), []string{"ok@fabrikam.example"})
	rows := results(t, p.path(filepath.Join("first", "list.results.packs", "Mo", "Mo.xlsx")), "Guests")
	for _, row := range rows[1:] {
		if row["Status"] != "Invited again" || row["Reason"] != "A newer invitation of this guest, made with more.results.xlsx, ended this link. The link that was handed out before does not work any more." {
			t.Errorf("%v", row)
		}
	}

	p.run(t, 0, "report", old, "-o", "first/again.xlsx")
	assert.Equal(t, "written again", p.states(t, "first/again.xlsx"), []string{"sameid1 invited replaced", "bo invited replaced", "ok invited live"})

	// Another journal at hand that cannot be read is named.
	if err := os.WriteFile(p.path(filepath.Join("first", "odd.journal.db")), bytes.Repeat([]byte("no database "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	said := p.complains(t, 0, "handoff", old, "--by", "Manager", "--out", "other")
	if !strings.Contains(said, "odd.journal.db") || !strings.Contains(said, "are not left out") {
		t.Error(said)
	}
}

// What a run writes says which links another batch has ended since, also where it sends
// nothing, and only where that is news. The link of the newest batch is live.
func TestARunSaysWhichLinksAnotherBatchReplaced(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	p := newProgram(t, aliasTenant())
	first := p.subfolder(t, "first", "list.csv", [][]string{{"Email"}, {"sameid1@fabrikam.example"}, {"bo@fabrikam.example"}, {"ok@fabrikam.example"}})
	second := p.subfolder(t, "second", "more.csv", [][]string{{"Email"}, {"sameid2@fabrikam.example"}, {"bo@fabrikam.example"}})
	third := p.subfolder(t, "third", "third.csv", [][]string{{"Email"}, {"bo@fabrikam.example"}})
	again := []string{"--reinvite", "pending", "--yes"}
	p.run(t, 0, "invite", first)
	p.run(t, 0, append([]string{"invite", second}, again...)...)

	ended := []string{"sameid1 invited replaced", "bo invited replaced", "ok invited live"}
	old := filepath.Join("first", "list.results.xlsx")
	p.run(t, 0, "invite", first)
	assert.Equal(t, "a run that sends nothing", p.states(t, old), ended)
	reason := "A newer invitation of this guest, made with more.results.xlsx, ended this link."
	assert.Equal(t, "reason", results(t, p.path(old), "Results")[1]["Advice"], reason)
	info, err := os.Stat(p.path(old))
	if err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "invite", first)
	if same, err := os.Stat(p.path(old)); err != nil || !same.ModTime().Equal(info.ModTime()) {
		t.Errorf("written again without news, %v", err)
	}
	p.run(t, 0, "report", p.path("first/list.results.journal.db"), "-o", "journal.jsonl")
	lines, err := os.ReadFile(p.path("journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "JSON lines of the journal", bytes.Count(lines, []byte(`"link_state":"replaced"`)), 2)

	p.run(t, 0, append([]string{"invite", third}, again...)...)
	assert.Equal(t, "the newest batch", p.states(t, filepath.Join("third", "third.results.xlsx")), []string{"bo invited live"})
	p.run(t, 0, "invite", second)
	assert.Equal(t, "the batch between", p.states(t, filepath.Join("second", "more.results.xlsx")), []string{"sameid2 invited live", "bo invited replaced"})

	// Without its journal, the results still have the links struck out or uncertain.
	if err := os.Remove(p.path("first/list.results.journal.db")); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "retry", old)
	assert.Equal(t, "without the journal", p.states(t, old), ended)
}
