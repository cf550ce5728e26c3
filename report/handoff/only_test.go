package handoff

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
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
	for what, records := range map[string][]batch.Record{"nobody was read": {guests[5]}, "all accepted": {guests[1]}} {
		_, err := Write(t.Context(), filepath.Join(t.TempDir(), "packs"), opt, listResults(columns, records...))
		none, ok := errors.AsType[*NoneError](err)
		if !ok || none.Unread != (what == "nobody was read") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
