package page

import (
	"math"
	"time"

	"guestlist/batch"
	"guestlist/internal/text"
)

// timeline counts the answers over time: those of the last run, and those of
// every run.
type timeline struct{ last, all span }

func newTimeline(facts batch.RunFacts) timeline {
	return timeline{last: span{from: facts.Started, to: facts.Ended}}
}

// add counts an outcome, if it is an answer.
func (t *timeline) add(o batch.Outcome) {
	t.last.add(o)
	t.all.add(o)
}

// chart draws the answers of the last run, or of all runs if the last one had
// none. It is nil if nothing was ever answered.
func (t *timeline) chart() *chart {
	for _, s := range []*span{&t.last, &t.all} {
		if s.rows() > 0 {
			return newChart(s)
		}
	}
	return nil
}

// maxBuckets is how many bars a timeline has at most.
const maxBuckets = 96

// bucketWidths are the lengths of a bucket in seconds. Each divides the next, so
// that buckets can be merged without another pass over the rows.
var bucketWidths = []int64{1, 5, 15, 60, 5 * 60, 15 * 60, 3600, 6 * 3600, 86400, 7 * 86400, 28 * 86400}

// span counts the answers of a time, in buckets that get longer as it does. The
// zero span takes every answer.
type span struct {
	// from and to bound the answers that count; the zero time is no bound.
	from, to time.Time
	// width is the length of a bucket in seconds, 0 before the first answer.
	width int64
	// buckets are by their start, in widths since 1970.
	buckets     map[int64]batch.Counts
	first, last int64
	// earliest and latest are the seconds of the first and last answer.
	earliest, latest int64
	// outside is how many answers were out of bounds.
	outside int
}

// add counts an outcome, if it is an answer.
func (s *span) add(o batch.Outcome) {
	if o.At.IsZero() || !answered(o.Status) {
		return
	}
	second := o.At.Unix()
	if !s.from.IsZero() && second < s.from.Unix() || !s.to.IsZero() && second > s.to.Unix() {
		s.outside++
		return
	}
	if s.width == 0 {
		s.width, s.first, s.last = bucketWidths[0], second, second
		s.earliest, s.latest = second, second
		s.buckets = make(map[int64]batch.Counts)
	}
	s.earliest, s.latest = min(s.earliest, second), max(s.latest, second)
	at := floorDiv(second, s.width)
	s.first, s.last = min(s.first, at), max(s.last, at)
	s.count(at, o.Status, 1)
	for s.last-s.first >= maxBuckets {
		s.coarsen()
	}
}

// answered reports whether a row of this status counts as answered in a run.
func answered(s batch.Status) bool {
	switch s {
	case batch.Invited, batch.Failed, batch.Unconfirmed:
		return true
	case batch.Pending, batch.Existing, batch.Removed, batch.Invalid, batch.Duplicate:
	}
	return false
}

func (s *span) count(at int64, status batch.Status, rows int) {
	if s.buckets[at] == nil {
		s.buckets[at] = make(batch.Counts)
	}
	s.buckets[at][status] += rows
}

// coarsen merges the buckets into those of the next length.
func (s *span) coarsen() {
	wider := wider(s.width)
	factor := wider / s.width
	old := s.buckets
	s.width, s.buckets = wider, make(map[int64]batch.Counts)
	s.first, s.last = floorDiv(s.first, factor), floorDiv(s.last, factor)
	for at, counts := range old {
		for status, rows := range counts {
			s.count(floorDiv(at, factor), status, rows)
		}
	}
}

// wider is the next length of bucket. Beyond the list it doubles, because a wrong
// clock may have written any time.
func wider(width int64) int64 {
	for _, w := range bucketWidths {
		if w > width {
			return w
		}
	}
	return 2 * width
}

// floorDiv divides and rounds down, also before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// start is when the bucket begins that is n after the first one.
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

const (
	// barWidth is the share of its slot that a bar fills.
	barWidth = 0.84
	// fewSlots is the number of slots below which bars fill less, so that a run
	// of two seconds does not become two walls.
	fewSlots = 12
)

// bar is one status of a bar: a rectangle in the chart's units.
type bar struct {
	Status  batch.Status
	X, Y, H float64
}

// slot is a bucket in numbers, for readers who do not see the chart.
type slot struct {
	Start  time.Time
	Counts batch.Counts
}

// chart is a span as the page draws it: Slots wide and Top high.
type chart struct {
	Slots, Top, Half int
	Bars             []bar
	BarWidth         float64
	// Rows counts the answers that are drawn, Earlier those of earlier runs.
	Rows, Earlier int
	// Bucket is the length of a slot in words, Took the time from the first to the
	// last answer.
	Bucket, Took string
	// Busiest is the most rows in one slot.
	Busiest int
	// Statuses are those that occur.
	Statuses []batch.Status
	// Start, Middle and End are the times below the axis, which ends with the slot
	// of the last answer. Middle is zero unless it is a whole second.
	Start, Middle, End time.Time
	// Filled are the slots that have answers.
	Filled []slot
}

// newChart draws a span that has answers.
func newChart(s *span) *chart {
	used := int(s.last-s.first) + 1
	c := &chart{
		Slots: used, BarWidth: widthOf(used),
		Rows: s.rows(), Earlier: s.outside,
		Bucket: text.Duration(seconds(s.width)), Took: text.Duration(seconds(s.latest - s.earliest + 1)),
	}
	c.Start, c.End = s.start(0), s.start(used)
	if covered := s.width * int64(used); covered%2 == 0 {
		c.Middle = c.Start.Add(time.Duration(covered/2) * time.Second)
	}
	for n := range used {
		if counts := s.buckets[s.first+int64(n)]; counts.Rows() > 0 {
			c.Filled = append(c.Filled, slot{Start: s.start(n), Counts: counts})
			c.Busiest = max(c.Busiest, counts.Rows())
		}
	}
	c.Top = ceiling(c.Busiest)
	c.Half = c.Top / 2
	for n := range used {
		c.stack(n, s.buckets[s.first+int64(n)])
	}
	for _, status := range batch.Statuses() {
		if s.has(status) {
			c.Statuses = append(c.Statuses, status)
		}
	}
	return c
}

// seconds is n seconds, or the longest time that a Duration holds.
func seconds(n int64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/int64(time.Second))) * time.Second
}

// widthOf is the share of its slot that each of some bars fills, to a hundredth.
func widthOf(slots int) float64 {
	return math.Round(100*barWidth*min(1, float64(slots)/fewSlots)) / 100
}

// stack draws the bars of a slot on top of each other.
func (c *chart) stack(n int, counts batch.Counts) {
	top := float64(c.Top)
	for _, status := range batch.Statuses() {
		if rows := float64(counts[status]); rows > 0 {
			top -= rows
			c.Bars = append(c.Bars, bar{Status: status, X: float64(n) + (1-c.BarWidth)/2, Y: top, H: rows})
		}
	}
}

// ceiling is the next round number: 2, 4, 6 or 10 with any number of zeros. Half
// of it is a whole number, too.
func ceiling(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, round := range []int{2, 4, 6, 10} {
			if round*unit >= n {
				return round * unit
			}
		}
	}
}
