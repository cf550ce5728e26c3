package send

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxRate bounds the requests of one window, since the limiter remembers them.
const maxRate = 1_000_000

// Rate is how many requests may leave in any window of time. The zero Rate is
// unlimited.
type Rate struct {
	Requests int
	Per      time.Duration
	// Auto says that the rate begins lower and climbs to this one, see [Climb].
	Auto bool
}

// auto is how people write [AutoRate].
const auto = "auto"

// AutoRate climbs from 5 requests a second to 24: 80 % of what Microsoft admits to a tenant,
// which leaves the tenant's other apps something.
func AutoRate() Rate { return Rate{Requests: maxPerSecond, Per: time.Second, Auto: true} }

// ParseRate reads "auto", "150/5s", "2/1s" or "30/1m"; "0" is unlimited. A duration
// without a number means one: "5/s".
func ParseRate(text string) (Rate, error) {
	switch text {
	case auto:
		return AutoRate(), nil
	case "0":
		return Rate{}, nil
	}
	count, per, ok := strings.Cut(text, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if !ok || err != nil || n < 1 || n > maxRate {
		return Rate{}, errRate(text)
	}
	per = strings.TrimSpace(per)
	if per != "" && (per[0] < '0' || per[0] > '9') {
		per = "1" + per
	}
	d, err := time.ParseDuration(per)
	if err != nil || d < time.Millisecond || d > 24*time.Hour {
		return Rate{}, errRate(text)
	}
	return Rate{Requests: n, Per: d}, nil
}

func errRate(text string) error {
	return fmt.Errorf("%q is no rate: write auto, requests/duration such as 5/1s, 150/5s or 30/1m, or 0 for unlimited", text)
}

// String gives the form that [ParseRate] reads.
func (r Rate) String() string {
	switch {
	case r.Auto:
		return auto
	case r.Requests == 0:
		return "0"
	}
	per := r.Per.String()
	if strings.HasSuffix(per, "m0s") {
		per = strings.TrimSuffix(per, "0s")
	}
	if strings.HasSuffix(per, "h0m") {
		per = strings.TrimSuffix(per, "0m")
	}
	return fmt.Sprintf("%d/%s", r.Requests, per)
}

// Duration is how long n requests take at this rate, 0 when it is unlimited.
func (r Rate) Duration(n int) time.Duration {
	if r.Auto {
		return firstClimb().Duration(n)
	}
	return time.Duration(n) * r.interval()
}

// Over tells at which rate n requests leave: as [Rate.String], or how far it climbs.
func (r Rate) Over(n int) string {
	if !r.Auto {
		return r.String()
	}
	reached, _ := firstClimb().after(n - 1) // the last one leaves at the step before
	return reached.String()
}

// interval spaces requests a little wider than asked: at exactly the quota's
// edge a server that counts thrown-back requests, too, locks in at half of it,
// and answers and clocks jitter. 1.2 % (60 ms in a window of 5 s) fills 98.8 %
// and loses none.
func (r Rate) interval() time.Duration {
	if r.Requests == 0 {
		return 0
	}
	return (r.Per + r.Per*12/1000) / time.Duration(r.Requests)
}

// How the rate of [AutoRate] climbs. A tenant that is new to this, or has limits of its own,
// is met slowly: what Microsoft finds suspicious is written nowhere, and a tenant that it has
// blocked needs a support case.
const (
	minPerSecond  = 5
	stepPerSecond = 5
	maxPerSecond  = 24
	// stepSeconds is how long the rate stays the same, in what it admits meanwhile: a
	// hundred guests at first.
	stepSeconds = 20
)

// Climb is how far [AutoRate] has come. The zero Climb is that of another rate.
type Climb struct {
	// PerSecond is how many requests are admitted in a second.
	PerSecond int
	// Invited is how many guests were invited at that rate since it began, or since a
	// request was throttled: then the count begins anew.
	Invited int
}

func firstClimb() Climb { return Climb{PerSecond: minPerSecond} }

// add counts a guest who was invited, and goes a step up after enough of them.
func (c Climb) add() Climb {
	if c.Invited++; c.Invited >= c.enough() && !c.IsWhole() {
		return c.next()
	}
	return c
}

// enough is how many guests must be invited for the next step.
func (c Climb) enough() int { return stepSeconds * c.PerSecond }

func (c Climb) next() Climb { return Climb{PerSecond: min(c.PerSecond+stepPerSecond, maxPerSecond)} }

// rate is what the limiter keeps now.
func (c Climb) rate() Rate { return Rate{Requests: c.PerSecond, Per: time.Second} }

// Duration is how long n more guests take if nothing is throttled.
func (c Climb) Duration(n int) time.Duration {
	_, took := c.after(n)
	return took
}

// after is how far the climb comes with n more guests, and how long they take.
func (c Climb) after(n int) (reached Climb, took time.Duration) {
	for !c.IsWhole() {
		here := c.enough() - c.Invited
		if n < here {
			break
		}
		took += c.rate().Duration(here)
		n -= here
		c = c.next()
	}
	return c, took + c.rate().Duration(n)
}

// IsWhole reports whether the rate climbs no further.
func (c Climb) IsWhole() bool { return c.PerSecond == maxPerSecond }

// String tells the rates that were kept, e.g. "5/s to 15/s".
func (c Climb) String() string {
	if c.PerSecond == minPerSecond {
		return fmt.Sprintf("%d/s", minPerSecond)
	}
	return fmt.Sprintf("%d/s to %d/s", minPerSecond, c.PerSecond)
}
