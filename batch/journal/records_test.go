package journal_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// TestHistorySumsUpAttempts tells the journal of attempts, and asks for their sum.
func TestHistorySumsUpAttempts(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	intend := func(mail bool) batch.Intent { return batch.Intent{Mail: mail, At: at} }
	for what, c := range map[string]struct {
		open    []batch.Intent // never answered
		settled []batch.Outcome
		alone   []batch.Outcome // without a request of ours
		want    batch.AddressHistory
	}{
		"never answered":       {open: []batch.Intent{intend(false)}, want: batch.AddressHistory{Open: at.UnixNano(), Latest: at.UnixNano()}},
		"a mail, no answer":    {open: []batch.Intent{intend(false), intend(true)}, want: batch.AddressHistory{Open: at.UnixNano(), Mailed: at.UnixNano(), Latest: at.UnixNano()}},
		"the guest is absent":  {open: []batch.Intent{intend(true)}, alone: []batch.Outcome{{Status: batch.Pending}}},
		"the guest is there":   {open: []batch.Intent{intend(true)}, alone: []batch.Outcome{{Status: batch.Invited}}, want: batch.AddressHistory{Status: batch.Invited}},
		"invited":              {settled: []batch.Outcome{{Status: batch.Invited}}, want: batch.AddressHistory{Status: batch.Invited}},
		"failed":               {settled: []batch.Outcome{{Status: batch.Failed, Fingerprint: 1 << 63}}, want: batch.AddressHistory{Status: batch.Failed, Fingerprint: 1 << 63}},
		"failed, then invited": {settled: []batch.Outcome{{Status: batch.Failed}, {Status: batch.Invited}}, want: batch.AddressHistory{Status: batch.Invited}},
		"could not be proved": {
			settled: []batch.Outcome{{Status: batch.Unconfirmed, Fingerprint: 7}},
			want:    batch.AddressHistory{Status: batch.Unconfirmed, Fingerprint: 7, Latest: at.UnixNano()},
		},
		"Microsoft stopped the run": {
			open: []batch.Intent{intend(true)}, settled: []batch.Outcome{{Status: batch.Pending}},
			want: batch.AddressHistory{Open: at.UnixNano(), Mailed: at.UnixNano(), Latest: at.UnixNano()},
		},
	} {
		t.Run(what, func(t *testing.T) {
			const address = "a@x.example"
			j := begin(t, address)
			for _, in := range c.open {
				in.Address = address
				if _, err := j.Intend(t.Context(), in); err != nil {
					t.Fatal(err)
				}
			}
			for i, o := range append(c.settled, c.alone...) {
				var id int64
				var err error
				if i < len(c.settled) {
					id, err = j.Intend(t.Context(), batch.Intent{Address: address, At: at})
				}
				o.Address = address
				if err == nil {
					err = j.Settle(t.Context(), id, o)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			history, err := j.History(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "past", history.Get(address), c.want)
		})
	}
}

func TestRecordsTellWhereEveryRowStands(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example", "b@x.example", "nonsense", "A@x.example", "c@x.example", "d@x.example", "e@x.example")
	settle(t, j, "a@x.example", batch.Invited, "")
	settle(t, j, "b@x.example", batch.Failed, "GroupAddress")
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "d@x.example", Mail: true, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	settle(t, j, "e@x.example", batch.Pending, "SuspiciousActivity")
	assert.Equal(t, "records", stands(t, j), []string{
		"2 a@x.example invited",
		"3 b@x.example failed GroupAddress",
		"4 nonsense invalid InvalidRow",
		"5 a@x.example duplicate Duplicate",
		"6 c@x.example pending",
		"7 d@x.example unconfirmed NoAnswer",
		"8 e@x.example pending SuspiciousActivity",
	})
	counts, err := countRows(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "counts", counts, batch.Counts{
		batch.Invited: 1, batch.Failed: 1, batch.Invalid: 1,
		batch.Duplicate: 1, batch.Pending: 2, batch.Unconfirmed: 1,
	})
}

func TestInvitedRowThatLeftTheListKeepsItsLink(t *testing.T) {
	t.Parallel()
	j := begin(t, "gone@x.example", "failed@x.example", "stays@x.example")
	settle(t, j, "gone@x.example", batch.Invited, "")
	settle(t, j, "failed@x.example", batch.Failed, "GroupAddress")
	settle(t, j, "stays@x.example", batch.Invited, "")
	load(t, j, "new@x.example", "stays@x.example")
	assert.Equal(t, "records", stands(t, j), []string{
		"2 new@x.example pending", "3 stays@x.example invited", "0 gone@x.example invited",
	})
	for r, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Line == 0 {
			assert.Equal(t, "link", r.Outcome.RedeemURL.Reveal(), "https://login.example/redeem?gone@x.example")
			assert.Equal(t, "cells", r.Cells, []string{"gone@x.example", "Mo"})
		}
	}
	load(t, j, "gone@x.example")
	assert.Equal(t, "back again", stands(t, j), []string{"2 gone@x.example invited", "0 stays@x.example invited"})
}

// Who was corrected in the results is known by the run that sent them from there.
func TestWhoWasSentFromTheResultsAlone(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example", "b@x.example", "c@x.example")
	for run, sent := range map[string][]string{"list.csv": {"a@x.example", "b@x.example"}, "list.results.xlsx": {"b@x.example", "c@x.example"}} {
		if err := j.Begin(t.Context(), batch.RunFacts{List: run}, nil); err != nil {
			t.Fatal(err)
		}
		for _, address := range sent {
			settle(t, j, address, batch.Failed, "BadRequest")
		}
	}
	got, err := j.SentFrom(t.Context(), func(list string) bool { return list == "list.results.xlsx" })
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "sent from there alone", got, map[string]bool{"c@x.example": true})
	none, err := j.SentFrom(t.Context(), func(string) bool { return false })
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "from none", len(none), 0)
}

func TestDepartedRowKeepsItsAddressUnderAnotherHeading(t *testing.T) {
	t.Parallel()
	j := begin(t, "gone@x.example")
	settle(t, j, "gone@x.example", batch.Invited, "")
	header := batch.Header{Columns: []string{"Company", "Mail"}, Fields: map[batch.Field]int{batch.Email: 1}}
	row := batch.Row{Line: 2, Cells: []string{"Fabrikam", "new@x.example"}}
	step := new(batch.Plan).Add(judge.Row(header, judge.Defaults{RedirectURL: "https://example.com"}, row))
	if err := j.Import(t.Context(), header, all([]batch.Step{step})); err != nil {
		t.Fatal(err)
	}
	for r, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Line == 0 {
			assert.Equal(t, "cells", r.Cells, []string{"", "gone@x.example"})
		}
	}
}

func TestManyDepartedRowsArePaged(t *testing.T) {
	t.Parallel()
	need.Time(t, "2,500 rows are written to a journal")
	const rows = 2500
	addresses := make([]string, rows)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("p%04d@x.example", i)
	}
	j := begin(t, addresses...)
	var group sync.WaitGroup
	for _, a := range addresses {
		group.Go(func() { settle(t, j, a, batch.Invited, "") })
	}
	group.Wait()
	load(t, j, "other@x.example")
	assert.Equal(t, "records", len(stands(t, j)), rows+1)
}

func TestFailedRowIsPendingOnceCorrected(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example")
	id, err := j.Intend(t.Context(), batch.Intent{Address: "a@x.example", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Settle(t.Context(), id, batch.Outcome{Address: "a@x.example", Status: batch.Failed, ErrorCode: "X", Fingerprint: 1}); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "records", stands(t, j), []string{"2 a@x.example pending"})
}

// TestRecordsHaveTheRequestIDsThatSupportAsksFor settles one row after a second
// request, and leaves one open.
func TestRecordsHaveTheRequestIDsThatSupportAsksFor(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example", "b@x.example")
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for _, address := range []string{"a@x.example", "b@x.example"} {
		id, err := j.Intend(t.Context(), batch.Intent{Address: address, At: at, ClientRequestID: "intent of " + address})
		if err != nil {
			t.Fatal(err)
		}
		if address == "b@x.example" {
			continue
		}
		err = j.Settle(t.Context(), id, batch.Outcome{
			Address: address, Status: batch.Invited, At: at.Add(time.Second), RequestID: "graph's", ClientRequestID: "second of a",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var got [][]any
	for r, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, []any{r.Outcome.Status, r.Outcome.At, r.Outcome.RequestID, r.Outcome.ClientRequestID})
	}
	assert.Equal(t, "records", got, [][]any{
		{batch.Invited, at.Add(time.Second), "graph's", "second of a"},
		{batch.Unconfirmed, time.Time{}, "", "intent of b@x.example"},
	})
}

// TestReadingsOfTheDirectory records what the tenant has people as, in two runs.
func TestReadingsOfTheDirectory(t *testing.T) {
	t.Parallel()
	j := begin(t, "new@x.example", "invited@x.example", "failed@x.example", "open@x.example")
	settle(t, j, "invited@x.example", batch.Invited, "")
	settle(t, j, "failed@x.example", batch.Failed, "AlreadyInDirectory")
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "open@x.example", Mail: true, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	rows := []string{"new@x.example", "invited@x.example", "failed@x.example", "open@x.example"}
	for run, kind := range []batch.ExistingKind{batch.ExistingPending, batch.ExistingAccepted} {
		for _, address := range rows {
			err := j.Settle(t.Context(), 0, batch.Outcome{
				Address: address, Status: batch.Existing, Existing: kind, UserID: "id of " + address, At: first.Add(time.Duration(run) * time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var got [][]any
	for r, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		o := r.Outcome
		got = append(got, []any{o.Address, o.Status, o.Existing, o.UserID})
		if o.Status == batch.Existing {
			assert.Equal(t, "when it was read", o.At, first.Add(time.Hour))
		}
		assert.Equal(t, "link", o.RedeemURL.IsZero(), o.Status != batch.Invited)
	}
	assert.Equal(t, "records", got, [][]any{
		{"new@x.example", batch.Existing, batch.ExistingAccepted, "id of new@x.example"},
		{"invited@x.example", batch.Invited, batch.ExistingKind(""), ""},
		{"failed@x.example", batch.Existing, batch.ExistingAccepted, "id of failed@x.example"},
		{"open@x.example", batch.Unconfirmed, batch.ExistingKind(""), ""},
	})
	assert.Equal(t, "plan", planned(t.Context(), t, j, rows), []batch.Action{batch.Skip, batch.Skip, batch.Skip, batch.LookUp})
	load(t, j, "another@x.example") // existing persons were not sent anything, so they leave with their row
	assert.Equal(t, "after they left the list", stands(t, j), []string{
		"2 another@x.example pending", "0 invited@x.example invited", "0 open@x.example unconfirmed NoAnswer",
	})
}

// TestReadingsDoNotPileUp reads the directory many times: one row a person is kept.
// TestGuestsWereInvitedWhenTheRequestLeft: in Graph's clock, also where a look-up proved it,
// which is stamped with the clock of this machine.
func TestGuestsWereInvitedWhenTheRequestLeft(t *testing.T) {
	t.Parallel()
	j := begin(t, anna, per)
	ours := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	graphs := ours.Add(48 * time.Hour)
	if _, err := j.Intend(t.Context(), batch.Intent{Address: anna, Mail: true, At: graphs}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{anna, per} {
		o := batch.Outcome{Address: address, Status: batch.Invited, UserID: "of " + address, At: ours}
		if err := j.Settle(t.Context(), 0, o); err != nil {
			t.Fatal(err)
		}
	}
	guests, err := j.Guests(t.Context(), 0)
	assert.Equal(t, "guests", []any{guests, err}, []any{map[string]journal.Guest{
		anna: {Address: anna, UserID: "of " + anna, Invited: graphs},
		per:  {Address: per, UserID: "of " + per, Invited: ours}, // no request of ours is known
	}, error(nil)})
}

func TestReadingsDoNotPileUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	load(t, j, guests("guest", 3)...)
	for range 5 {
		for _, address := range guests("guest", 3) {
			if err := j.Settle(t.Context(), 0, batch.Outcome{Address: address, Status: batch.Existing, Existing: batch.ExistingMember}); err != nil {
				t.Fatal(err)
			}
		}
	}
	shut(t, j)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var attempts int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM attempt").Scan(&attempts); err != nil || attempts != 3 {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}

// TestHistoryKnowsWhatWouldFailAgain: a retry leaves such rows alone.
func TestHistoryKnowsWhatWouldFailAgain(t *testing.T) {
	t.Parallel()
	j := begin(t, "group@x.example", "later@x.example", "invited@x.example")
	settle(t, j, "group@x.example", batch.Failed, "GroupAddress")
	settle(t, j, "later@x.example", batch.Failed, "GroupAddress")
	settle(t, j, "later@x.example", batch.Failed, "DomainNotAllowed")
	settle(t, j, "invited@x.example", batch.Failed, "GroupAddress")
	settle(t, j, "invited@x.example", batch.Invited, "")
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{"group@x.example": true, "later@x.example": false, "invited@x.example": false} {
		assert.Equal(t, address, history.Get(address).Final, want)
	}
}

// Which failed rows have an account that is theirs is known to the next run.
func TestHistoryKnowsInvitationsWithErrors(t *testing.T) {
	t.Parallel()
	j := begin(t, "made@x.example", "refused@x.example", "invited@x.example")
	settle(t, j, "made@x.example", batch.Failed, batch.CodeInvitationError)
	settle(t, j, "refused@x.example", batch.Failed, batch.CodeInvitationError)
	settle(t, j, "refused@x.example", batch.Failed, "GroupAddress")
	settle(t, j, "invited@x.example", batch.Failed, batch.CodeInvitationError)
	settle(t, j, "invited@x.example", batch.Invited, "")
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{"made@x.example": true, "refused@x.example": false, "invited@x.example": false} {
		assert.Equal(t, address, history.Get(address).Made, want)
	}
}

// Which rows met a refusal that was not decided on is known to the next run.
func TestHistoryKnowsUndecidedRefusals(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	settle(t, j, "undecided@x.example", batch.Pending, "Forbidden")
	settle(t, j, "nothing@x.example", batch.Pending, "")
	settle(t, j, "unanswered@x.example", batch.Pending, batch.CodeNoAnswer)
	settle(t, j, "failed@x.example", batch.Pending, "Forbidden")
	settle(t, j, "failed@x.example", batch.Failed, "Forbidden")
	settle(t, j, "invited@x.example", batch.Pending, "Forbidden")
	settle(t, j, "invited@x.example", batch.Invited, "")
	shut(t, j)
	j = open(t, path, sandbox)
	defer shut(t, j)
	history, err := j.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"undecided", "nothing", "unanswered", "failed", "invited"} {
		assert.Equal(t, who, history.Get(who+"@x.example").Refused, who == "undecided")
	}
}

// TestAnAnswerThatComesAfterALookUpKeepsItsLink settles requests after a look-up has found the
// guest: their answers were kept elsewhere while the database could not be reached.
func TestAnAnswerThatComesAfterALookUpKeepsItsLink(t *testing.T) {
	t.Parallel()
	const address, lateID = "a@x.example", "id of the late answer"
	outcome := func(link, id string) batch.Outcome {
		return batch.Outcome{Address: address, Status: batch.Invited, RedeemURL: secret.New(link), UserID: id, At: time.Now()}
	}
	lookedUp := outcome("", lateID)
	lookedUp.Advice = "the answer with the link never came"
	another := lookedUp
	another.UserID = "another"
	answer, later, withoutLink := outcome("https://late.example", lateID), outcome("https://later.example", lateID), outcome("", lateID)
	for what, c := range map[string]struct {
		between []batch.Outcome // of requests after the one whose answer comes late
		open    bool            // one of them is never answered
		alone   []batch.Outcome // without a request
		link    string
		state   batch.LinkState
	}{
		"looked up":              {alone: []batch.Outcome{lookedUp}, link: "https://late.example", state: batch.LinkLive},
		"looked up twice":        {alone: []batch.Outcome{lookedUp, lookedUp}, link: "https://late.example", state: batch.LinkLive},
		"another account":        {alone: []batch.Outcome{another}, state: batch.LinkMissing},
		"a later link":           {between: []batch.Outcome{later}, alone: []batch.Outcome{lookedUp}, link: "https://later.example", state: batch.LinkLive},
		"a later answer without": {between: []batch.Outcome{withoutLink}, alone: []batch.Outcome{lookedUp}, state: batch.LinkMissing},
		"a later request, open":  {open: true, alone: []batch.Outcome{lookedUp}, state: batch.LinkMissing},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			j := begin(t, address)
			intend := func() int64 {
				t.Helper()
				id, err := j.Intend(t.Context(), batch.Intent{Address: address, Mail: true, At: time.Now()})
				if err != nil {
					t.Fatal(err)
				}
				return id
			}
			settle := func(id int64, o batch.Outcome) {
				t.Helper()
				if err := j.Settle(t.Context(), id, o); err != nil {
					t.Fatal(err)
				}
			}
			late := intend()
			for _, o := range c.between {
				settle(intend(), o)
			}
			if c.open {
				intend()
			}
			for _, o := range c.alone {
				settle(0, o)
			}
			for range 2 { // the same answer may be taken in twice
				settle(late, answer)
			}
			for r, err := range j.Records(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				assert.Equal(t, "link", r.Outcome.RedeemURL.Reveal(), c.link)
				assert.Equal(t, "state", r.Outcome.LinkState(), c.state)
				assert.Equal(t, "advice of the look-up", r.Outcome.Advice != "", c.link == "")
			}
			var guests []journal.Invited
			err := j.Invitations(t.Context(), 0, func(g journal.Invited) { guests = append(guests, g) })
			if err != nil || len(guests) != 1 {
				t.Fatalf("%d guests: %v", len(guests), err)
			}
			if c.link != "" {
				assert.Equal(t, "link of the guest", guests[0].Link.Reveal(), c.link)
				assert.Equal(t, "mails", guests[0].Mails, 1+len(c.between))
			}
			emailed, err := j.Emailed(t.Context())
			if is, _ := emailed.Get(address); err != nil || !is {
				t.Errorf("not emailed: %v", err)
			}
		})
	}
}

// TestALateAnswerOfASecondAddress is one of a guest who was invited by another address before.
func TestALateAnswerOfASecondAddress(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example", "b@x.example")
	invited := func(address, link string) batch.Outcome {
		return batch.Outcome{Address: address, Status: batch.Invited, RedeemURL: secret.New(link), UserID: "id", At: time.Now()}
	}
	for _, address := range []string{"a@x.example", "b@x.example"} {
		id, err := j.Intend(t.Context(), batch.Intent{Address: address, At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if address == "a@x.example" {
			err = j.Settle(t.Context(), id, invited(address, "https://a.example"))
		} else {
			err = errors.Join(j.Settle(t.Context(), 0, invited(address, "")), j.Settle(t.Context(), id, invited(address, "https://b.example")))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	assert.Equal(t, "records", stands(t, j), []string{"2 a@x.example duplicate SameGuest", "3 b@x.example invited"})
}
