package cli_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"guestlist/internal/cli"
	"guestlist/samples"
)

func TestMain(m *testing.M) {
	testscript.Main(waiting{m}, map[string]func(){"guestlist": func() { os.Exit(cli.Main()) }})
}

// waiting runs more tests at once than there are processors: nearly all tests
// of this package start the program and wait for it. -parallel overrides it.
type waiting struct{ *testing.M }

func (w waiting) Run() int {
	const atOnce = "8"
	flag.Parse()
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
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return os.CopyFS(filepath.Join(env.WorkDir, "samples"), samples.FS) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":    code,
			"cells":   cells,
			"named":   named,
			"replace": replace,
		},
	})
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
