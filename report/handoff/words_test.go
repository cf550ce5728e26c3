package handoff

import (
	"slices"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/secret"
)

// Whatever a package says of a guest is a word of the results or one of Words.
func TestEveryStatusOfAPackageIsExplained(t *testing.T) {
	var known []string
	for _, s := range batch.Statuses() {
		known = append(known, string(s))
	}
	for _, s := range batch.GuestStates() {
		known = append(known, string(s))
	}
	for _, w := range Words() {
		known = append(known, strings.ToLower(w.Name))
	}
	check := func(rec batch.Record) {
		t.Helper()
		said, _ := statusText(rec)
		said, _, _ = strings.Cut(said, " as of ")
		if !slices.Contains(known, strings.ToLower(said)) {
			t.Errorf("%q is not explained", said)
		}
	}
	for _, status := range batch.Statuses() {
		check(batch.Record{Line: 2, Outcome: batch.Outcome{Status: status}})
	}
	for _, kind := range batch.ExistingKinds() {
		check(batch.Record{Line: 2, Outcome: batch.Outcome{Status: batch.Existing, Existing: kind}})
	}
	for _, state := range batch.GuestStates() {
		for _, superseded := range []batch.LinkState{"", batch.LinkUncertain, batch.LinkReplaced} {
			for _, link := range []string{"", "https://login.microsoftonline.com/redeem?rd=1"} {
				rec := batch.Record{Outcome: batch.Outcome{Status: batch.Invited, Superseded: superseded, RedeemURL: secret.New(link)}, Guest: batch.GuestReading{State: state}}
				check(rec)
				rec.Line = 2
				check(rec)
			}
		}
	}
}
