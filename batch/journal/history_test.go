package journal_test

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
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
		"never answered":       {open: []batch.Intent{intend(false)}, want: batch.AddressHistory{Open: at.UnixNano()}},
		"a mail, no answer":    {open: []batch.Intent{intend(false), intend(true)}, want: batch.AddressHistory{Open: at.UnixNano(), Mailed: at.UnixNano()}},
		"the guest is absent":  {open: []batch.Intent{intend(true)}, alone: []batch.Outcome{{Status: batch.Pending}}},
		"the guest is there":   {open: []batch.Intent{intend(true)}, alone: []batch.Outcome{{Status: batch.Invited}}, want: batch.AddressHistory{Status: batch.Invited}},
		"invited":              {settled: []batch.Outcome{{Status: batch.Invited}}, want: batch.AddressHistory{Status: batch.Invited}},
		"failed":               {settled: []batch.Outcome{{Status: batch.Failed, Fingerprint: 1 << 63}}, want: batch.AddressHistory{Status: batch.Failed, Fingerprint: 1 << 63}},
		"failed, then invited": {settled: []batch.Outcome{{Status: batch.Failed}, {Status: batch.Invited}}, want: batch.AddressHistory{Status: batch.Invited}},
		"the tenant said stop": {
			open: []batch.Intent{intend(true)}, settled: []batch.Outcome{{Status: batch.Pending}},
			want: batch.AddressHistory{Open: at.UnixNano(), Mailed: at.UnixNano()},
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
			history, err := j.History(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "past", history.Get(address), c.want)
		})
	}
}
