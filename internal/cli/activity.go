package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"guestlist/internal/pause"
	"guestlist/internal/text"
)

// drawing is what stands on the last line of the screen and changes there.
type drawing interface{ draw() }

// activity is something that takes a while and says nothing by itself: a large list is
// read, a workbook is written. On a terminal a line shows that it goes on, elsewhere one is
// printed every half a minute.
type activity struct {
	*screen

	what  string
	begun time.Time
	// done of total is how far it is, where that is known; total is 0 where it is not.
	done, total int
	// around is what was drawn before, outer what goes on around it and says nothing
	// meanwhile.
	around drawing
	outer  *activity
}

// How often an activity is drawn, and from when on.
const (
	activityAfter = time.Second
	activityEvery = 250 * time.Millisecond
)

// during does something that takes a while, and shows that it goes on.
func (p *process) during(what string, do func() error) error {
	return p.withProgress(what, func(func(done, total int)) error { return do() })
}

// withProgress is [process.during] for what can tell how far it is. The function it passes
// may be called from anywhere.
func (p *process) withProgress(what string, do func(progress func(done, total int)) error) error {
	if p.quiet {
		return do(func(int, int) {})
	}
	a := &activity{screen: p.screen, what: what, begun: time.Now()}
	a.begin()
	every, show := lineEvery, a.print
	if drawable(p.err) && p.getenv("TERM") != "dumb" {
		every, show = activityEvery, a.show
	}
	end := pause.Every(every, show)
	err := do(a.set)
	end()
	a.end()
	return err
}

// begin makes it what goes on.
func (a *activity) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outer, a.going = a.going, a
}

// set notes how far it is.
func (a *activity) set(done, total int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done, a.total = done, total
}

// show draws the line, unless it is another's.
func (a *activity) show() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.going != a || time.Since(a.begun) < activityAfter {
		return
	}
	if a.drawn != a {
		a.around, a.drawn = a.drawn, a
	}
	a.draw()
}

// end takes the line away.
func (a *activity) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.going = a.outer
	if a.drawn == a {
		a.wipe()
		a.drawn = a.around
	}
}

func (a *activity) draw() {
	if !a.asking {
		_, _ = fmt.Fprint(a.file, wipeLine+runewidth.Truncate(a.String(), max(width(a.file)-1, 0), "…"))
	}
}

// print says where there is no terminal that it goes on.
func (a *activity) print() {
	a.mu.Lock()
	said, going := a.String(), a.going == a
	a.mu.Unlock()
	if going {
		a.say("%s\n", said)
	}
}

// String is what it is, how far, for how long and how much longer.
func (a *activity) String() string {
	so := time.Since(a.begun)
	said := []string{fmt.Sprintf("%s: %s", a.what, so.Truncate(time.Second))}
	if a.total > 0 {
		said = []string{fmt.Sprintf("%s: %s of %s", a.what, text.Thousands(a.done), text.Thousands(a.total))}
	}
	if 0 < a.done && a.done < a.total {
		left := time.Duration(float64(so) / float64(a.done) * float64(a.total-a.done))
		said = append(said, "about "+left.Round(time.Second).String()+" left")
	}
	return strings.Join(said, ", ")
}
