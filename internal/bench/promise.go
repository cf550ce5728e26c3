//go:build unix

package main

import (
	"errors"
	"fmt"
	"time"
)

// promise is what the program is held to.
type promise struct {
	says string
	look func(ours, floor cost) finding
}

// finding is what came out, and whether that is as promised.
type finding struct {
	figure string
	kept   bool
}

// timeAtMost compares by the clock on the wall; the CPU stands beside it, since
// other programs on the machine cannot bend it much.
func timeAtMost(times float64) promise {
	return promise{fmt.Sprintf("time at most %.1f of the floor", times), func(ours, floor cost) finding {
		ratio := ours.wall.Seconds() / floor.wall.Seconds()
		return finding{fmt.Sprintf("%.2f, CPU %.2f", ratio, ours.cpu.Seconds()/floor.cpu.Seconds()), ratio <= times}
	}}
}

func speedAtLeast(times float64) promise {
	return promise{fmt.Sprintf("speed at least %.1f of the floor", times), func(ours, floor cost) finding {
		ratio := floor.wall.Seconds() / ours.wall.Seconds()
		return finding{fmt.Sprintf("%.2f", ratio), ratio >= times}
	}}
}

func within(limit time.Duration) promise {
	return promise{fmt.Sprintf("under %s", limit), func(ours, _ cost) finding {
		return finding{short(ours.wall), ours.wall < limit}
	}}
}

func rowsPerSecond(rows int, least float64) promise {
	return promise{fmt.Sprintf("at least %.0f rows/s", least), func(ours, _ cost) finding {
		speed := float64(rows) / ours.wall.Seconds()
		return finding{fmt.Sprintf("%.0f", speed), speed >= least}
	}}
}

// memoryUnder is about what is resident, the program itself included.
func memoryUnder(mib int64) promise {
	return promise{fmt.Sprintf("memory under %d MiB", mib), func(ours, _ cost) finding {
		return finding{fmt.Sprintf("%d", ours.memory>>20), ours.memory>>20 < mib}
	}}
}

// verdict counts the promises that were looked at.
type verdict struct{ kept, broken int }

func (v *verdict) print(says string, f finding) error {
	word := "yes"
	if f.kept {
		v.kept++
	} else {
		v.broken++
		word = "NO"
	}
	_, err := fmt.Printf("    %-38s %-24s %s\n", says, f.figure, word)
	return err
}

func (v *verdict) conclude() error {
	if v.kept+v.broken == 0 {
		return errors.New("no comparison has a name that holds what -only asks for")
	}
	_, err := fmt.Printf("\n%d of %d targets met\n", v.kept, v.kept+v.broken)
	return err
}
