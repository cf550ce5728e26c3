package marked

import (
	"cmp"
	"maps"
	"slices"
)

// tally counts what the rows have, for the sheet that explains.
type tally struct {
	rows int
	// marked is rows by their gravest mark, cells by each.
	marked map[Severity]int
	faults map[fault]int
	// cut is texts that no cell can hold whole, uncommented the marked cells
	// beyond maxComments.
	cut, uncommented int
	// links is redeem URLs that were left out.
	links int
}

// fault is what rows have in common that are to be mended in the same way.
type fault struct {
	severity      Severity
	heading, what string
}

// maxFaults bounds them; some name a figure of their own row.
const maxFaults = 500

// otherFaults stands for all that came after so many.
var otherFaults = fault{severity: Warning, heading: "(other)", what: "see the column " + Column}

func newTally() tally {
	return tally{marked: make(map[Severity]int), faults: make(map[fault]int)}
}

// add counts a row with its marks, the gravest first.
func (t *tally) add(marks []told) {
	t.rows++
	if len(marks) == 0 {
		return
	}
	t.marked[marks[0].severity]++
	seen := make(map[fault]bool, len(marks))
	for _, m := range marks {
		f := fault{severity: m.severity, heading: m.heading, what: m.fault}
		if _, known := t.faults[f]; !known && len(t.faults) >= maxFaults {
			f = otherFaults
		}
		if !seen[f] {
			seen[f] = true
			t.faults[f]++
		}
	}
}

// most returns the faults by severity, those of the most rows first.
func (t *tally) most() []fault {
	return slices.SortedFunc(maps.Keys(t.faults), func(a, b fault) int {
		return cmp.Or(
			cmp.Compare(a.severity, b.severity), t.faults[b]-t.faults[a],
			cmp.Compare(a.heading, b.heading), cmp.Compare(a.what, b.what),
		)
	})
}
