package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/text"
)

// run says what the last run was; facts that are not known have no line.
func (p *summary) run(s batch.RunFacts) {
	p.section("The run")
	p.fact("Started (UTC)", instant(s.Started))
	p.fact("Ended (UTC)", instant(s.Ended))
	if !s.Started.IsZero() && !s.Ended.IsZero() {
		p.fact("Duration", s.Ended.Sub(s.Started).Round(time.Second).String())
	}
	p.fact("Stopped early", s.Totals.Stopped)
	p.fact("Run by", s.Operator)
	p.fact("Tool", s.Tool)
	p.fact("Tenant", s.Tenant)
	p.fact("List", s.List)
	p.fact("Sheet", s.Sheet)
	p.fact("SHA-256 of the list", s.SHA256)
	p.fact("Pace asked for", asked(s.Rate))
	p.fact("Pace achieved", achieved(s))
	p.times(s)
	p.fact("Requests in flight at most", positive(s.Workers))
	p.fact("Rows answered in this run", text.Thousands(s.Totals.Sent))
	p.fact("HTTP requests", text.Thousands(s.Totals.Requests))
	p.fact("of them throttled (429)", text.Thousands(s.Totals.Throttled))
}

// times tells what the run spent its time on, as far as that is known.
func (p *summary) times(s batch.RunFacts) {
	waited, held, lasted := s.Totals.Waited, s.Totals.Held, s.Ended.Sub(s.Started)
	if s.Started.IsZero() || lasted < time.Second || waited+held < time.Second {
		return
	}
	p.fact("Waiting for the pace", share(waited, lasted))
	p.fact("Held back by Microsoft", share(held, lasted))
	p.fact("Working", share(lasted-waited-held, lasted))
}

// share is a part of a time, "" for less than a second.
func share(part, whole time.Duration) string {
	if part < time.Second {
		return ""
	}
	return fmt.Sprintf("%s (%.0f %%)", part.Round(time.Second), 100*part.Seconds()/whole.Seconds())
}

func (p *summary) fact(name, value string) {
	if value == "" {
		return
	}
	p.line(linesHigh(value, figures*figureWidth),
		[]any{excelize.Cell{StyleID: p.styles.label, Value: name}},
		span{1, figures, value, p.styles.value})
}

// asked is the pace that was asked for, in words where it is none.
func asked(rate string) string {
	if rate == "0" {
		return "unlimited"
	}
	return rate
}

// achieved is how fast the rows were answered while the run lasted, "" where
// that is not known: runs are timed in whole seconds.
func achieved(s batch.RunFacts) string {
	lasted := s.Ended.Sub(s.Started)
	if s.Started.IsZero() || lasted < time.Second || s.Totals.Sent == 0 {
		return ""
	}
	pace, unit := float64(s.Totals.Sent)/lasted.Seconds(), "second"
	if pace < 0.1 {
		pace, unit = pace*60, "minute"
	}
	if pace >= 100 {
		return fmt.Sprintf("%s rows a %s", text.Thousands(int(pace+0.5)), unit)
	}
	return fmt.Sprintf("%s rows a %s", strconv.FormatFloat(pace, 'g', 2, 64), unit)
}

// settings lists the flags of the run.
func (p *summary) settings(values map[string]string) {
	if len(values) == 0 {
		return
	}
	p.section("Settings, where they were not left at their defaults")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p.fact("--"+name, values[name])
	}
}
