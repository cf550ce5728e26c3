//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// packageBenchmark is a benchmark that stands in a package of the program and
// measures program and floor itself, because both need what is not exported.
type packageBenchmark struct {
	name, folder, pattern, rounds string
	figures                       []figure
}

// figure is one result of a benchmark.
type figure struct {
	text string
	// of takes the figure from the results.
	of func(results) float64
	// met tells whether the target is met, nil where there is none.
	met func(float64) bool
}

// results are what "go test -bench" reports: by benchmark, without its number of
// processors, and by unit.
type results map[string]map[string]float64

// packageBenchmarks are all of them, in the order in which they run.
func packageBenchmarks() []packageBenchmark {
	unit := func(name, unit string) func(results) float64 {
		return func(r results) float64 { return r[name][unit] }
	}
	ratio := func(ours, floor string) func(results) float64 {
		return func(r results) float64 { return r[ours]["ns/op"] / r[floor]["ns/op"] }
	}
	atMost := func(limit float64) func(float64) bool { return func(f float64) bool { return f <= limit } }
	atLeast := func(limit float64) func(float64) bool { return func(f float64) bool { return f >= limit } }
	return []packageBenchmark{
		{"rate: 150 per 5 s at a tenant that admits no more", "batch/send", "^BenchmarkQuota$", "1x", []figure{
			{"at least 98 % of the quota", unit("Quota", "%quota"), atLeast(98)},
			{"under 1 % throttled", unit("Quota", "%throttled"), atMost(0.99)},
		}},
		{"journal: intent and outcome of each row synced", "batch/journal", "^BenchmarkSettle$", "20000x", []figure{
			{"rows/s with 1 writer", unit("Settle/writers=1", "rows/s"), nil},
			{"    times the floor, append and fsync", unit("Settle/writers=1", "times-the-floor"), nil},
			{"rows/s with 32 writers", unit("Settle/writers=32", "rows/s"), nil},
			{"    times the floor", unit("Settle/writers=32", "times-the-floor"), nil},
			{"rows/s with 128 writers", unit("Settle/writers=128", "rows/s"), nil},
			{"    times the floor", unit("Settle/writers=128", "times-the-floor"), nil},
		}},
		{"workbook: 100,000 rows beside StreamWriter without styles", "report", "^Benchmark(Write|Floor)$", "3x", []figure{
			{"rows/s", unit("Write", "rows/s"), nil},
			{"time at most 1.3 of the floor", ratio("Write", "Floor"), atMost(1.3)},
		}},
	}
}

// run runs the benchmark and prints its figures: the medians of the rounds.
func (p packageBenchmark) run(ctx context.Context, b *bench) error {
	c, err := b.child(ctx, "go", "test", "-C", b.module, "-run", "^$", "-bench", p.pattern, "-benchtime", p.rounds,
		"-count", strconv.Itoa(b.rounds), "-timeout", "1h", "./"+p.folder)
	if err != nil {
		return err
	}
	if err := printAll(p.name + "\n"); err != nil {
		return err
	}
	found := readResults(c.out)
	for _, f := range p.figures {
		value := f.of(found)
		if f.met == nil {
			_, err = fmt.Printf("    %-38s %.5g\n", f.text, value)
		} else {
			err = b.score.print(f.text, measurement{fmt.Sprintf("%.4g", value), f.met(value)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readResults takes the medians from what "go test -bench" prints, lines such as
//
//	BenchmarkWrite-2   3   1234 ns/op   80000 rows/s
func readResults(out []byte) results {
	all := make(map[string]map[string][]float64)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if at := strings.LastIndexByte(name, '-'); at > 0 {
			name = name[:at]
		}
		if all[name] == nil {
			all[name] = make(map[string][]float64)
		}
		for i := 2; i+1 < len(words); i += 2 {
			if value, err := strconv.ParseFloat(words[i], 64); err == nil {
				all[name][words[i+1]] = append(all[name][words[i+1]], value)
			}
		}
	}
	found := make(results)
	for name, units := range all {
		found[name] = make(map[string]float64)
		for unit, values := range units {
			slices.Sort(values)
			found[name][unit] = values[len(values)/2]
		}
	}
	return found
}
