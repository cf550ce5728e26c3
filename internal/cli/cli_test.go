package cli_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"guestlist/graph/sandbox"
	"guestlist/internal/cli"
	"guestlist/internal/need"
	"guestlist/internal/pgtest"
	"guestlist/samples"
)

func TestMain(m *testing.M) {
	pressIfAsked()
	testscript.Main(waiting{m}, map[string]func(){"guestlist": func() { os.Exit(cli.Main()) }})
}

// waiting runs more tests at once than there are processors: nearly all tests
// of this package start the program and wait for it, most of all those of -short.
// -parallel overrides it.
type waiting struct{ *testing.M }

func (w waiting) Run() int {
	flag.Parse()
	atOnce := "8"
	if testing.Short() {
		atOnce = "16"
	}
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			panic(err)
		}
	}
	return w.M.Run()
}

// Every script runs the real program, in a folder of its own that holds the
// samples.
func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata", func(*testscript.Env) {})
}

// Scripts with a database of their own, whose address is $DATABASE; $OTHER is another one.
func TestScriptsWithPostgreSQL(t *testing.T) {
	t.Parallel()
	need.Time(t, "starts a server")
	server := pgtest.Start(t)
	runScripts(t, filepath.Join("testdata", "postgres"), func(env *testscript.Env) {
		env.Setenv("DATABASE", server.Database(t))
		env.Setenv("OTHER", server.Database(t))
	})
}

func runScripts(t *testing.T, folder string, setup func(*testscript.Env)) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 folder,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GUESTLIST_STATE", filepath.Join(env.WorkDir, ".state")) // not that of the person who runs the tests
			setup(env)
			return os.CopyFS(filepath.Join(env.WorkDir, "samples"), samples.FS)
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":    code,
			"cells":   cells,
			"events":  events,
			"named":   named,
			"replace": replace,
			"traces":  traces,
			"typable": typable,
			"typed":   typed,
		},
	})
}

// condition knows "race", whether the race detector watches, and "links", whether this system
// makes symbolic links: testscript's own "symlink" believes Wine, which says yes and makes
// something else.
func condition(name string) (bool, error) {
	switch name {
	case "race":
		return need.Race, nil
	case "links":
	default:
		return false, errors.New("unknown condition")
	}
	folder, err := os.MkdirTemp("", "links")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	link := filepath.Join(folder, "link")
	return os.Symlink("target", link) == nil && need.IsLink(link), nil
}

// code runs a program and wants its exit code: code 3 guestlist check x.csv.
func code(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code N program [argument...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// events checks a file of events against their schema, and prints what they are called, those
// that follow each other once: events run.jsonl.
func events(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: events file")
	}
	all, err := cli.ReadEvents([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	var names []string
	for _, one := range all {
		if name, _ := one["event"].(string); len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	_, err = ts.Stdout().Write([]byte(strings.Join(names, " ") + "\n"))
	ts.Check(err)
}

// named gives a name to the one file that fits a pattern: named x-*.csv x.csv.
func named(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: named pattern name")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%d files fit %s: %v", len(found), args[0], found)
	}
	ts.Check(os.Rename(found[0], ts.MkAbs(args[1])))
}

// replace puts a text into the cells of a sheet that hold another one, as people
// do by hand: replace x.xlsx Failed old new.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: replace workbook sheet old new")
	}
	book, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { ts.Check(book.Close()) }()
	rows, err := book.GetRows(args[1])
	ts.Check(err)
	replaced := 0
	for i, row := range rows {
		for j, text := range row {
			if text != args[2] {
				continue
			}
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			ts.Check(err)
			ts.Check(book.SetCellStr(args[1], at, args[3]))
			replaced++
		}
	}
	if replaced == 0 {
		ts.Fatalf("no cell of %s holds %q", args[1], args[2])
	}
	ts.Check(book.Save())
}

// oneAfterAnother is why a test has no need of the race detector: it runs commands one after
// the other, on ways that others go under it.
const oneAfterAnother = "runs commands one after the other, for what they write"

// manyStarts is why a test has no need of the race detector: it starts the program dozens of
// times, one after the other, and looks at what is written. What runs side by side in there
// is watched in the tests of kills, of chaos and of commands.
const manyStarts = "starts the program dozens of times, for what it writes"

// traces prints the files of the script's folder that hold one of some texts, hidden ones
// and the parts of workbooks included: traces anna@x.example 'Anna Jansen'.
func traces(ts *testscript.TestScript, _ bool, args []string) {
	found, err := tracesIn(ts.MkAbs("."), args)
	ts.Check(err)
	_, err = ts.Stdout().Write([]byte(strings.Join(found, "\n") + "\n"))
	ts.Check(err)
}

// tracesIn names the files of a folder that hold one of some texts.
func tracesIn(folder string, texts []string) (found []string, err error) {
	has := func(content []byte) bool {
		return slices.ContainsFunc(texts, func(t string) bool { return bytes.Contains(bytes.ToLower(content), []byte(strings.ToLower(t))) })
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".txt") && filepath.Dir(path) == folder { // those of the script
			return err
		}
		content, err := os.ReadFile(path)
		holds := has(content)
		if archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
			for _, part := range archive.File {
				in, err := part.Open()
				if err != nil {
					return err
				}
				inside, err := io.ReadAll(in)
				if err != nil {
					return err
				}
				holds = holds || has(inside)
			}
		}
		if name, _ := filepath.Rel(folder, path); holds {
			found = append(found, filepath.ToSlash(name))
		}
		return err
	})
	return found, err
}

// cells prints the named columns of a workbook's sheet, row by row, with | in
// between: cells x.xlsx Results Email Status.
func cells(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: cells workbook sheet heading...")
	}
	book, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { ts.Check(book.Close()) }()
	rows, err := book.GetRows(args[1])
	ts.Check(err)
	var out strings.Builder
	for _, row := range rows {
		var picked []string
		for i, heading := range rows[0] {
			for _, want := range args[2:] {
				if heading == want && i < len(row) {
					picked = append(picked, row[i])
				}
			}
		}
		out.WriteString(strings.Join(picked, "|") + "\n")
	}
	_, err = ts.Stdout().Write([]byte(out.String()))
	ts.Check(err)
}

// program is the real guestlist in a folder of its own, pointed at a simulated
// tenant that this test can ask what it saw.
type program struct {
	folder string
	env    []string
	tenant *sandbox.Tenant
	binary string
	state  string // the folder of what runs know of each other
}

func newProgram(t *testing.T, cfg sandbox.Config) *program {
	t.Helper()
	need.Time(t, "runs the program against a tenant of its own; the scripts do with --sandbox")
	cfg.Record = true
	p := &program{folder: t.TempDir(), tenant: sandbox.New(cfg)}
	server, err := p.tenant.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p.binary = asProgram(t)
	p.state = t.TempDir()
	p.env = append(os.Environ(), "GUESTLIST_GRAPH_URL="+server.URL, "GUESTLIST_ACCESS_TOKEN=token",
		"GUESTLIST_RATE=0", "GUESTLIST_PROGRESS=none", "GUESTLIST_STATE="+p.state,
		"GORACE=atexit_sleep_ms=0") // a child with the race detector would idle for a second
	return p
}

// asProgram gives this test binary the name under which it is the program, see TestMain.
func asProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "guestlist")
	if runtime.GOOS == "windows" { // which deletes no name of a program that runs
		name += ".exe"
		content, err := os.ReadFile(self)
		if err == nil {
			err = os.WriteFile(name, content, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// posts counts the invitations that reached the tenant.
func (p *program) posts() (n int) {
	for _, r := range p.tenant.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/invitations") {
			n++
		}
	}
	return n
}

func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.binary, args...)
	cmd.Dir, cmd.Env = p.folder, p.env
	return cmd
}

// run wants an exit code and returns standard output.
func (p *program) run(t *testing.T, code int, args ...string) (stdout string) {
	t.Helper()
	stdout, _ = p.runBoth(t, code, args...)
	return stdout
}

// complains wants an exit code and returns standard error.
func (p *program) complains(t *testing.T, code int, args ...string) (stderr string) {
	t.Helper()
	_, stderr = p.runBoth(t, code, args...)
	return stderr
}

func (p *program) runBoth(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	return p.runWithin(t, time.Minute, code, args...)
}

// runWithin is runBoth for a run that may take so long.
func (p *program) runWithin(t *testing.T, most time.Duration, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	var out, problems bytes.Buffer
	cmd := p.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	_ = cmd.Run() // the code says it
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("exit code %d, want %d\n%s%s", got, code, &out, &problems)
	}
	return out.String(), problems.String()
}

func (p *program) path(name string) string { return filepath.Join(p.folder, name) }

func writeCSV(t *testing.T, path string, rows [][]string) {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeXLSX(t *testing.T, path string, rows [][]string) {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range rows {
		for j, text := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.SetCellStr("Sheet1", at, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// results reads a sheet of a workbook: headings and rows by heading.
func results(t *testing.T, path, sheet string) []map[string]string {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return byHeading(rows)
}

// byHeading names the cells of rows by the first one.
func byHeading(rows [][]string) (all []map[string]string) {
	for _, row := range rows[1:] {
		named := make(map[string]string)
		for i, cell := range row {
			named[rows[0][i]] = cell
		}
		all = append(all, named)
	}
	return all
}
