package page

import (
	"math"
	"time"

	"guestlist/batch"
)

const (
	// barWidth is the part of its slot that a bar fills.
	barWidth = 0.84
	// fewSlots is the number of slots below which bars fill less, so that a run
	// of two seconds does not become two walls.
	fewSlots = 12
)

// bar is one colour of a bar: a rectangle in the chart's units.
type bar struct {
	Status  batch.Status
	X, Y, H float64
}

// slot is a bucket in numbers, for those who do not see the chart.
type slot struct {
	Start  time.Time
	Counts batch.Counts
}

// chart is the timeline as it is drawn: Slots wide and Top high.
type chart struct {
	Slots, Top, Half int
	Bars             []bar
	BarWidth         float64
	// Rows is the answers that are drawn, Left those of earlier runs.
	Rows, Left int
	// Bucket tells the length of a slot, Took that from the first to the last answer.
	Bucket, Took string
	// Busiest is the most rows in one slot.
	Busiest int
	// Statuses are those that occur.
	Statuses []batch.Status
	// Start, Middle and End are the times below the axis, which ends with the
	// last answer's slot. Middle is zero where it is no whole second.
	Start, Middle, End time.Time
	// Filled are the slots with any answer.
	Filled []slot
}

// newChart draws the answers of the last run, or of all runs where the last one
// had none. It is nil where nothing was ever answered.
func newChart(t *tally) *chart {
	s := &t.last
	if s.rows() == 0 {
		s = &t.all
	}
	if s.rows() == 0 {
		return nil
	}
	used := int(s.last-s.first) + 1
	c := &chart{
		Slots: used, BarWidth: widthOf(used),
		Rows: s.rows(), Left: s.left,
		Bucket: spell(s.width), Took: spell(s.latest - s.earliest + 1),
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

// widthOf is how much of its slot a bar fills where there are so many, to a
// hundredth.
func widthOf(slots int) float64 {
	return math.Round(100*barWidth*min(1, float64(slots)/fewSlots)) / 100
}

// stack draws a slot from the ground up.
func (c *chart) stack(n int, counts batch.Counts) {
	top := float64(c.Top)
	for _, status := range batch.Statuses() {
		if rows := float64(counts[status]); rows > 0 {
			top -= rows
			c.Bars = append(c.Bars, bar{Status: status, X: float64(n) + (1-c.BarWidth)/2, Y: top, H: rows})
		}
	}
}

// ceiling gives the next round number: 2, 4, 6 or 10 with any number of zeros, all
// of which have a whole half.
func ceiling(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, round := range []int{2, 4, 6, 10} {
			if round*unit >= n {
				return round * unit
			}
		}
	}
}
