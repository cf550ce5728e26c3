package session

import (
	"path/filepath"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// TestANewerInvitationElsewhereEndsALink tells what another journal knows, and asks
// what that means for the link of a row.
func TestANewerInvitationElsewhereEndsALink(t *testing.T) {
	at := time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC) // as results show it
	ours := secret.New("https://login.example/ours")
	invited := batch.Outcome{Address: "a@x.example", Status: batch.Invited, RedeemURL: ours, UserID: "ID-1", At: at}
	elsewhere := func(address, id, link string, after time.Duration) journal.Known {
		return journal.Known{
			Journal: filepath.Join("there", "more.results.journal.db"), Address: address, UserID: id, Link: secret.New(link),
			History: batch.AddressHistory{Status: batch.Invited}, At: at.Add(after),
		}
	}
	open := func(after time.Duration) journal.Known {
		left := at.Add(after).UnixNano()
		return journal.Known{Address: "a@x.example", History: batch.AddressHistory{Open: left, Latest: left}}
	}
	removed := func(address, id string, at time.Time) journal.Known {
		return journal.Known{
			Address: address, UserID: id, Link: secret.New("https://login.example/reminder"), At: at,
			History: batch.AddressHistory{Status: batch.Removed}, Ended: []secret.Text{ours, secret.New("https://login.example/reminder")},
		}
	}
	without := func(change func(*batch.Outcome)) batch.Outcome {
		o := invited
		change(&o)
		return o
	}
	const theirs = "https://login.example/theirs"
	for name, test := range map[string]struct {
		row   batch.Outcome
		known []journal.Known
		want  batch.LinkState
	}{
		"nothing":                        {invited, nil, batch.LinkLive},
		"the same address, newer":        {invited, []journal.Known{elsewhere("a@x.example", "", theirs, time.Hour)}, batch.LinkReplaced},
		"the same guest, newer":          {invited, []journal.Known{elsewhere("b@x.example", "id-1", theirs, time.Hour)}, batch.LinkReplaced},
		"the link was lost there":        {invited, []journal.Known{elsewhere("a@x.example", "", "", time.Hour)}, batch.LinkReplaced},
		"older":                          {invited, []journal.Known{elsewhere("a@x.example", "id-1", theirs, -time.Hour)}, batch.LinkLive},
		"older, and newer":               {invited, []journal.Known{elsewhere("a@x.example", "", theirs, time.Hour), elsewhere("b@x.example", "id-1", theirs, -time.Hour)}, batch.LinkReplaced},
		"another guest":                  {invited, []journal.Known{elsewhere("b@x.example", "id-2", theirs, time.Hour)}, batch.LinkLive},
		"within the second that is told": {invited, []journal.Known{elsewhere("a@x.example", "", theirs, time.Second/2)}, batch.LinkUncertain},
		"a copy of our journal":          {invited, []journal.Known{elsewhere("a@x.example", "ID-1", ours.Reveal(), time.Second/2)}, batch.LinkLive},
		"sent later, and no answer":      {invited, []journal.Known{open(time.Hour)}, batch.LinkUncertain},
		"sent earlier, and no answer":    {invited, []journal.Known{open(-time.Hour)}, batch.LinkLive},
		"refused there":                  {invited, []journal.Known{{Address: "a@x.example", History: batch.AddressHistory{Status: batch.Failed}, At: at.Add(time.Hour)}}, batch.LinkLive},
		"we do not know when":            {without(func(o *batch.Outcome) { o.At = time.Time{} }), []journal.Known{elsewhere("a@x.example", "", theirs, -time.Hour)}, batch.LinkUncertain},
		"we do not know when, nor they":  {without(func(o *batch.Outcome) { o.At = time.Time{} }), nil, batch.LinkLive},
		"no id":                          {without(func(o *batch.Outcome) { o.UserID = "" }), []journal.Known{elsewhere("b@x.example", "", theirs, time.Hour)}, batch.LinkLive},
		"no link of ours":                {without(func(o *batch.Outcome) { o.RedeemURL = secret.Text{} }), []journal.Known{elsewhere("a@x.example", "", theirs, time.Hour)}, batch.LinkMissing},
		"to be deleted there":            {invited, []journal.Known{{Address: "a@x.example", UserID: "id-1", Deleting: true}}, batch.LinkUncertain},
		"to be deleted, by another name": {invited, []journal.Known{{Address: "b@x.example", UserID: "id-1", Deleting: true}}, batch.LinkUncertain},
		"another is to be deleted":       {invited, []journal.Known{{Address: "a@x.example", UserID: "id-2", Deleting: true}}, batch.LinkLive},
		"removed after a reminder":       {invited, []journal.Known{removed("a@x.example", "id-1", at)}, batch.LinkReplaced},
		"removed, and their clock lags":  {invited, []journal.Known{removed("a@x.example", "id-1", at.Add(-time.Hour))}, batch.LinkReplaced},
		"removed, by another name":       {invited, []journal.Known{removed("b@x.example", "id-1", at)}, batch.LinkReplaced},
		"another account was removed":    {invited, []journal.Known{removed("b@x.example", "id-2", at)}, batch.LinkLive},
		"uncertain already":              {without(func(o *batch.Outcome) { o.Superseded = batch.LinkUncertain }), []journal.Known{elsewhere("a@x.example", "", theirs, time.Hour)}, batch.LinkReplaced},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNewerInvitations(time.Second)
			n.watched = make(map[uint64]uint64)
			n.watch(test.row)
			for _, known := range test.known {
				n.add(known)
			}
			o := test.row
			n.judge(&o)
			assert.Equal(t, "link", o.LinkState(), test.want)
			assert.Equal(t, "says why", o.Advice != "", o.Superseded != test.row.Superseded)
		})
	}
}

// TestTwoAddressesOfAGuestAreOne: what is known by one of them counts for both, whichever
// comes first, and reminders count once.
func TestTwoAddressesOfAGuestAreOne(t *testing.T) {
	at := time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC)
	row := func(address string) batch.Outcome {
		return batch.Outcome{Address: address, Status: batch.Invited, RedeemURL: secret.New("https://login.example/" + address), UserID: "ID-1", At: at}
	}
	first, second := row("a@x.example"), row("b@x.example")
	for _, ours := range [][]batch.Outcome{{first, second}, {second, first}, {second}} {
		n := newNewerInvitations(0)
		n.watched = make(map[uint64]uint64)
		for _, o := range append(ours, ours...) {
			n.watch(o)
		}
		known := func(address string, after time.Duration, reminders int) {
			n.add(journal.Known{Journal: "more.results.journal.db", Address: address, UserID: "id-1", At: at.Add(after), History: batch.AddressHistory{Status: batch.Invited}, Reminders: reminders})
		}
		known("c@x.example", -time.Hour, 1)
		known(second.Address, -time.Hour, 2)
		known(second.Address, time.Hour, 0)
		for _, o := range ours {
			n.judge(&o)
			assert.Equal(t, o.Address, o.LinkState(), batch.LinkReplaced)
			assert.Equal(t, "reminders of "+o.Address, int(n.of(o).reminders), 3)
		}
	}
}

// TestTheJournalTellsTheMoment: results show whole seconds, which two runs can share.
func TestTheJournalTellsTheMoment(t *testing.T) {
	at := time.Date(2026, 9, 14, 12, 0, 7, 300_000_000, time.UTC)
	link := secret.New("https://login.example/ours")
	results := filepath.Join(t.TempDir(), "list.results.xlsx")
	j, err := journal.Open(t.Context(), journal.Path(results), journal.Identity{Tenant: "t"})
	if err != nil {
		t.Fatal(err)
	}
	o := batch.Outcome{Address: "a@x.example", Status: batch.Invited, RedeemURL: link, At: at}
	step := batch.Step{Judged: batch.Judged{Row: batch.Row{Line: 2, Cells: []string{o.Address}}, Address: o.Address}}
	err = j.Import(t.Context(), batch.Header{Columns: []string{"Email"}}, func(yield func(batch.Step, error) bool) { yield(step, nil) })
	if err == nil {
		err = j.Settle(t.Context(), 0, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	o.At = at.Truncate(time.Second)
	for after, want := range map[time.Duration]batch.LinkState{-100 * time.Millisecond: batch.LinkLive, 100 * time.Millisecond: batch.LinkReplaced} {
		n := newNewerInvitations(time.Second)
		n.watched = make(map[uint64]uint64)
		n.watch(o)
		n.add(journal.Known{Journal: "other.results.journal.db", Address: o.Address, History: batch.AddressHistory{Status: batch.Invited}, At: at.Add(after)})
		n.readOwn(t.Context(), Place{}, results)
		got := o
		n.judge(&got)
		assert.Equal(t, after.String(), got.LinkState(), want)
	}
}
