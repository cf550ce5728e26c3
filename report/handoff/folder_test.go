package handoff

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/batch"
	"guestlist/internal/assert"
	testneed "guestlist/internal/need"
	"guestlist/internal/secret"
	"guestlist/report"
)

// two are the results that these tests hand out.
func two() report.Results {
	return listResults(columns,
		row(2, invited("a@x.example"), "A", "a@x.example", "M"),
		row(3, invited("b@x.example"), "B", "b@x.example", "N"))
}

// made is a folder with an earlier hand-off.
func made(t *testing.T, opt Options) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "packs")
	if _, err := Write(t.Context(), folder, opt, two()); err != nil {
		t.Fatal(err)
	}
	return folder
}

// refused returns the refusal to write into folder, which stays as it was.
func refused(t *testing.T, folder string) *report.FileError {
	t.Helper()
	before := everythingRaw(t, filepath.Dir(folder))
	_, err := Write(t.Context(), folder, byManager(), two())
	e, ok := errors.AsType[*report.FileError](err)
	if !ok {
		t.Fatalf("not refused: %v", err)
	}
	if e.Hint() == "" {
		t.Error("no hint")
	}
	if after := everythingRaw(t, filepath.Dir(folder)); !slices.Equal(before, after) {
		t.Errorf("before %q, after %q", before, after)
	}
	return e
}

// everythingRaw lists files with their contents.
func everythingRaw(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, path+"="+digestOf(string(content)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestForeignFoldersAreRefused(t *testing.T) {
	for _, test := range []struct {
		name, want string
		prepare    func(folder string)
	}{
		{"a file", "is a file, not a folder", func(f string) { put(t, f, "x") }},
		{"other files", "contains something other than a hand-off, such as thesis.docx", func(f string) { _ = os.Mkdir(f, 0o700); put(t, f+"/thesis.docx", "x") }},
		{"no JSON", "was not written by guestlist", func(f string) { _ = os.Mkdir(f, 0o700); put(t, f+"/handoff.json", "x") }},
		{"another JSON", "was not written by guestlist", func(f string) { _ = os.Mkdir(f, 0o700); put(t, f+"/handoff.json", `{"kind":"other","version":1}`) }},
		{"a later version", "was written by a later version of guestlist", func(f string) {
			_ = os.Mkdir(f, 0o700)
			put(t, f+"/handoff.json", `{"kind":"guestlist hand-off","version":2}`)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "packs")
			test.prepare(folder)
			if e := refused(t, folder); !strings.Contains(e.Error(), test.want) {
				t.Errorf("%v, want %q", e, test.want)
			}
		})
	}
	_, err := Write(t.Context(), filepath.Join(t.TempDir(), "no", "packs"), byManager(), two())
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Error(err)
	}
}

func TestWorkOfPeopleIsNotDeleted(t *testing.T) {
	for name, work := range map[string]func(folder string){
		"M/M.eml":      func(f string) { put(t, f+"/M/M.eml", "edited") },
		"M/notes.txt":  func(f string) { put(t, f+"/M/notes.txt", "called, no answer") },
		"sub/new.xlsx": func(f string) { _ = os.Mkdir(f+"/sub", 0o700); put(t, f+"/sub/new.xlsx", "") },
		"M/Thumbs.db":  func(f string) { _ = os.Symlink("M.xlsx", f+"/M/Thumbs.db") },
		".DS_Store":    func(f string) { put(t, f+"/.DS_Store", strings.Repeat("x", maxSystemFile+1)) },
		"desktop.ini/new.txt": func(f string) {
			_ = os.Mkdir(f+"/desktop.ini", 0o700)
			put(t, f+"/desktop.ini/new.txt", "")
		},
		"M/M.txt": func(f string) { _ = os.Remove(f + "/M/M.txt"); _ = os.Symlink("M.xlsx", f+"/M/M.txt") },
	} {
		t.Run(name, func(t *testing.T) {
			folder := made(t, byManager())
			work(folder)
			if (name == "M/M.txt" || name == "M/Thumbs.db") && !testneed.IsLink(filepath.Join(folder, name)) {
				t.Skip("no symbolic links here")
			}
			if e := refused(t, folder); !strings.Contains(e.Error(), name+" was changed or added") || e.Next != nextMove {
				t.Error(e)
			}
		})
	}
}

// What the system has put into a folder is no work of people.
func TestFilesOfTheSystemAreInNobodysWay(t *testing.T) {
	folder := made(t, byManager())
	for _, name := range systemFiles {
		put(t, filepath.Join(folder, "M", strings.ToUpper(name)), "x")
	}
	if _, err := Write(t.Context(), folder, byManager(), two()); err != nil {
		t.Error(err)
	}
}

// What people do while a hand-off is made over an earlier one is not deleted either.
func TestWorkOfPeopleDuringTheRunIsNotDeleted(t *testing.T) {
	for name, work := range map[string]func(folder string){
		"M/M.eml":     func(f string) { put(t, f+"/M/M.eml", "edited") },
		"N/notes.txt": func(f string) { put(t, f+"/N/notes.txt", "called, no answer") },
	} {
		t.Run(name, func(t *testing.T) {
			folder := made(t, byManager())
			opt := byManager()
			opt.Progress = func(done, _ int) {
				if done == 1 {
					work(folder)
				}
			}
			_, err := Write(t.Context(), folder, opt, two())
			e, ok := errors.AsType[*report.FileError](err)
			if !ok || !strings.Contains(e.Error(), folder+": "+name+" was changed or added") || e.Next != nextMove {
				t.Fatal(err)
			}
			if !exists(filepath.Join(folder, filepath.FromSlash(name))) || !exists(filepath.Join(folder, "M", "M.xlsx")) {
				t.Error("the earlier hand-off did not come back whole")
			}
			if left, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(left) != 1 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	t.Run("a folder that was empty", func(t *testing.T) {
		folder := t.TempDir()
		opt := byManager()
		opt.Progress = func(int, int) { put(t, folder+"/thesis.docx", "x") }
		if _, err := Write(t.Context(), folder, opt, two()); err == nil || !exists(folder+"/thesis.docx") {
			t.Error(err)
		}
	})
}

// TestAReplacedHandOffIsRemembered: its packs are gone, and who was served by them is not
// new.
func TestAReplacedHandOffIsRemembered(t *testing.T) {
	folder := made(t, byManager())
	opt := byManager()
	if _, err := Write(t.Context(), folder, opt, listResults(columns, row(2, invited("c@x.example"), "C", "c@x.example", "O"))); err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(folder, "M")) || !exists(filepath.Join(folder, "O", "O.xlsx")) {
		t.Error("the earlier hand-off is still there")
	}
	opt.OnlyNew = true
	if x, err := Write(t.Context(), folder, opt, two()); err != nil || x.LeftOut != 2 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestEmptyAndLinkedFolders(t *testing.T) {
	parent := t.TempDir()
	empty, link := filepath.Join(parent, "empty"), filepath.Join(parent, "link")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	testneed.Symlink(t, "empty", link)
	if _, err := Write(t.Context(), link, byManager(), two()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 || !exists(filepath.Join(empty, "M", "M.eml")) {
		t.Errorf("%v %v", info, err)
	}
}

// TestCrashWhileReplacing stops between the two renames, in both places.
func TestCrashWhileReplacing(t *testing.T) {
	onlyNew := byManager()
	onlyNew.OnlyNew = true

	folder := made(t, byManager())
	before := filepath.Join(filepath.Dir(folder), ".packs.before")
	if err := os.Rename(folder, before); err != nil {
		t.Fatal(err)
	}
	x, err := Write(t.Context(), folder, onlyNew, two())
	if err != nil || x.LeftOut != 2 || !exists(filepath.Join(folder, "M", "M.eml")) || exists(before) {
		t.Errorf("the earlier hand-off did not come back: %+v, %v", x, err)
	}

	if err := os.Mkdir(before, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), folder, onlyNew, two()); err != nil || exists(before) {
		t.Errorf("what was replaced is still there: %v", err)
	}
}

func TestLeftoversGo(t *testing.T) {
	folder := made(t, byManager())
	parent := filepath.Dir(folder)
	old, young, other := parent+"/.guestlist-handoff-1", parent+"/.guestlist-handoff-2", parent+"/.other-1"
	for _, path := range []string{old, young, other} {
		if err := errors.Join(os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "links"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-25 * time.Hour)
	if err := errors.Join(os.Chtimes(old, past, past), os.Chtimes(other, past, past)); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), folder, byManager(), two()); err != nil {
		t.Fatal(err)
	}
	if exists(old) || !exists(young) || !exists(other) {
		t.Errorf("old %v, young %v, other %v", exists(old), exists(young), exists(other))
	}
}

func TestOnlyNew(t *testing.T) {
	opt := byManager()
	folder := made(t, opt)
	opt.OnlyNew = true

	x, err := Write(t.Context(), folder, opt, two())
	if err != nil || x.Served() != 0 || x.LeftOut != 2 || x.Folder != folder {
		t.Errorf("%+v, %v", x, err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 4 { // M, N, index, ledger
		t.Errorf("nobody is new, yet: %v", entries)
	}

	again := invited("b@x.example")
	again.RedeemURL = secret.New("https://login.microsoftonline.com/redeem?again=1")
	x, err = Write(t.Context(), folder, opt, listResults(columns,
		row(2, invited("a@x.example"), "A", "a@x.example", "M"),
		row(3, again, "B", "b@x.example", "N"),
		row(4, invited("c@x.example"), "C", "c@x.example", "N")))
	if err != nil || x.Links() != 2 || x.LeftOut != 1 {
		t.Fatalf("%+v, %v", x, err)
	}
	if want := filepath.Join(folder, "2026-11-23 21.04.05"); x.Folder != want {
		t.Errorf("folder %q, want %q", x.Folder, want)
	}
	if x.Packs[0].Name != "" || x.Packs[0].Note != "no new guests" || exists(filepath.Join(x.Folder, "M")) {
		t.Errorf("%+v", x.Packs[0])
	}
	text := everything(t, x.Folder)["N/N.eml"]
	for _, want := range []string{"redeem?again=1", linkTo("c@x.example")} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	// Whose earlier link has ended is told so, and nobody else.
	for _, want := range []string{`1 of them, marked "new link", had a link before that does not work any more.`, "B <b@x.example> (new link)", "C <c@x.example>\n"} {
		if !strings.Contains(unix(text), want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if messages := everything(t, x.Folder)["N/N.txt"]; strings.Count(messages, "The link that you got before does not work any more; please use this one.") != 1 {
		t.Errorf("messages %s", messages)
	}
	if !exists(filepath.Join(folder, "M", "M.eml")) {
		t.Error("the earlier packs are gone")
	}
	x, err = Write(t.Context(), folder, opt, listResults(columns, row(3, again, "B", "b@x.example", "N"), row(9, invited("d@x.example"), "D", "d@x.example", "N")))
	if err != nil || x.Links() != 1 || filepath.Base(x.Folder) != "2026-11-23 21.04.05 (2)" {
		t.Errorf("%+v, %v", x, err)
	}
	opt.OnlyNew = false // and all of it can still be replaced
	if x, err = Write(t.Context(), folder, opt, two()); err != nil || x.Links() != 2 {
		t.Errorf("%+v, %v", x, err)
	}
}

// The packages of those who have not accepted are in a folder of their own. Who is in them
// has the link as well, and an index says who is in an earlier package.
func TestOnlyNewKnowsTheOtherFolders(t *testing.T) {
	opt := byManager()
	folder := made(t, opt)
	again := invited("b@x.example")
	again.RedeemURL = secret.New("https://login.microsoftonline.com/redeem?again=1")
	reminded := row(3, again, "B", "b@x.example", "M")
	reminded.Guest = batch.GuestReading{State: batch.GuestNotAccepted, At: at}
	accepted := row(2, invited("a@x.example"), "A", "a@x.example", "M")
	accepted.Guest = batch.GuestReading{State: batch.GuestAccepted, At: at}

	pending := opt
	pending.Only, pending.At, pending.Others = OnlyPending, at.Add(24*time.Hour), []string{folder}
	x := handTo(t, pending, listResults(columns, accepted, reminded))
	if text := everything(t, x.Folder)["M/M.txt"]; !strings.Contains(text, "does not work any more; please use this one.") {
		t.Errorf("the link before was in another folder: %s", text)
	}

	opt.OnlyNew, opt.Others = true, []string{x.Folder, filepath.Join(t.TempDir(), "none")}
	r := listResults(columns, accepted, reminded, row(4, invited("c@x.example"), "C", "c@x.example", "M"))
	y, err := Write(t.Context(), folder, opt, r)
	if err != nil || y.Links() != 1 || y.LeftOut != 2 {
		t.Fatalf("%+v, %v", y, err)
	}
	want := [][]string{
		{"Name", "Address", "Package", "Link", "Reason", "Source row"},
		{"C", "c@x.example", "M", "In the package", "", "4"},
		{"A", "a@x.example", "M", "In a package of " + at.Format(time.DateOnly), "Has access: The invitation has been accepted; no link is needed.", "2"},
		{"B", "b@x.example", "M", "In a package of " + at.Add(24*time.Hour).Format(time.DateOnly), "", "3"},
	}
	if diff := cmp.Diff(want, sheet(t, filepath.Join(y.Folder, indexName), "Guests")); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(filepath.Join(x.Folder, ledgerName), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Write(t.Context(), folder, opt, r); !errors.As(err, new(*report.FileError)) {
		t.Errorf("a ledger that cannot be read: %v", err)
	}
}

func TestWhatCountsAsNew(t *testing.T) {
	accepted := invited("a@x.example")
	accepted.InvitationStatus = completed
	for _, test := range []struct {
		name          string
		first, second Options
		r             report.Results
		links, ready  int
	}{
		{"withheld links are new with links", Options{Redact: true}, Options{}, two(), 2, 0},
		{"withheld links are not new without", Options{Redact: true}, Options{Redact: true}, two(), 0, 0},
		{"links are not new without", Options{}, Options{Redact: true}, two(), 0, 0},
		{"an accepted invitation is not new", Options{}, Options{}, listResults(columns, row(2, accepted, "A", "a@x.example", "M")), 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			first, second := byManager(), byManager()
			first.Redact, second.Redact, second.OnlyNew = test.first.Redact, test.second.Redact, true
			folder := made(t, first)
			x, err := Write(t.Context(), folder, second, test.r)
			if err != nil || x.Links() != test.links || x.Served()-x.Links() != test.ready {
				t.Errorf("%+v, %v", x, err)
			}
		})
	}
}

// TestRedactedHandOffForgetsNothing: links, then none, then only new.
func TestRedactedHandOffForgetsNothing(t *testing.T) {
	opt := byManager()
	folder := made(t, opt)
	opt.Redact = true
	if _, err := Write(t.Context(), folder, opt, two()); err != nil {
		t.Fatal(err)
	}
	opt.Redact, opt.OnlyNew = false, true
	if x, err := Write(t.Context(), folder, opt, two()); err != nil || x.Links() != 0 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestLedgerNamesItsResults(t *testing.T) {
	opt := byManager()
	opt.Results, opt.Flags = "p.results.xlsx", map[string][]string{"by": {"manager"}, "text": {"a.txt", "a.de.txt"}}
	folder := made(t, opt)
	assert.Equal(t, "flags", FlagsOf(folder), opt.Flags)
	if results, when, ok := IsFolder(folder); !ok || results != opt.Results || !when.Equal(at) {
		t.Errorf("%q, %v, %v", results, when, ok)
	}
	outdated := func(folder string, how func(o *batch.Outcome)) []string {
		held, err := Outdated([]string{folder}, func(yield func(batch.Record, error) bool) {
			for _, rec := range change(how, two()) {
				if !yield(rec, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(held) == 0 {
			return nil
		}
		return held[0].Packs
	}
	removed := func(o *batch.Outcome) { o.Status = batch.Removed }
	assert.Equal(t, "as they are", outdated(folder, func(*batch.Outcome) {}), []string(nil))
	assert.Equal(t, "a is removed", outdated(folder, removed), []string{"M"})
	assert.Equal(t, "a has another link", outdated(folder, func(o *batch.Outcome) { o.RedeemURL = secret.New("https://other.example/") }), []string{"M"})
	opt.Redact = true
	assert.Equal(t, "no link is in them", outdated(made(t, opt), removed), []string(nil))
	opt.Redact = false
	if _, err := Write(t.Context(), folder, opt, listResults(columns, change(removed, two())...)); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "the packages were made again without the link", outdated(folder, removed), []string(nil))
}

// change changes what became of the guest a in some results.
func change(how func(o *batch.Outcome), r report.Results) (records []batch.Record) {
	for rec := range r.Records {
		if rec.Outcome.Address == "a@x.example" {
			how(&rec.Outcome)
		}
		rec.Cells = slices.Clone(rec.Cells)
		records = append(records, rec)
	}
	return records
}

// TestPackagesSayWhichLinksHaveEnded: who was handed a link that works no more is told, also
// where there is no new one.
func TestPackagesSayWhichLinksHaveEnded(t *testing.T) {
	if testing.Short() {
		t.Skip("makes packages again and again")
	}
	const reason = "The link that was handed out before does not work any more."
	for name, test := range map[string]struct {
		how  func(o *batch.Outcome)
		says bool
	}{
		"removed":                     {func(o *batch.Outcome) { o.Status = batch.Removed }, true},
		"replaced by another batch":   {func(o *batch.Outcome) { o.Superseded = batch.LinkReplaced }, true},
		"perhaps by another batch":    {func(o *batch.Outcome) { o.Superseded = batch.LinkUncertain }, false},
		"no outcome, as in a new run": {func(o *batch.Outcome) { *o = batch.Outcome{Address: o.Address} }, false},
	} {
		folder := made(t, byManager())
		for range 2 { // and the packages after these
			if _, err := Write(t.Context(), folder, byManager(), listResults(columns, change(test.how, two())...)); err != nil {
				t.Fatal(err)
			}
			eml, err := os.ReadFile(filepath.Join(folder, "M", "M.eml"))
			if err != nil {
				t.Fatal(err)
			}
			draft := open(t, eml)
			said := strings.Contains(unix(draft.text), "\n\nA link that you got before does not work any more, and there is no new one: that of A <a@x.example>. ")
			cells := sheet(t, filepath.Join(folder, "M", "M.xlsx"), "Guests")[1]
			if inBook := strings.Contains(strings.Join(cells, " "), reason); said != test.says || inBook != test.says || strings.Contains(draft.html, "(link ended)") != test.says {
				t.Errorf("%s: %v, %v\n%s", name, said, cells, draft.text)
			}
		}
		never := listResults(columns, change(test.how, listResults(columns, row(2, invited("a@x.example"), "A", "a@x.example", "M")))...)
		if said := everything(t, handTo(t, byManager(), never).Folder); strings.Contains(strings.Join(slices.Collect(maps.Values(said)), " "), reason) {
			t.Errorf("%s: of a link that was never handed out: %v", name, said)
		}
	}
}

// Packs of another batch are neither replaced nor added to, but where they stand beside the
// results: these were begun anew.
func TestPacksOfOtherResultsStay(t *testing.T) {
	here := t.TempDir()
	folder := filepath.Join(here, "p.results.handoff")
	first := byManager()
	first.Batch, first.Results = "1", filepath.Join(here, "p.results.xlsx")
	if _, err := Write(t.Context(), folder, first, two()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, batch, results string
		onlyNew, refused     bool
	}{
		{"other results of the same name", "2", filepath.Join(t.TempDir(), "p.results.xlsx"), false, true},
		{"new ones of other results", "2", filepath.Join(t.TempDir(), "p.results.xlsx"), true, true},
		{"other results beside it", "2", filepath.Join(here, "q.results.xlsx"), false, true},
		{"results that were moved", "1", filepath.Join(t.TempDir(), "q.results.xlsx"), false, false},
		{"results without a journal", "", filepath.Join(t.TempDir(), "p.results.xlsx"), false, false},
		{"new ones of no other", "1", first.Results, true, false},
		{"results that were begun anew", "2", first.Results, false, false},
	} {
		opt := byManager()
		opt.Batch, opt.Results, opt.OnlyNew = test.batch, test.results, test.onlyNew
		_, err := Write(t.Context(), folder, opt, two())
		e, refused := errors.AsType[*report.FileError](err)
		if refused != test.refused || !refused && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if refused && (!strings.Contains(e.Error(), "has the packages of other results, p.results.xlsx") || e.Next != nextOut) {
			t.Errorf("%s: %v", test.name, e)
		}
	}
}

func TestLedgerHoldsNoLink(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(made(t, byManager()), ledgerName))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "https:") || strings.Contains(string(text), "ticket") || !strings.Contains(string(text), "a@x.example") {
		t.Errorf("%s", text)
	}
}

// TestInterruptedReplacementKeepsTheEarlier interrupts everywhere.
func TestInterruptedReplacementKeepsTheEarlier(t *testing.T) {
	folder := made(t, byManager())
	for looks := range 100 {
		_, err := Write(tiredAfter(t.Context(), looks), folder, byManager(), listResults(columns, row(2, invited("c@x.example"), "C", "c@x.example", "O")))
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || !exists(filepath.Join(folder, "M", "M.eml")) || exists(filepath.Join(folder, "O")) {
			t.Fatalf("after %d looks: %v", looks, err)
		}
	}
	if !exists(filepath.Join(folder, "O", "O.eml")) {
		t.Error("never replaced")
	}
}
