//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// bench is a folder with lists, the program, and a server.
type bench struct {
	settings

	self, program string
	server        *server
	temporary     bool
}

func newBench(ctx context.Context, s settings) (b *bench, err error) {
	b = &bench{settings: s}
	if b.folder == "" {
		b.temporary = true
		if b.folder, err = os.MkdirTemp("", "guestlist-bench-"); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(b.folder, 0o700); err != nil {
		return nil, err
	}
	if b.folder, err = filepath.Abs(b.folder); err != nil {
		return nil, err
	}
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	b.program = filepath.Join(b.folder, "guestlist")
	if _, err := b.build(ctx); err != nil {
		return nil, err
	}
	b.server, err = startServer(ctx, b.self)
	return b, err
}

// build makes the program from the module in the current folder.
func (b *bench) build(ctx context.Context) (cost, error) {
	here, err := os.Getwd()
	if err != nil {
		return cost{}, err
	}
	return b.child(ctx, "go", "build", "-C", here, "-o", b.program, ".")
}

func (b *bench) close() error {
	err := b.server.close()
	if b.temporary {
		err = errors.Join(err, os.RemoveAll(b.folder))
	}
	return err
}

// comparison is one thing that the program does beside the least code that
// does it.
type comparison struct {
	name, floorName, target string
	// floor and ours do the work once and tell what it took.
	floor, ours work
	// rows is how many rows one of them handles.
	rows int
}

// compare runs both in turn and prints their medians and the ratio.
func (b *bench) compare(ctx context.Context, c comparison) error {
	var floor, ours []cost
	for range b.rounds {
		f, err := c.floor(ctx)
		if err != nil {
			return err
		}
		o, err := c.ours(ctx)
		if err != nil {
			return err
		}
		floor, ours = append(floor, f), append(ours, o)
	}
	f, o := median(floor), median(ours)
	_, err := fmt.Printf("%-44s %9s %9s/s %5d MiB   %-26s %9s %9s/s   time x %.2f  speed x %.2f   target: %s\n",
		c.name, o.wall.Round(time.Millisecond), perSecond(c.rows, o.wall), o.memory>>20,
		c.floorName, f.wall.Round(time.Millisecond), perSecond(c.rows, f.wall),
		o.wall.Seconds()/f.wall.Seconds(), f.wall.Seconds()/o.wall.Seconds(), c.target)
	return err
}

// median is the run in the middle, by its time.
func median(runs []cost) cost {
	slices.SortFunc(runs, func(a, b cost) int { return int(a.wall - b.wall) })
	return runs[len(runs)/2]
}

func perSecond(rows int, took time.Duration) string {
	return fmt.Sprintf("%.0f", float64(rows)/took.Seconds())
}
