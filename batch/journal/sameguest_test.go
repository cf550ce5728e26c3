package journal_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// The addresses of a list in which two are of one person.
const (
	anna    = "sameid1@fabrikam.example"
	annaToo = "sameid2@fabrikam.example"
	per     = "ok@fabrikam.example"
	annaID  = "11111111-0000-4000-8000-000000000001"
)

// play lets requests leave and answers arrive: ">a" is the intent for the address that
// is called a, "<a" its answer, "=a" what a look-up proved for it. All addresses whose
// names begin alike are one guest. "?a" is what a look-up proved in the run that sent it;
// "!a" says that a's person was there before, and that the answer never came.
func play(t *testing.T, j *journal.Journal, addresses map[string]string, events string) {
	t.Helper()
	intents := make(map[string]int64)
	for at, event := range strings.Fields(events) {
		name := event[1:]
		address := addresses[name]
		o := batch.Outcome{
			Address: address, Status: batch.Invited, UserID: "guest " + name[:1], InvitationStatus: "PendingAcceptance",
			RedeemURL: secret.New(fmt.Sprintf("https://login.example/redeem?%s%d", name, at)),
			// Clocks prove nothing: this one goes backwards.
			At: time.Now().Add(time.Duration(-at) * time.Hour),
		}
		var err error
		switch event[0] {
		case '>':
			intents[name], err = j.Intend(t.Context(), batch.Intent{Address: address, Mail: true, At: time.Now().Add(time.Duration(-at) * time.Hour)})
		case '<':
			err = j.Settle(t.Context(), intents[name], o)
		case '=':
			o.RedeemURL = secret.Text{}
			err = j.Settle(t.Context(), 0, o)
		case '?':
			o.RedeemURL = secret.Text{}
			err = j.Settle(t.Context(), intents[name], o)
		case '!':
			o.Status, o.Existing, o.ErrorCode, o.RedeemURL = batch.Existing, batch.ExistingPending, batch.CodeNoAnswer, secret.Text{}
			err = j.Settle(t.Context(), intents[name], o)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// links tells where each row stands and what its link is worth.
func links(t *testing.T, j *journal.Journal) (lines []string) {
	t.Helper()
	for r, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(r.Outcome.Address, "@")
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", r.Line, name, r.Outcome.Status, r.Outcome.LinkState())))
	}
	return lines
}

func TestOneGuestHasOneLiveLink(t *testing.T) {
	for name, c := range map[string]struct {
		events string
		want   []string
	}{
		"one after the other":      {">a1 <a1 >a2 <a2 >b1 <b1", []string{"2 a1 duplicate replaced", "3 a2 invited live", "4 a3 pending", "5 b1 invited live"}},
		"the second row first":     {">a2 <a2 >a1 <a1", []string{"2 a1 invited live", "3 a2 duplicate replaced", "4 a3 pending", "5 b1 pending"}},
		"again, and no answer":     {">a1 <a1 >a2 !a2", []string{"2 a1 invited uncertain", "3 a2 existing", "4 a3 pending", "5 b1 pending"}},
		"and then once more":       {">a1 <a1 >a2 !a2 >a3 <a3", []string{"2 a1 duplicate replaced", "3 a2 existing", "4 a3 invited live", "5 b1 pending"}},
		"no answer before":         {">a2 !a2 >a1 <a1", []string{"2 a1 invited live", "3 a2 existing", "4 a3 pending", "5 b1 pending"}},
		"of another guest":         {">a1 <a1 >b1 !b1", []string{"2 a1 invited live", "3 a2 pending", "4 a3 pending", "5 b1 existing"}},
		"at the same time":         {">a1 >a2 <a1 <a2", []string{"2 a1 invited uncertain", "3 a2 invited uncertain", "4 a3 pending", "5 b1 pending"}},
		"one within the other":     {">a1 >a2 <a2 <a1", []string{"2 a1 invited uncertain", "3 a2 invited uncertain", "4 a3 pending", "5 b1 pending"}},
		"one, then two at a time":  {">a1 <a1 >a2 >a3 <a3 <a2", []string{"2 a1 duplicate replaced", "3 a2 invited uncertain", "4 a3 invited uncertain", "5 b1 pending"}},
		"two at a time, then one":  {">a1 >a2 <a1 <a2 >a3 <a3", []string{"2 a1 duplicate replaced", "3 a2 duplicate replaced", "4 a3 invited live", "5 b1 pending"}},
		"a chain of overlaps":      {">a1 >a2 <a1 >a3 <a2 <a3", []string{"2 a1 duplicate replaced", "3 a2 invited uncertain", "4 a3 invited uncertain", "5 b1 pending"}},
		"the first one, once more": {">a1 <a1 >a2 <a2 >a1 <a1", []string{"2 a1 invited live", "3 a2 duplicate replaced", "4 a3 pending", "5 b1 pending"}},
		"the same address again":   {">a1 <a1 >a1 <a1", []string{"2 a1 invited live", "3 a2 pending", "4 a3 pending", "5 b1 pending"}},
		// The answer to a2 was lost, and a look-up shows the guest: whether because of that
		// request, or because a1 was invited a moment before, is not known.
		"found in the directory":       {">a1 <a1 >a2 =a2", []string{"2 a1 invited uncertain", "3 a2 invited missing", "4 a3 pending", "5 b1 pending"}},
		"found in the same run":        {">a1 <a1 >a2 ?a2", []string{"2 a1 invited uncertain", "3 a2 invited missing", "4 a3 pending", "5 b1 pending"}},
		"found, and sent before":       {">a2 >a1 <a1 =a2", []string{"2 a1 invited uncertain", "3 a2 invited missing", "4 a3 pending", "5 b1 pending"}},
		"found, and known before":      {">a2 =a2 >a1 <a1", []string{"2 a1 invited live", "3 a2 duplicate", "4 a3 pending", "5 b1 pending"}},
		"found without a request":      {">a1 <a1 =a2", []string{"2 a1 invited uncertain", "3 a2 invited missing", "4 a3 pending", "5 b1 pending"}},
		"invited again, and no answer": {">a1 <a1 >a1", []string{"2 a1 invited uncertain", "3 a2 pending", "4 a3 pending", "5 b1 pending"}},
	} {
		t.Run(name, func(t *testing.T) {
			addresses := map[string]string{"a1": "a1@x.example", "a2": "a2@x.example", "a3": "a3@x.example", "b1": "b1@x.example"}
			list := []string{addresses["a1"], addresses["a2"], addresses["a3"], addresses["b1"]}
			j := begin(t, list...)
			play(t, j, addresses, c.events)
			assert.Equal(t, "rows", links(t, j), c.want)
			history, err := j.History(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			planned, shown := make(batch.Counts), make(batch.Counts)
			for _, step := range plan(history, list) {
				planned[step.Status]++
				if step.Status != batch.Pending && step.Action != batch.Skip {
					t.Errorf("%s is sent again", step.Address)
				}
			}
			for r, err := range j.Records(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				shown[r.Outcome.Status]++
			}
			assert.Equal(t, "the plan counts as the results do", planned, shown)
		})
	}
}

// TestRowsOfTheSameGuestNameEachOther has the texts of the workbook.
func TestRowsOfTheSameGuestNameEachOther(t *testing.T) {
	t.Parallel()
	addresses := map[string]string{"a1": anna, "a2": annaToo, "p1": per}
	outcome := func(j *journal.Journal, address string) batch.Outcome {
		t.Helper()
		for r, err := range j.Records(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome.Address == address {
				return r.Outcome
			}
		}
		t.Fatalf("no row of %s", address)
		return batch.Outcome{}
	}

	j := begin(t, anna, annaToo, per)
	play(t, j, addresses, ">a1 <a1 >a2 <a2")
	o := outcome(j, anna)
	assert.Equal(t, "error", []string{o.ErrorCode, o.Error, o.Advice},
		[]string{batch.CodeSameGuest, "This is the same guest as row 3.", batch.Advice(batch.CodeSameGuest)})
	assert.Equal(t, "what is kept", []any{o.RedeemURL.Reveal(), o.UserID, o.Sent()}, []any{"https://login.example/redeem?a11", "guest a", true})
	o = outcome(j, annaToo)
	assert.Equal(t, "the other row", []string{o.ErrorCode, o.Error, o.Advice}, []string{"", "", ""})

	load(t, j, anna, per) // the row with the link that works leaves the list
	assert.Equal(t, "rows", links(t, j), []string{"2 sameid1 duplicate replaced", "3 ok pending", "0 sameid2 invited live"})
	assert.Equal(t, "error", outcome(j, anna).Error, "This is the same guest as "+annaToo+", whose row is no longer in the list.")
	load(t, j, annaToo)
	assert.Equal(t, "what was sent stays", links(t, j), []string{"2 sameid2 invited live", "0 sameid1 duplicate replaced"})

	j = begin(t, annaToo, annaToo, anna)
	play(t, j, addresses, ">a1 >a2 <a1 <a2")
	const why = "This is the same guest as row %d, and both were invited at the same time: which of the two links works is not known, so neither is handed out."
	assert.Equal(t, "advice", outcome(j, anna).Advice, fmt.Sprintf(why, 2))
	assert.Equal(t, "advice", outcome(j, annaToo).Advice, fmt.Sprintf(why, 4))
	assert.Equal(t, "the repeated address", links(t, j), []string{"2 sameid2 invited uncertain", "3 sameid2 duplicate", "4 sameid1 invited uncertain"})
}

// TestAnOtherUserIDIsAnotherGuest: an account that was deleted and made anew has
// another id.
func TestAnOtherUserIDIsAnotherGuest(t *testing.T) {
	t.Parallel()
	addresses := map[string]string{"a1": anna, "a2": annaToo, "b1": anna, "b2": annaToo}
	j := begin(t, anna, annaToo)
	play(t, j, addresses, ">a1 <a1 >a2 <a2 >b1 <b1")
	assert.Equal(t, "rows", links(t, j), []string{"2 sameid1 invited live", "3 sameid2 invited live"})

	// What was done to the first account stays in doubt.
	for _, events := range []string{">a1 <a1 >a2 !a2 >b2 <b2", ">a1 >a2 <a1 <a2 >b2 <b2"} {
		j = begin(t, anna, annaToo)
		play(t, j, addresses, events)
		assert.Equal(t, events, links(t, j), []string{"2 sameid1 invited uncertain", "3 sameid2 invited live"})
	}

	j = begin(t, anna, annaToo)
	for _, address := range []string{anna, annaToo} { // answers without a user id
		settle(t, j, address, batch.Invited, "")
	}
	assert.Equal(t, "no id", links(t, j), []string{"2 sameid1 invited live", "3 sameid2 invited live"})
}

// TestTheNewestAccountOfAnAddressCounts: both addresses of a guest were invited at the same
// time, the guest was deleted, and both were invited again.
func TestTheNewestAccountOfAnAddressCounts(t *testing.T) {
	t.Parallel()
	addresses := map[string]string{"a1": anna, "a2": annaToo, "b1": anna, "b2": annaToo}
	for range 8 { // what is decided for the old account must not win by chance
		j := begin(t, anna, annaToo)
		play(t, j, addresses, ">a1 >a2 <a1 <a2 >b1 <b1 >b2 <b2")
		assert.Equal(t, "rows", links(t, j), []string{"2 sameid1 duplicate replaced", "3 sameid2 invited live"})
	}
}

// TestRestoredLinksStayAsTheyWere takes over what a workbook says of its links.
func TestRestoredLinksStayAsTheyWere(t *testing.T) {
	link := func(s string) secret.Text { return secret.New("https://login.example/redeem?" + s) }
	replaced := batch.Outcome{Address: anna, Status: batch.Duplicate, ErrorCode: batch.CodeSameGuest, Error: "This is the same guest as row 3.", RedeemURL: link("1"), UserID: annaID}
	live := batch.Outcome{Address: annaToo, Status: batch.Invited, RedeemURL: link("2"), UserID: annaID, At: time.Now()}
	uncertain := func(o batch.Outcome) batch.Outcome {
		o.Status, o.ErrorCode, o.Error, o.Superseded = batch.Invited, "", "", batch.LinkUncertain
		return o
	}
	alone := uncertain(live)
	alone.UserID = "someone else"
	for name, c := range map[string]struct {
		rows []batch.Outcome
		want []string
	}{
		"replaced and live": {[]batch.Outcome{replaced, live}, []string{"2 sameid1 duplicate replaced", "3 sameid2 invited live"}},
		"live and replaced": {[]batch.Outcome{live, replaced}, []string{"2 sameid1 duplicate replaced", "3 sameid2 invited live"}},
		"both uncertain":    {[]batch.Outcome{uncertain(replaced), uncertain(live)}, []string{"2 sameid1 invited uncertain", "3 sameid2 invited uncertain"}},
		"one uncertain":     {[]batch.Outcome{alone}, []string{"2 sameid1 pending", "3 sameid2 invited uncertain"}},
		// A workbook of an earlier version does not say which link works.
		"both live": {[]batch.Outcome{live, {Address: anna, Status: batch.Invited, RedeemURL: link("1"), UserID: annaID, At: time.Now()}}, []string{"2 sameid1 invited uncertain", "3 sameid2 invited uncertain"}},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, filepath.Join(t.TempDir(), "list.journal.db"), sandbox)
			defer shut(t, j)
			var rows []journal.Earlier
			for _, o := range c.rows {
				rows = append(rows, journal.Earlier{Record: batch.Record{Cells: []string{o.Address}, Outcome: o}, Columns: []string{"Email"}})
			}
			if err := j.Restore(t.Context(), all(rows)); err != nil {
				t.Fatal(err)
			}
			if name == "live and replaced" {
				load(t, j, annaToo)
				assert.Equal(t, "without the row", links(t, j), []string{"2 sameid2 invited live", "0 sameid1 duplicate replaced"})
			}
			load(t, j, anna, annaToo)
			assert.Equal(t, "rows", links(t, j), c.want)
		})
	}

	j := open(t, filepath.Join(t.TempDir(), "list.journal.db"), sandbox)
	defer shut(t, j)
	live.UserID = "guest a"
	if err := j.Restore(t.Context(), all([]journal.Earlier{{Record: batch.Record{Outcome: live}}})); err != nil {
		t.Fatal(err)
	}
	load(t, j, anna, annaToo)
	play(t, j, map[string]string{"a1": anna}, ">a1 <a1")
	assert.Equal(t, "then invited by another address", links(t, j), []string{"2 sameid1 invited live", "3 sameid2 duplicate replaced"})
}
