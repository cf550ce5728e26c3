package page

import (
	"time"

	"guestlist/batch"
)

// maxBuckets is how many bars a timeline has at most.
const maxBuckets = 96

// bucketWidths are the lengths of a bucket in seconds. Each divides the next, so
// that buckets can be put together without looking at the rows again.
var bucketWidths = []int64{1, 5, 15, 60, 5 * 60, 15 * 60, 3600, 6 * 3600, 86400, 7 * 86400, 28 * 86400}

// span counts answers over time, in buckets that grow with the time that they
// have to cover. The zero span takes every answer.
type span struct {
	// from and to bound the answers that are taken; zero is no bound.
	from, to time.Time
	// width is the length of a bucket in seconds, 0 before the first answer.
	width int64
	// buckets are by their start, in widths since 1970.
	buckets     map[int64]batch.Counts
	first, last int64
	// earliest and latest are the seconds of the first and last answer.
	earliest, latest int64
	// left is the answers out of bounds.
	left int
}

// add counts an outcome, if it is an answer.
func (s *span) add(o batch.Outcome) {
	if o.At.IsZero() || !answered(o.Status) {
		return
	}
	second := o.At.Unix()
	if !s.from.IsZero() && second < s.from.Unix() || !s.to.IsZero() && second > s.to.Unix() {
		s.left++
		return
	}
	if s.width == 0 {
		s.width, s.first, s.last = bucketWidths[0], second, second
		s.earliest, s.latest = second, second
		s.buckets = make(map[int64]batch.Counts)
	}
	s.earliest, s.latest = min(s.earliest, second), max(s.latest, second)
	at := floor(second, s.width)
	s.first, s.last = min(s.first, at), max(s.last, at)
	s.count(at, o.Status, 1)
	for s.last-s.first >= maxBuckets {
		s.coarsen()
	}
}

// answered reports whether rows of a status count as answered in a run.
func answered(s batch.Status) bool {
	switch s {
	case batch.Invited, batch.Failed, batch.Unconfirmed:
		return true
	case batch.Pending, batch.Invalid, batch.Duplicate:
	}
	return false
}

func (s *span) count(at int64, status batch.Status, rows int) {
	if s.buckets[at] == nil {
		s.buckets[at] = make(batch.Counts)
	}
	s.buckets[at][status] += rows
}

// coarsen goes over to the next length of bucket.
func (s *span) coarsen() {
	wider := wider(s.width)
	factor := wider / s.width
	old := s.buckets
	s.width, s.buckets = wider, make(map[int64]batch.Counts)
	s.first, s.last = floor(s.first, factor), floor(s.last, factor)
	for at, counts := range old {
		for status, rows := range counts {
			s.count(floor(at, factor), status, rows)
		}
	}
}

// wider gives the next length of bucket. Beyond the list it doubles: a clock
// may say anything.
func wider(width int64) int64 {
	for _, w := range bucketWidths {
		if w > width {
			return w
		}
	}
	return 2 * width
}

// floor divides towards the past, before 1970 as well.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// start is when a bucket begins, by its number from the first.
func (s *span) start(n int) time.Time { return time.Unix((s.first+int64(n))*s.width, 0).UTC() }

// rows is the number of answers.
func (s *span) rows() int {
	n := 0
	for _, counts := range s.buckets {
		n += counts.Rows()
	}
	return n
}

// has reports whether any answer is of that status.
func (s *span) has(status batch.Status) bool {
	for _, counts := range s.buckets {
		if counts[status] > 0 {
			return true
		}
	}
	return false
}
