package graph

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps how long one answer may hold a run back. Reports know
// waits of minutes; a day would be a fault.
const maxRetryAfter = time.Hour

// retryAfter reads the header in its three forms: whole seconds, fractions
// (older Graph samples show 2.128) and an HTTP date, which is compared with the
// answer's own Date. It gives whole seconds, 1 s to [maxRetryAfter], and zero
// when there is no readable value.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil {
		date, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		seconds = date.Sub(now).Seconds()
	}
	if math.IsNaN(seconds) {
		return 0
	}
	seconds = min(max(1, math.Ceil(seconds)), maxRetryAfter.Seconds())
	return time.Duration(seconds) * time.Second
}
