package page

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/batch"
	"guestlist/internal/text"
)

func answer(at time.Time, status batch.Status) batch.Outcome {
	return batch.Outcome{Status: status, At: at}
}

func TestBucketsFitTheTimeTheyCover(t *testing.T) {
	for _, test := range []struct {
		covered time.Duration
		bucket  string
	}{
		{0, "1 second"},
		{95 * time.Second, "1 second"},
		{96 * time.Second, "5 seconds"},
		{6 * time.Minute, "5 seconds"},
		{20 * time.Minute, "15 seconds"},
		{time.Hour, "1 minute"},
		{3 * time.Hour, "5 minutes"},
		{20 * time.Hour, "15 minutes"},
		{3 * 24 * time.Hour, "1 hour"},
		{60 * 24 * time.Hour, "1 day"},
		{400 * 24 * time.Hour, "7 days"},
		{9000 * 24 * time.Hour, "112 days"},
	} {
		var s span
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		s.add(answer(day.Add(test.covered), batch.Invited))
		s.add(answer(day, batch.Invited))
		if got := s.latest - s.earliest; got != int64(test.covered/time.Second) {
			t.Errorf("over %v the answers span %d seconds", test.covered, got)
		}
		if got := text.Duration(seconds(s.width)); got != test.bucket {
			t.Errorf("over %v a bucket is %s, want %s", test.covered, got, test.bucket)
		}
	}
}

// Whatever the order in which answers come, and however often buckets are put
// together, each answer is in the bucket of its time.
func TestBucketsHoldTheAnswersOfTheirTime(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		covered := int64(1) << dice.IntN(34)
		from := dice.Int64N(1<<32) - 1<<31 // before 1970, too
		var s span
		var seconds []int64
		for range 300 {
			second := from + dice.Int64N(covered)
			seconds = append(seconds, second)
			s.add(answer(time.Unix(second, 0), batch.Invited))
		}
		want := map[int64]batch.Counts{}
		for _, second := range seconds {
			at := second / s.width
			if second%s.width < 0 {
				at--
			}
			if want[at] == nil {
				want[at] = batch.Counts{}
			}
			want[at][batch.Invited]++
		}
		if diff := cmp.Diff(want, s.buckets); diff != "" {
			t.Fatalf("over %d seconds (-want +got):\n%s", covered, diff)
		}
		if n := s.last - s.first + 1; n > maxBuckets {
			t.Fatalf("%d buckets", n)
		}
	}
}

func TestTheChartIsOfTheLastRun(t *testing.T) {
	before, during := started.Add(-time.Hour), started.Add(3*time.Second)
	for _, test := range []struct {
		name     string
		outcomes []batch.Outcome
		want     string
	}{
		{"nothing answered", []batch.Outcome{answer(time.Time{}, batch.Pending)}, "none"},
		{"not an answer", []batch.Outcome{answer(during, batch.Pending)}, "none"},
		{"the last run", []batch.Outcome{answer(before, batch.Invited), answer(during, batch.Failed)}, "1 rows, 1 left"},
		{"earlier runs only", []batch.Outcome{answer(before, batch.Invited), answer(before, batch.Failed)}, "2 rows, 0 left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			line := newTimeline(batch.RunFacts{Started: started, Ended: started.Add(time.Minute)})
			for _, o := range test.outcomes {
				line.add(o)
			}
			got := "none"
			if c := line.chart(); c != nil {
				got = fmt.Sprintf("%d rows, %d left", c.Rows, c.Earlier)
			}
			if got != test.want {
				t.Errorf("the chart has %s, want %s", got, test.want)
			}
		})
	}
}

func TestBarsAreStackedToTheirNumbers(t *testing.T) {
	var line timeline
	for second, statuses := range [][]batch.Status{
		{batch.Invited, batch.Invited, batch.Failed},
		{},
		{batch.Unconfirmed},
	} {
		for _, status := range statuses {
			line.add(answer(started.Add(time.Duration(second)*time.Second), status))
		}
	}
	c := line.chart()
	want := []bar{
		{Status: batch.Invited, X: 0.395, Y: 2, H: 2},
		{Status: batch.Failed, X: 0.395, Y: 1, H: 1},
		{Status: batch.Unconfirmed, X: 2.395, Y: 3, H: 1},
	}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	if diff := cmp.Diff(want, c.Bars, near); diff != "" {
		t.Errorf("bars (-want +got):\n%s", diff)
	}
	if c.Top != 4 || c.Half != 2 || c.Slots != 3 || c.Busiest != 3 {
		t.Errorf("top %d, half %d, slots %d, busiest %d", c.Top, c.Half, c.Slots, c.Busiest)
	}
}

// The axis is exactly as long as the run.
func TestTheAxisEndsWithTheRun(t *testing.T) {
	for _, test := range []struct {
		seconds    int
		middle     time.Duration // 0 for none
		end, width time.Duration
	}{
		{1, 0, time.Second, time.Second},
		{4, 2 * time.Second, 4 * time.Second, time.Second},
		{95, 0, 95 * time.Second, time.Second},
		{125, 0, 125 * time.Second, 5 * time.Second},
		{130, 65 * time.Second, 130 * time.Second, 5 * time.Second},
	} {
		var line timeline
		for second := range test.seconds {
			line.add(answer(started.Add(time.Duration(second)*time.Second), batch.Invited))
		}
		c := line.chart()
		if !c.Start.Equal(started) || !c.End.Equal(started.Add(test.end)) || c.Slots != int(test.end/test.width) {
			t.Errorf("%d seconds: %d slots from %v to %v", test.seconds, c.Slots, c.Start, c.End)
		}
		if test.middle == 0 && !c.Middle.IsZero() || test.middle > 0 && !c.Middle.Equal(started.Add(test.middle)) {
			t.Errorf("%d seconds: the middle is %v", test.seconds, c.Middle)
		}
	}
}

func TestScalesAreRoundAndNotTooLong(t *testing.T) {
	for n := 1; n < 100_000; n++ {
		top := ceiling(n)
		if top < n || top%2 != 0 || n > 1 && top > 2*n {
			t.Fatalf("ceiling(%d) = %d", n, top)
		}
	}
}
