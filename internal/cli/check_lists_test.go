package cli

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/internal/need"
	"guestlist/internal/session"
)

var update = flag.Bool("update", false, "write what the program says of the lists to testdata/lists/golden")

const listsFolder = "testdata/lists"

// Every list of testdata/lists is checked by the real program. What it says, and
// what invite would send, stands in a golden file that a person has read.
func TestLists(t *testing.T) {
	need.NoRace(t, "reads some hundred lists, one after the other")
	folder, scratch := listsCopied(t), t.TempDir()
	before := filesIn(t, folder)
	cases := readCases(t)
	t.Run("check", func(t *testing.T) {
		for n, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if n%16 != 0 {
					need.Time(t, "one list of sixteen is read: each starts the program")
				}
				if c.name == "password-wrong" || c.name == "password" {
					need.Time(t, "a password is made a key by hashing it 100,000 times; password-given does it, too")
				}
				compareGolden(t, c.name, c.run(t, folder, scratch)+c.plan(folder))
			})
		}
	})
	if diff := cmp.Diff(before, filesIn(t, folder)); diff != "" {
		t.Errorf("check changed the files beside the lists:\n%s", diff)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("check left behind %v, %v", left, err)
	}
	t.Run("all", func(t *testing.T) { everyListHasItsCase(t, folder, cases) })
}

// everyListHasItsCase finds lists and golden files that no case uses.
func everyListHasItsCase(t *testing.T, folder string, cases []listCase) {
	t.Helper()
	golden := make(map[string]bool)
	used := make(map[string]bool)
	for _, c := range cases {
		golden[c.name+".txt"] = true
		used[filepath.FromSlash(c.list)], used[filepath.FromSlash(c.stdin)] = true, true
	}
	for _, name := range filesIn(t, folder) {
		if !used[name] {
			t.Errorf("no case for %s", name)
		}
	}
	for _, name := range filesIn(t, filepath.Join(listsFolder, "golden")) {
		if !golden[name] {
			t.Errorf("no case for golden/%s", name)
		}
	}
}

// run checks the list with the real program, see TestMain.
func (c listCase) run(t *testing.T, folder, scratch string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "guestlist", append([]string{"check", c.list}, c.args...)...)
	cmd.Dir = folder
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + scratch, "TMPDIR=" + scratch, "TEMP=" + scratch, "TMP=" + scratch,
		"SystemRoot=" + os.Getenv("SystemRoot"), "GORACE=atexit_sleep_ms=0",
	}, c.env...)
	if c.stdin != "" {
		in, err := os.Open(filepath.Join(folder, c.stdin))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.Close() }()
		cmd.Stdin = in
	}
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("$ guestlist check %s\nexit code %d\n%s%s", c.line, cmd.ProcessState.ExitCode(),
		section("standard output", out.String()), section("standard error", problems.String()))
}

// section heads a part of a golden file; a part without text is left out.
func section(name, text string) string {
	if text == "" {
		return ""
	}
	return "\n-- " + name + " --\n" + strings.TrimRight(text, "\n") + "\n"
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(listsFolder, "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(withoutQuotes(string(want)), withoutQuotes(got)); diff != "" {
		t.Errorf("run again with -update, and read what changed in %s (-want +got):\n%s", path, diff)
	}
}

// withoutQuotes leaves out, on Windows, the quotes in commands to copy: the golden files
// have those of other systems' shells.
func withoutQuotes(said string) string {
	if runtime.GOOS != "windows" {
		return said
	}
	lines := strings.Split(said, "\n")
	for i, line := range lines {
		if strings.Contains(line, "guestlist ") {
			lines[i] = strings.NewReplacer(`"`, "", "'", "").Replace(line)
		}
	}
	return strings.Join(lines, "\n")
}

// listsCopied puts the lists into a folder where a run may do harm, and makes
// those that are too large for a repository.
func listsCopied(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	entries, err := os.ReadDir(listsFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "golden" || entry.Name() == "generate" {
			continue
		}
		if err := os.CopyFS(filepath.Join(folder, entry.Name()), os.DirFS(filepath.Join(listsFolder, entry.Name()))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "made"), 0o700); err != nil {
		t.Fatal(err)
	}
	const size = 3 << 30
	writeBomb(t, filepath.Join(folder, "made", "bomb.xlsx"), size, size)
	writeBomb(t, filepath.Join(folder, "made", "lying-bomb.xlsx"), size, 1<<20)
	return folder
}

// filesIn lists the files in a folder by their paths in it.
func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, filepath.FromSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// listCase is a line of cases.txt.
type listCase struct {
	name, line string
	env        []string // VARIABLE=VALUE
	list       string   // the file, or -
	args       []string // the flags
	stdin      string   // the file on standard input, "" for none
}

func readCases(t *testing.T) []listCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(listsFolder, "cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []listCase
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		c := listCase{name: name, line: strings.TrimSpace(rest)}
		words := shellWords(c.line)
		for len(words) > 0 && strings.HasPrefix(words[0], "GUESTLIST_") {
			c.env, words = append(c.env, words[0]), words[1:]
		}
		if at := slices.Index(words, "<"); at >= 0 {
			c.stdin, words = words[at+1], words[:at]
		}
		if len(words) == 0 || slices.ContainsFunc(cases, func(other listCase) bool { return other.name == name }) {
			t.Fatalf("cases.txt: %s has no list, or stands there twice", name)
		}
		c.list, c.args = words[0], words[1:]
		cases = append(cases, c)
	}
	return cases
}

// shellWords splits as a shell does, as far as cases.txt needs it.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case unicode.IsSpace(r) && begun:
			words, begun = append(words, word.String()), false
			word.Reset()
		case !unicode.IsSpace(r):
			begun = true
			word.WriteRune(r)
		}
	}
	return words
}

// plan tells each row as it was read and what would be sent for it, the way
// invite does; nothing for a list that stops the program before that.
func (c listCase) plan(folder string) string {
	var text strings.Builder
	if err := c.writePlan(folder, &text); err != nil {
		if text.Len() == 0 {
			return ""
		}
		fmt.Fprintf(&text, "here the reading ends\n")
	}
	return section("plan", text.String())
}

func (c listCase) writePlan(folder string, w io.Writer) (err error) {
	o := &listOptions{readOptions: readOptions{stdin: strings.NewReader("")}}
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	o.register(flags)
	flags.Bool("json", false, "a flag of check alone")
	if err := flags.Parse(c.args); err != nil {
		return err
	}
	for _, variable := range c.env {
		o.password = strings.TrimPrefix(variable, passwordVariable+"=")
	}
	path := filepath.Join(folder, c.list)
	if c.stdin != "" {
		in, err := os.Open(filepath.Join(folder, c.stdin))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
		o.stdin, path = in, c.list
	}
	opt, err := o.options(&process{}, path)
	if err != nil {
		return err
	}
	opt.Notice = nil
	opened, err := session.Open(context.Background(), opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	tellHeader(w, opened.Header())
	return tellRows(w, opened)
}

// tellHeader tells which columns there are and what they are taken for.
func tellHeader(w io.Writer, header batch.Header) {
	_, _ = fmt.Fprintf(w, "columns: %s\n", told(header.Columns))
	for _, field := range batch.Fields() {
		if at, ok := header.Fields[field]; ok {
			_, _ = fmt.Fprintf(w, "%s: %s\n", field, told(header.Columns[at:at+1]))
		}
	}
}

func tellRows(w io.Writer, opened *session.Session) error {
	for step, err := range opened.Steps() {
		if err != nil {
			return err
		}
		verdict := string(step.Status)
		switch {
		case step.LeftOut:
			verdict = "left out"
		case step.Action == batch.Send:
			verdict = "send"
		case step.FirstLine != 0:
			verdict += " of row " + strconv.Itoa(step.FirstLine)
		}
		_, _ = fmt.Fprintf(w, "\nrow %d: %s\n  %s\n", step.Row.Line, verdict, told(step.Row.Cells))
		if step.Action != batch.Send {
			continue
		}
		body, err := requestBody(step)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w, "  %s\n", body)
	}
	return nil
}

// requestBody is what Graph would get.
func requestBody(step batch.Step) (string, error) {
	var body strings.Builder
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(step.Invitation)
	return clippedCell(strings.TrimSpace(body.String())), err
}

// told shows cells so that no character hides.
func told(cells []string) string {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = strconv.Quote(clippedCell(cell))
	}
	return strings.Join(shown, " | ")
}

// clippedCell keeps golden files readable; the rest counts by its checksum.
func clippedCell(text string) string {
	const long = 600
	runes := []rune(text)
	if len(runes) <= long {
		return text
	}
	return fmt.Sprintf("%s... (%d characters, CRC %08x)", string(runes[:long]), len(runes), crc32.ChecksumIEEE([]byte(text)))
}

// writeBomb writes a workbook of exceljs whose sheet is spaces: some megabytes
// that unpack to as many as size says, whatever they claim.
func writeBomb(t *testing.T, path string, size, claimed uint64) {
	t.Helper()
	model, err := zip.OpenReader(filepath.Join(listsFolder, "xlsx", "exceljs.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = model.Close() }()
	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	for _, part := range model.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			err = errors.Join(err, w.Copy(part))
			continue
		}
		spaces := deflatedSpaces(t, size)
		raw, createErr := w.CreateRaw(&zip.FileHeader{
			Name: part.Name, Method: zip.Deflate, CompressedSize64: uint64(len(spaces)), UncompressedSize64: claimed,
		})
		if createErr != nil {
			t.Fatal(createErr)
		}
		_, writeErr := raw.Write(spaces)
		err = errors.Join(err, writeErr)
	}
	if err = errors.Join(err, w.Close(), os.WriteFile(path, bomb.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// deflatedSpaces is so many spaces, packed without packing them all: a flushed
// block can stand there any number of times.
func deflatedSpaces(t *testing.T, size uint64) []byte {
	t.Helper()
	const block = 16 << 20
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(bytes.Repeat([]byte(" "), block))
	err = errors.Join(err, w.Flush())
	once := bytes.Clone(packed.Bytes())
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Repeat(once, int(size/block)), packed.Bytes()[len(once):]...)
}
