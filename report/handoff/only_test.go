package handoff

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
	"guestlist/report"
)

// Whoever is handed links again should get those of the guests who still need them, and
// never the link of one who has accepted or is gone.
func TestPacksOfSomeGuestsAlone(t *testing.T) {
	at := time.Date(2026, 11, 9, 8, 0, 0, 0, time.UTC)
	read := func(line int, name string, state batch.GuestState, change func(*batch.Outcome)) batch.Record {
		o := invited(strings.ToLower(name) + "@x.example")
		if change != nil {
			change(&o)
		}
		rec := row(line, o, name, o.Address, "M")
		rec.Guest = batch.GuestReading{State: state, Since: at.Add(-time.Hour), At: at}
		if state == "" {
			rec.Guest = batch.GuestReading{}
		}
		return rec
	}
	guests := []batch.Record{
		read(2, "Waiting", batch.GuestNotAccepted, nil),
		read(3, "Accepted", batch.GuestAccepted, nil),
		read(4, "Lost", batch.GuestNotAccepted, func(o *batch.Outcome) { o.RedeemURL = secret.Text{} }),
		read(5, "Deleted", batch.GuestDeleted, nil),
		read(6, "Never", batch.GuestNeverCame, nil),
		read(7, "Unread", "", nil),
		read(8, "Failed", "", func(o *batch.Outcome) { o.Status = batch.Failed }),
	}
	r := listResults(columns, guests...)
	links := map[string]bool{"Waiting": true, "Unread": true}
	for only, want := range map[Only][]string{
		OnlyPending:  {"Waiting|Not accepted as of 2026-11-09", "Lost|Invited, no link"},
		OnlyAccepted: {"Accepted|Has access"},
		OnlyMissing:  {"Lost|Invited, no link"},
		"": {
			"Waiting|Not accepted as of 2026-11-09", "Unread|Invited", "Accepted|Has access", "Lost|Invited, no link",
			"Deleted|Deleted", "Never|Never came", "Failed|Not invited",
		},
	} {
		opt := byManager()
		opt.Only = only
		x := handTo(t, opt, r)
		var got []string
		for _, row := range sheet(t, filepath.Join(x.Folder, "M", "M.xlsx"), "Guests")[1:] {
			got = append(got, row[0]+"|"+row[2])
			if has := strings.Contains(strings.Join(row, " "), "https://login."); has != links[row[0]] {
				t.Errorf("only %q: %s has a link: %v", only, row[0], has)
			}
		}
		assert.Equal(t, "only "+string(only), got, want)
	}
	opt := byManager()
	opt.Only = OnlyPending
	if _, err := Write(t.Context(), filepath.Join(t.TempDir(), "packs"), opt, listResults(columns, guests[5])); !errors.As(err, new(*UnreadError)) {
		t.Errorf("nobody was read: %v", err)
	}
	x := handTo(t, opt, listResults(columns, guests[1]))
	if len(x.Packs) > 0 || exists(x.Folder) {
		t.Errorf("all accepted: %+v", x)
	}
}

// Packs of those who had not accepted go once no one is left of whom that is true: their
// links are dead or not needed. What somebody changed in them is not ours to delete.
func TestPacksOfNoOneGo(t *testing.T) {
	opt := byManager()
	opt.Only = OnlyPending
	waits := row(2, invited("a@x.example"), "A", "a@x.example", "M")
	waits.Guest = batch.GuestReading{State: batch.GuestNotAccepted, At: at}
	x := handTo(t, opt, listResults(columns, waits))
	accepted := waits
	accepted.Guest.State = batch.GuestAccepted
	draft := filepath.Join(x.Folder, "M", "M.eml")
	before, err := os.ReadFile(draft)
	if err != nil || os.WriteFile(draft, []byte("read it"), 0o600) != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), x.Folder, opt, listResults(columns, accepted)); !errors.As(err, new(*report.FileError)) || !exists(draft) {
		t.Errorf("the draft was changed: %v", err)
	}
	if err := os.WriteFile(draft, before, 0o600); err != nil {
		t.Fatal(err)
	}
	y, err := Write(t.Context(), x.Folder, opt, listResults(columns, accepted))
	if err != nil || !y.Replaces || len(y.Packs) > 0 || exists(filepath.Join(x.Folder, "M")) {
		t.Errorf("%+v, %v", y, err)
	}
	if y, err = Write(t.Context(), x.Folder, opt, listResults(columns, accepted)); err != nil || y.Replaces {
		t.Errorf("once more: %+v, %v", y, err)
	}
	if y, err = Write(t.Context(), x.Folder, opt, listResults(columns, waits)); err != nil || len(y.Packs) != 1 || !exists(draft) {
		t.Errorf("somebody waits again: %+v, %v", y, err)
	}
}

// TestPendingPackagesAreNotTheFirst: those who have not accepted were invited before, which
// manager and guest are told, and their links are in earlier packages, wherever these are.
func TestPendingPackagesAreNotTheFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("makes packages again and again")
	}
	waiting := row(2, invited("a@x.example"), "A", "a@x.example", "M")
	waiting.Guest = batch.GuestReading{State: batch.GuestNotAccepted, At: at}
	r := listResults(columns, waiting)
	for name, test := range map[string]struct {
		change          func(opt *Options)
		earlier, leaves int
	}{
		"never handed out":          {func(*Options) {}, 0, 0},
		"with everyone":             {func(opt *Options) { opt.Others = []string{made(t, byManager())} }, 1, 0},
		"in a folder apart":         {func(opt *Options) { opt.Apart = []string{made(t, byManager())} }, 1, 0},
		"with everyone, only new":   {func(opt *Options) { opt.Others, opt.OnlyNew = []string{made(t, byManager())}, true }, 1, 1},
		"a folder apart, only new":  {func(opt *Options) { opt.Apart, opt.OnlyNew = []string{made(t, byManager())}, true }, 1, 0},
		"without links, with links": {func(opt *Options) { opt.Others, opt.Redact = []string{made(t, byManager())}, true }, 1, 0},
		"with links, without before": {func(opt *Options) {
			before := byManager()
			before.Redact = true
			opt.Others = []string{made(t, before)}
		}, 0, 0},
	} {
		opt := byManager()
		opt.Only = OnlyPending
		test.change(&opt)
		x := handTo(t, opt, r)
		if p := x.Packs[0]; p.Earlier != test.earlier || p.LeftOut != test.leaves {
			t.Errorf("%s: %+v", name, p)
		}
		if opt.OnlyNew {
			continue
		}
		index := sheet(t, filepath.Join(x.Folder, indexName), "Packages")
		assert.Equal(t, name+": "+index[0][6], index[1][6], strconv.Itoa(test.earlier))
	}

	opt := byManager()
	opt.Only = OnlyPending
	files := everything(t, handTo(t, opt, r).Folder)
	opt.GuestMail = true
	for name, text := range everything(t, handTo(t, opt, r).Folder) {
		files["guests/"+name] = text
	}
	for name, said := range map[string]string{
		"M/M.eml":                  "1 of your guests was invited earlier and has not accepted yet. Please ask them to accept,",
		"M/M.txt":                  "M invited you to work together as a guest, and you have not accepted yet.",
		"guests/M/a@x.example.eml": "M invited you to work together as a guest, and you have not accepted yet.",
	} {
		if !strings.Contains(files[name], said) {
			t.Errorf("%s: %s", name, files[name])
		}
	}
}
