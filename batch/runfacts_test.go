package batch

import (
	"fmt"
	"testing"
	"time"

	"guestlist/internal/assert"
)

var noon = time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)

func TestRateAchieved(t *testing.T) {
	tests := map[string]struct {
		lasted time.Duration
		sent   int
	}{
		"":                    {0, 12},
		"4.9 rows a second":   {367 * time.Second, 1800},
		"30 rows a second":    {100 * time.Second, 3001},
		"1,235 rows a second": {10 * time.Second, 12_345},
		"0.5 rows a minute":   {2 * time.Minute, 1},
	}
	for want, test := range tests {
		s := RunFacts{Started: noon, Ended: noon.Add(test.lasted), Totals: RunTotals{Sent: test.sent}}
		assert.Equal(t, fmt.Sprint(test), s.achieved(), want)
	}
	assert.Equal(t, "a run that has not ended", RunFacts{Started: noon, Totals: RunTotals{Sent: 5}}.achieved(), "")
}

func TestFactsThatAreNotKnownAreLeftOut(t *testing.T) {
	var names []string
	for _, f := range (RunFacts{Ended: noon, Rate: "0"}).Facts() {
		names = append(names, f.Name+": "+f.Text)
	}
	assert.Equal(t, "facts", names, []string{
		"Ended: ", "Rate limit: unlimited", "Rows answered in this run: 0", "HTTP requests: 0", "of them throttled (429): 0",
	})
}

func TestFactsNameWhoSignedInToWhichTenant(t *testing.T) {
	said := make(map[string]string)
	for _, f := range (RunFacts{Operator: "mo@pc", SignedInAs: "mo@contoso.com", Tenant: "7b5a", TenantName: "Contoso"}).Facts() {
		said[f.Name] = f.Text
	}
	for name, want := range map[string]string{"Run by": "mo@pc", "Signed in as": "mo@contoso.com", "Tenant": "7b5a", "Tenant name": "Contoso"} {
		assert.Equal(t, name, said[name], want)
	}
}
