package send

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxRate bounds the requests of one window, since the pace remembers them.
const maxRate = 1_000_000

// Rate is how many requests may leave in any window of time. The zero Rate is
// unlimited.
type Rate struct {
	Requests int
	Per      time.Duration
}

// ParseRate reads "150/5s", "2/1s" or "30/1m"; "0" is unlimited. A duration
// without a number means one: "5/s".
func ParseRate(text string) (Rate, error) {
	if text == "0" {
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
	return fmt.Errorf("rate %q: want requests/duration such as 5/1s, 150/5s or 30/1m, or 0 for unlimited", text)
}

// String gives the form that [ParseRate] reads.
func (r Rate) String() string {
	if r.Requests == 0 {
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

// Duration is how long n requests take at this pace, 0 when it is unlimited.
func (r Rate) Duration(n int) time.Duration {
	return time.Duration(n) * r.interval()
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
