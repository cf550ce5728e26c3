package cli_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// echoToken is a token without the form of a JSON Web Token.
const (
	echoToken     = echoTokenCore + "+/="
	echoTokenCore = "nobodyMaySeeThisToken0123456789"
)

// neverGiven is of a link that is in no results.
const neverGiven = "nobodyMaySeeThisTicket"

// echo is a tenant behind a server that repeats whatever it was sent, and the links
// that it gave out, in all places and spellings that an answer has.
type echo struct {
	tenant *sandbox.Tenant
	// directory is how it answers what is asked of the directory, nil for the tenant's own.
	directory func(w http.ResponseWriter, r *http.Request)

	mu    sync.Mutex
	links []string
}

// spellings are the ways to write a text.
var spellings = []func(string) string{
	func(s string) string { return s },
	url.QueryEscape,
	func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	func(s string) string { return strings.ReplaceAll(s, "/", `\/`) },
	func(s string) string {
		return strings.NewReplacer("/", `\u002f`, "+", `\u002b`, "=", `\u003d`, "&", `\u0026`).Replace(s)
	},
	func(s string) string {
		return strings.NewReplacer("&", "&amp;", "/", "&#x2F;", "+", "&#43;", "=", "&#61;").Replace(s)
	},
	func(s string) string { return "\x1b[31m\u202e" + s + "\n\r" + s },
}

// text is what the server says: what it was sent, and a link, in one spelling.
func (e *echo) text(r *http.Request, spelling int) string {
	head, _ := httputil.DumpRequest(r, false)
	e.mu.Lock()
	link := e.links[len(e.links)-1]
	e.mu.Unlock()
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	spell := spellings[spelling%len(spellings)]
	return "You sent " + spell(token) + " for " + spell(link) + " by " + string(head) + " - " + spell("access_token="+token)
}

// header makes a text fit for a header.
func header(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

// object is an answer in JSON.
func object(v map[string]any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}

func refusalBody(text string) string {
	return object(map[string]any{"error": map[string]any{
		"code": text, "message": text, "target": text,
		"details":    []map[string]string{{"code": text, "message": text, "target": text}},
		"innerError": map[string]string{"code": text, "request-id": text},
	}})
}

// ways are the answers that repeat a text, by the beginning of the address.
var ways = map[string]func(w http.ResponseWriter, text string){
	"envelope": func(w http.ResponseWriter, text string) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, refusalBody(text))
	},
	"bare": func(w http.ResponseWriter, text string) {
		w.Header().Set("Request-Id", header(text))
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, text)
	},
	"throttle": func(w http.ResponseWriter, text string) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, refusalBody(text))
	},
	"fault": func(w http.ResponseWriter, text string) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><title>"+text+"</title><body>"+text+"</body></html>")
	},
	"half": func(w http.ResponseWriter, text string) {
		w.Header().Set("Request-Id", header(text))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"inviteRedeemUrl":"`+text)
	},
	"status": func(w http.ResponseWriter, text string) {
		w.Header().Set("Request-Id", header(text))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, object(map[string]any{"inviteRedeemUrl": "", "status": "Error", "invitedUser": map[string]string{"id": text}}))
	},
	"raw":     func(w http.ResponseWriter, text string) { raw(w, text) },
	"rawhead": func(w http.ResponseWriter, text string) { raw(w, "HTTP/1.1 201 Created\r\n"+header(text)+"\r\n\r\n") },
	"rawstatus": func(w http.ResponseWriter, text string) {
		raw(w, "HTTP/1.1 2O1 "+header(text)+"\r\nContent-Length: 0\r\n\r\n")
	},
	"rawlength": func(w http.ResponseWriter, text string) {
		raw(w, "HTTP/1.1 201 Created\r\nContent-Length: "+header(text)+"\r\n\r\n")
	},
	// net/http logs what comes on a connection that waits for nothing.
	"unsolicited": func(w http.ResponseWriter, text string) {
		body := object(map[string]any{"error": map[string]string{"code": "BadRequest", "message": "Group email address is not supported."}})
		raw(w, "HTTP/1.1 400 Bad Request\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body+"HTTP/1.1 200 "+header(text)+"\r\n\r\n"+text)
	},
	"unknown": func(w http.ResponseWriter, text string) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, refusalBody(text))
	},

	// These end a run.
	"stop-page": func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><title>"+text+"</title></html>")
	},
	"stop-redirect": func(w http.ResponseWriter, text string) {
		w.Header().Set("Location", "https://"+url.PathEscape(header(text))+"/"+header(text))
		w.WriteHeader(http.StatusFound)
	},
	"stop-location": func(w http.ResponseWriter, text string) {
		w.Header().Set("Location", header(text))
		w.WriteHeader(http.StatusFound)
	},
	"stop-token": func(w http.ResponseWriter, text string) {
		w.Header().Set("WWW-Authenticate", header(text))
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, refusalBody(text))
	},
}

// raw sends bytes that need be no HTTP.
func raw(w http.ResponseWriter, content string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, content)
	_ = conn.Close()
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/organization"):
		text := e.text(r, 0)
		_, _ = io.WriteString(w, object(map[string]any{"value": []map[string]any{{
			"id": sandbox.TenantID, "displayName": text, "verifiedDomains": []map[string]string{{"name": text}},
		}}}))
		return
	case !strings.HasSuffix(r.URL.Path, "/invitations") && e.directory != nil:
		e.directory(w, r)
		return
	case !strings.HasSuffix(r.URL.Path, "/invitations"):
		e.tenant.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var asked struct {
		Address string `json:"invitedUserEmailAddress"`
	}
	_ = json.Unmarshal(body, &asked)
	way, rest, _ := strings.Cut(asked.Address, ".")
	if answer := ways[way]; answer != nil {
		spelling, _, _ := strings.Cut(rest, "@")
		n, _ := strconv.Atoi(spelling)
		answer(w, e.text(r, n))
		return
	}
	e.tenant.ServeHTTP(w, r)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.links = append(e.links, e.tenant.RedeemURL(asked.Address))
}

var pieces = regexp.MustCompile(`[A-Za-z0-9]{12,}`)

// needles are pieces of the secrets that no spelling changes.
func (e *echo) needles(t *testing.T) []string {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	found := []string{echoTokenCore}
	for _, link := range e.links {
		outer, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		inner, err := url.Parse(outer.Query().Get("rd"))
		if err != nil {
			t.Fatal(err)
		}
		ticket := pieces.FindString(inner.Query().Get("ticket"))
		if ticket == "" {
			t.Fatalf("no ticket in %s", link)
		}
		found = append(found, ticket)
	}
	return found
}

// leaks are the needles that a text holds.
func leaks(text string, needles []string) (held []string) {
	for _, n := range needles {
		if at := strings.Index(text, n); at >= 0 {
			held = append(held, fmt.Sprintf("%s in %q", n, text[max(0, at-80):min(len(text), at+len(n)+20)]))
		}
	}
	return held
}

// withoutLinks is a results file as text, but for the column that is there for links.
func withoutLinks(t *testing.T, path string) string {
	t.Helper()
	var all strings.Builder
	add := func(rows [][]string) {
		column := -1
		for _, row := range rows {
			if at := slices.Index(row, "Redeem URL"); column < 0 && at >= 0 {
				column = at
			}
			for i, cell := range row {
				if i != column {
					all.WriteString(cell + "\n")
				}
			}
		}
	}
	if strings.HasSuffix(path, ".csv") {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		add(rows)
		return all.String()
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		add(rows)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range assert.Zip(t, content) {
		if strings.HasPrefix(name, "xl/worksheets/") || name == "xl/sharedStrings.xml" {
			continue // their cells were read; the column of links can be clicked
		}
		all.WriteString(part)
	}
	return all.String()
}

// journalWithoutLinks is all that a journal holds, but for the column that is there for
// links.
func journalWithoutLinks(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var all strings.Builder
	for _, table := range []string{"run", "attempt", "list_row", "departed_row"} {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			if err := rows.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			for i, column := range columns {
				if column != "redeem_url" {
					_, _ = fmt.Fprintln(&all, *cells[i].(*any))
				}
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// filesLeft are the files below some folders that are not there to keep links: lists,
// logs, results without their column of links, and whatever else a run left. The
// journal is where links are kept.
func filesLeft(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
				return err
			case strings.Contains(d.Name(), ".journal.db"):
			case strings.HasSuffix(path, ".results.xlsx"), strings.HasSuffix(path, ".results.csv"):
				found[path] = withoutLinks(t, path)
			default:
				content, err := os.ReadFile(path)
				found[path] = string(content)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// watchFolder collects what files of a folder hold while a run goes on.
func watchFolder(ctx context.Context, folder string) (seen func() string) {
	var all strings.Builder
	var watching sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	watching.Go(func() {
		for ctx.Err() == nil {
			_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && !strings.Contains(d.Name(), ".journal.db") {
					content, _ := os.ReadFile(path) // it may be gone by now
					all.Write(content)
				}
				return nil
			})
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	return func() string { stop(); watching.Wait(); return all.String() }
}

// echoing is the program against an echo, whose first link is given out already.
func echoing(t *testing.T) (p *program, e *echo, temporary string) {
	t.Helper()
	p = newProgram(t, sandbox.Config{})
	e = &echo{tenant: p.tenant, links: []string{"https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d1%26ticket%3d" + neverGiven}}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	temporary = t.TempDir()
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0", "GUESTLIST_ACCESS_TOKEN="+echoToken, "TMPDIR="+temporary)
	return p, e, temporary
}

// Nothing but the journal and the column for it holds a link, and nothing at all a
// token, whatever the other side repeats of them.
func TestAServerThatEchoesEverythingIsNotRepeated(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for _, out := range []string{"list.results.xlsx", "list.results.csv"} {
		t.Run(out, func(t *testing.T) {
			t.Parallel()
			need.Time(t, "meets some hundred answers")
			p, e, temporary := echoing(t)
			list := [][]string{{"Email", "Send message"}}
			for i, way := range slices.Sorted(maps.Keys(ways)) {
				if strings.HasPrefix(way, "stop-") {
					continue
				}
				for n := range spellings {
					list = append(list, []string{fmt.Sprintf("%s.%d@fabrikam.example", way, n), []string{"no", "yes"}[(i+n)%2]},
						[]string{fmt.Sprintf("good%d.%d@fabrikam.example", i, n), "no"})
				}
			}
			writeCSV(t, p.path("list.csv"), list)
			seen := watchFolder(t.Context(), temporary)
			// With one worker somebody is invited between any three that are refused alike,
			// which would end the run.
			stdout, stderr := p.runBoth(t, 3, "invite", "list.csv", "--out", out, "--log-file", "run.log", "--log-level", "debug", "--progress", "plain",
				"--max-attempts", "1", "--settle", "30s", "--lookup-for", "100ms", "--workers", "1")
			// The workbook in the making has its column of links, in a folder of its own
			// that goes away: no token may be in there, and no link that was repeated.
			if held := leaks(seen(), []string{neverGiven, echoTokenCore}); len(held) > 0 {
				t.Errorf("a temporary file: %s", held)
			}
			for path := range filesLeft(t, temporary) {
				t.Errorf("%s is left", path)
			}
			files := filesLeft(t, p.folder)
			files["stdout"], files["stderr"], files["doctor"] = stdout, stderr, p.run(t, 0, "doctor")
			files["journal"] = journalWithoutLinks(t, p.path("list.results.journal.db"))
			maps.Copy(files, filesLeft(t, p.state))
			checkForLeaks(t, files, e.needles(t), "run.log", out, "journal")
			// What is made of the results is there for links; those that were repeated were
			// nobody's.
			made := make(map[string]string)
			for _, args := range [][]string{
				{"report", out, "-o", "made.html"},
				{"report", out, "-o", "made.jsonl"},
				{"report", "list.results.journal.db", "-o", "made.csv"},
				{"handoff", out, "--by", "Send message", "--out", "made"},
				{"explain", "InvitationError"},
			} {
				made["said by "+args[0]+" "+args[len(args)-1]], made["told by "+args[0]] = p.runBoth(t, 0, args...)
			}
			maps.DeleteFunc(files, func(string, string) bool { return true })
			maps.Copy(files, filesLeft(t, p.folder))
			maps.DeleteFunc(files, func(path, _ string) bool { return !strings.Contains(path, "made") })
			maps.Copy(made, files)
			checkForLeaks(t, made, []string{neverGiven, echoTokenCore}, "made.html", "made.jsonl", "made.csv")
		})
	}
	for _, way := range slices.Sorted(maps.Keys(ways)) {
		if !strings.HasPrefix(way, "stop-") {
			continue
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			for n := range spellings {
				p, e, temporary := echoing(t)
				list := [][]string{{"Email", "Send message"}} // what nobody has described stops a run that meets it three times
				for _, domain := range []string{"fabrikam", "tailspin", "adatum"} {
					list = append(list, []string{fmt.Sprintf("%s.%d@%s.example", way, n, domain), []string{"no", "yes"}[n%2]})
				}
				writeCSV(t, p.path("list.csv"), list)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				cmd := p.command(ctx, "invite", "list.csv", "--log-file", "run.log", "--log-level", "debug", "--json", "--settle", "1s", "--lookup-for", "100ms")
				said, err := cmd.CombinedOutput()
				cancel()
				if code := cmd.ProcessState.ExitCode(); code != 4 && code != 6 {
					t.Errorf("exit code %d, %v\n%s", code, err, said)
				}
				files := filesLeft(t, p.folder, temporary)
				files["output"] = string(said)
				checkForLeaks(t, files, e.needles(t), "run.log", "list.results.xlsx")
			}
		})
	}
}

// What the directory is asked comes back as well.
func TestADirectoryThatEchoesIsNotRepeated(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for _, way := range []string{"envelope", "bare", "fault", "unknown", "raw", "rawhead", "stop-page", "stop-redirect", "stop-token"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			tried := len(spellings)
			if way == "fault" || way == "raw" || way == "rawhead" {
				need.Time(t, "a look-up that meets this is repeated for 15 s")
				tried = 1
			}
			for n := range tried {
				p, e, temporary := echoing(t)
				e.directory = func(w http.ResponseWriter, r *http.Request) { ways[way](w, e.text(r, n)) }
				writeCSV(t, p.path("list.csv"), mailedList(0, 5))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				cmd := p.command(ctx, "invite", "list.csv", "--log-file", "run.log", "--log-level", "debug")
				said, err := cmd.CombinedOutput()
				cancel()
				if code := cmd.ProcessState.ExitCode(); code != 4 && code != 6 {
					t.Errorf("exit code %d, %v\n%s", code, err, said)
				}
				files := filesLeft(t, p.folder, temporary, p.state)
				files["output"] = string(said)
				checkForLeaks(t, files, e.needles(t), "output")
			}
		})
	}
}

// checkForLeaks fails the test for each file that holds a secret, and where files that
// must have been searched are missing.
func checkForLeaks(t *testing.T, files map[string]string, needles []string, must ...string) {
	t.Helper()
	for _, name := range must {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(path string) bool { return filepath.Base(path) == name }) {
			t.Errorf("%s was not searched", name)
		}
	}
	for path, content := range files {
		if held := leaks(content, needles); len(held) > 0 {
			t.Errorf("%s: %d secrets, such as %s", filepath.Base(path), len(held), held[0])
		}
	}
}

// The trace of a crash names no link and no token.
func TestACrashTellsNoSecret(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGQUIT")
	}
	p, e, temporary := echoing(t)
	list := [][]string{{"Email"}}
	for i := range 300 {
		list = append(list, []string{fmt.Sprintf("good%d@fabrikam.example", i)})
	}
	writeCSV(t, p.path("list.csv"), list)
	p.env = append(p.env, "GOTRACEBACK=all")
	var out bytes.Buffer
	cmd := p.command(t.Context(), "invite", "list.csv", "--rate", "50/1s", "--log-file", "run.log", "--log-level", "debug")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); p.posts() < 20 && time.Since(begun) < 30*time.Second; {
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // another process works
	}
	_ = cmd.Process.Signal(syscall.SIGQUIT)
	_ = cmd.Wait()
	if cmd.ProcessState.Success() {
		t.Errorf("it went on:\n%s", &out)
	}
	files := filesLeft(t, p.folder, temporary)
	files["output"] = out.String()
	checkForLeaks(t, files, e.needles(t), "run.log")
	if held := leaks(out.String(), []string{"@fabrikam.example"}); len(held) > 0 {
		t.Errorf("an address: %s", held)
	}
}
