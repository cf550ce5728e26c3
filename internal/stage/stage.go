// Package stage names what a goroutine is at, so that a profile of the whole
// program (go tool pprof -tagfocus) tells where the time of a batch goes.
package stage

import (
	"context"
	"runtime/pprof"
)

// Stage is a part of the way of a row. In profiles it is the label "stage".
type Stage struct{ labels context.Context } //nolint:containedctx // it carries labels for the profiler and nothing else

// The stages, in the order in which a row goes through them.
var (
	// Read takes rows from a list.
	Read = named("read")
	// Judge makes an invitation, or problems, of a row.
	Judge = named("judge")
	// Wait is for a place in the pace.
	Wait = named("wait")
	// Send posts an invitation and reads the answer.
	Send = named("send")
	// Journal puts intents and outcomes on disk.
	Journal = named("journal")
	// Report writes the results.
	Report = named("report")
)

func named(name string) Stage {
	return Stage{pprof.WithLabels(context.Background(), pprof.Labels("stage", name))} //nolint:forbidigo // no caller's context outlives the program
}

// Enter says that the calling goroutine is at this stage from now on.
func (s Stage) Enter() { pprof.SetGoroutineLabels(s.labels) }
