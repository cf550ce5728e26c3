//go:build unix

// Command bench compares the program with floors: the same work done by the
// least code that can do it, on the same machine, in turn, in processes of their
// own. Ratios survive a noisy machine; seconds do not.
//
//	go run ./internal/bench             all comparisons at their full size
//	go run ./internal/bench -rows 50000 smaller
//	go run ./internal/bench -only check
//	go run ./internal/bench -growth     the table of docs/performance.md
//
// It needs some 3 GB on disk at full size, and no network but the loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

// settings are the flags of bench.
type settings struct {
	rows   int
	rounds int
	only   string
	folder string
	growth bool
}

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start is bench itself, or one of the processes that it starts.
func start(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(args) > 0 && floors[args[0]] != nil {
		return floors[args[0]](ctx, args[1:])
	}
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&s.rows, "rows", 1_000_000, "rows of the largest list")
	flags.IntVar(&s.rounds, "rounds", 5, "how often floor and program run in turn")
	flags.StringVar(&s.only, "only", "", "only the comparisons whose names hold this")
	flags.StringVar(&s.folder, "folder", "", "where the lists are kept between runs (default: a temporary folder)")
	flags.BoolVar(&s.growth, "growth", false, "print the table of growth instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return s.run(ctx)
}

func (s settings) run(ctx context.Context) (err error) {
	b, err := newBench(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if s.growth {
		return printGrowth(ctx, b)
	}
	for _, c := range comparisons(b) {
		if !strings.Contains(c.name, s.only) {
			continue
		}
		if err := c.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, p := range packageBenchmarks() {
		if !strings.Contains(p.name, s.only) {
			continue
		}
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return b.score.conclude()
}
