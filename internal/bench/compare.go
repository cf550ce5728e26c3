//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// comparison is one thing that the program does beside the least code that
// does it.
type comparison struct {
	name, floorName string
	// floor and ours do the work and tell what it took.
	floor, ours work
	// rows is how many rows one of them handles.
	rows     int
	promises []promise
	// once is for work that takes minutes.
	once bool
}

// compare runs both in turn, so that a noisy machine slows both, and prints
// the medians and what became of the promises.
func (b *bench) compare(ctx context.Context, c comparison) error {
	rounds := b.rounds
	if c.once {
		rounds = 1
	}
	var floors, ours []cost
	for range rounds {
		f, err := c.floor(ctx)
		if err != nil {
			return err
		}
		o, err := c.ours(ctx)
		if err != nil {
			return err
		}
		floors, ours = append(floors, f), append(ours, o)
	}
	f, o := median(floors), median(ours)
	if err := printAll(c.name+"\n", costLine("guestlist", o, c.rows), costLine(c.floorName, f, c.rows)); err != nil {
		return err
	}
	for _, p := range c.promises {
		if err := b.verdict.print(p.says, p.look(o, f)); err != nil {
			return err
		}
	}
	return nil
}

// median is what runs took: the middle of their times, and the most memory.
func median(runs []cost) cost {
	var wall, cpu []time.Duration
	var m cost
	for _, r := range runs {
		wall, cpu = append(wall, r.wall), append(cpu, r.cpu)
		m.memory = max(m.memory, r.memory)
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	m.wall, m.cpu = wall[len(wall)/2], cpu[len(cpu)/2]
	return m
}

func costLine(name string, c cost, rows int) string {
	line := fmt.Sprintf("    %-28s %9s  %9s CPU  %5d MiB", name, short(c.wall), short(c.cpu), c.memory>>20)
	if rows > 1 {
		line += fmt.Sprintf("  %9.0f rows/s", float64(rows)/c.wall.Seconds())
	}
	return line + "\n"
}

// short leaves out the digits that no two runs share.
func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

func printAll(lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Print(line); err != nil {
			return err
		}
	}
	return nil
}
