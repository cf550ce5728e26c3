package session

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// Where an earlier run left a row open, its request may have created the guest: they are not
// taken for one who was there before.
func TestRequestsOfEarlierRunsMayHaveCreatedTheGuest(t *testing.T) {
	begun := time.Date(2026, 11, 9, 8, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct{ open, want time.Time }{
		"a new row":                 {time.Time{}, begun},
		"open since an earlier run": {begun.Add(-time.Hour), begun.Add(-time.Hour)},
		"open since this one":       {begun.Add(time.Second), begun},
	} {
		assert.Equal(t, name, firstAsked(batch.Step{Open: test.open}, begun), test.want)
	}
}
