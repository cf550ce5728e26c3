//go:build unix

package main

import (
	"errors"
	"fmt"
	"time"
)

// target is what a comparison is to reach.
type target struct {
	text    string
	measure func(ours, floor cost) measurement
}

// measurement is a figure, and whether it meets the target.
type measurement struct {
	figure string
	met    bool
}

// timeAtMost compares elapsed times. CPU times are printed as well, since other
// programs on the machine change them little.
func timeAtMost(times float64) target {
	return target{fmt.Sprintf("time at most %.1f of the floor", times), func(ours, floor cost) measurement {
		ratio := ours.wall.Seconds() / floor.wall.Seconds()
		return measurement{fmt.Sprintf("%.2f, CPU %.2f", ratio, ours.cpu.Seconds()/floor.cpu.Seconds()), ratio <= times}
	}}
}

func speedAtLeast(times float64) target {
	return target{fmt.Sprintf("speed at least %.2f of the floor", times), func(ours, floor cost) measurement {
		ratio := floor.wall.Seconds() / ours.wall.Seconds()
		return measurement{fmt.Sprintf("%.2f", ratio), ratio >= times}
	}}
}

func within(limit time.Duration) target {
	return target{fmt.Sprintf("under %s", limit), func(ours, _ cost) measurement {
		return measurement{rounded(ours.wall), ours.wall < limit}
	}}
}

// cpuUnder is about what the program works itself, where it waits for others most of the time.
func cpuUnder(limit time.Duration) target {
	return target{fmt.Sprintf("CPU under %s", limit), func(ours, _ cost) measurement {
		return measurement{rounded(ours.cpu), ours.cpu < limit}
	}}
}

func rowsPerSecond(rows int, least float64) target {
	return target{fmt.Sprintf("at least %.0f rows/s", least), func(ours, _ cost) measurement {
		speed := float64(rows) / ours.wall.Seconds()
		return measurement{fmt.Sprintf("%.0f", speed), speed >= least}
	}}
}

// memoryUnder is about resident memory, the program itself included.
func memoryUnder(mib int64) target {
	return target{fmt.Sprintf("memory under %d MiB", mib), func(ours, _ cost) measurement {
		return measurement{fmt.Sprintf("%d", ours.memory>>20), ours.memory>>20 < mib}
	}}
}

// score counts the targets, and the figures that have none.
type score struct{ met, missed, untargeted int }

func (s *score) print(text string, m measurement) error {
	word := "yes"
	if m.met {
		s.met++
	} else {
		s.missed++
		word = "NO"
	}
	_, err := fmt.Printf("    %-38s %-24s %s\n", text, m.figure, word)
	return err
}

func (s *score) conclude() error {
	if s.met+s.missed+s.untargeted == 0 {
		return errors.New("-only fits the name of no comparison")
	}
	_, err := fmt.Printf("\n%d of %d targets met\n", s.met, s.met+s.missed)
	return err
}
