package send

import (
	"math/rand/v2"
	"time"
)

// The waits between attempts where Graph names none.
const (
	firstBackoff = time.Second
	maxBackoff   = time.Minute
)

// backoff is how long to wait after so many failed attempts: doubling from one
// second, a minute at most, and shortened by up to half at random, so that rows
// that failed together do not come back together.
func backoff(attempts int) time.Duration {
	d := maxBackoff
	if attempts < 7 { // 2^6 s is past the cap
		d = min(maxBackoff, firstBackoff<<max(0, attempts-1))
	}
	return d/2 + rand.N(d/2) //nolint:gosec // jitter needs no cryptographic randomness
}
