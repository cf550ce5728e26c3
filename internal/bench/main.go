//go:build unix

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
		return b.growth(ctx)
	}
	for _, c := range b.comparisons() {
		if !strings.Contains(c.name, s.only) {
			continue
		}
		if err := b.compare(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, i := range insides() {
		if !strings.Contains(i.name, s.only) {
			continue
		}
		if err := b.measure(ctx, i); err != nil {
			return fmt.Errorf("%s: %w", i.name, err)
		}
	}
	return b.verdict.conclude()
}
