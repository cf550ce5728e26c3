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
	// virtual says that the pattern is of tests, which measure in virtual time: they have
	// the same figures on every machine.
	virtual bool
	figures []figure
}

// figure is one result of a benchmark.
type figure struct {
	text string
	// of takes the figure from the results.
	of func(results) float64
	// met tells whether the target is met, nil where there is none.
	met func(float64) bool
}

// results are what "go test -bench" reports, by benchmark, without its number of
// processors, and by unit; and the attributes of tests, by test and by name.
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
		{name: "rate: 150 per 5 s at a tenant that admits no more", folder: "batch/send", pattern: "^BenchmarkQuota$", rounds: "1x", figures: []figure{
			{"at least 98 % of the quota", unit("Quota", "%quota"), atLeast(98)},
			{"under 1 % throttled", unit("Quota", "%throttled"), atMost(0.99)},
		}},
		holds(), lesserTenants(), faults(), groups(), beside(),
		{name: "journal: intent and outcome of each row synced", folder: "batch/journal", pattern: "^BenchmarkSettle$", rounds: "20000x", figures: []figure{
			{"rows/s with 1 writer", unit("Settle/writers=1", "rows/s"), nil},
			{"    times the floor, append and fsync", unit("Settle/writers=1", "times-the-floor"), nil},
			{"rows/s with 32 writers", unit("Settle/writers=32", "rows/s"), nil},
			{"    times the floor", unit("Settle/writers=32", "times-the-floor"), nil},
			{"rows/s with 128 writers", unit("Settle/writers=128", "rows/s"), nil},
			{"    times the floor", unit("Settle/writers=128", "times-the-floor"), nil},
		}},
		{name: "workbook: 100,000 rows beside StreamWriter without styles", folder: "report", pattern: "^Benchmark(Write|Floor)$", rounds: "3x", figures: []figure{
			{"rows/s", unit("Write", "rows/s"), nil},
			{"time at most 1.3 of the floor", ratio("Write", "Floor"), atMost(1.3)},
		}},
	}
}

// holds is what requests cost that are throttled while the quota is not used up. The
// floor is the time of all requests at the rate, and the time in which the tenant asks
// not to be called.
func holds() packageBenchmark {
	p := packageBenchmark{
		name: "rate: 1,500 rows at 150 per 5 s, throttled now and then (virtual time)", folder: "batch/send",
		pattern: "^TestAHoldIsNotAQuota$", virtual: true,
	}
	for _, c := range []struct {
		test string
		most float64
	}{
		{"429 at request 20, Retry-After 10", 1.1},
		{"429 at request 20, Retry-After 30", 1.1},
		{"429 at request 20, Retry-After 60", 1.1},
		{"429 at request 20, Retry-After 120", 1.1},
		{"1 % of 429, Retry-After 10", 1.15},
		{"5 % of 429, Retry-After 10", 1.25},
	} {
		name := "AHoldIsNotAQuota/" + strings.ReplaceAll(c.test, " ", "_")
		p.figures = append(p.figures,
			figure{c.test + ": seconds", func(r results) float64 { return r[name]["seconds"] }, nil},
			figure{"    floor: seconds", func(r results) float64 { return r[name]["floor"] }, nil},
			figure{
				fmt.Sprintf("    time at most %.2f of the floor", c.most), func(r results) float64 { return r[name]["seconds"] / r[name]["floor"] },
				func(times float64) bool { return times <= c.most },
			})
	}
	return p
}

// faults is what goes wrong beside the rows that go well. The floor is the time of all
// requests at the rate, and that in which nothing answers.
func faults() packageBenchmark {
	p := packageBenchmark{
		name: "faults: 1,500 rows at 150 per 5 s (virtual time)", folder: "batch/send", pattern: "^TestFaultsDoNotSlowTheRun$", virtual: true,
	}
	for _, test := range []string{
		"nothing goes wrong", "1 % cut, 1 % 503", "1 % cut, 1 % 503, without emails", "5 % cut", "5 % cut, the directory lags", "1 % take 20 s",
		"a minute of refused connections", "a minute of 503", "a minute without answers", "a minute without answers or emails",
	} {
		name := "FaultsDoNotSlowTheRun/" + strings.ReplaceAll(test, " ", "_")
		p.figures = append(p.figures,
			figure{test + ": seconds", func(r results) float64 { return r[name]["seconds"] }, nil},
			figure{"    floor: seconds", func(r results) float64 { return r[name]["floor"] }, nil},
			figure{
				"    time at most 1.10 of the floor", func(r results) float64 { return r[name]["seconds"] / r[name]["floor"] },
				func(times float64) bool { return times <= 1.1 },
			})
	}
	return p
}

// beside is how well invitations fill their rate while each guest gets three things after it.
func beside() packageBenchmark {
	return packageBenchmark{
		name: "steps: 3,000 invitations at 24/s with three changes a guest beside them (virtual time)", folder: "batch/followup",
		pattern: "^TestStepsDoNotSlowInvitations$", virtual: true, figures: []figure{{
			"at least 98 % of the invitations' rate",
			func(r results) float64 { return 100 * r["StepsDoNotSlowInvitations"]["filled"] },
			func(f float64) bool { return f >= 98 },
		}},
	}
}

// groups is how well what guests get after the invitation fills the rate of changes.
func groups() packageBenchmark {
	filled := func(test string) func(results) float64 {
		return func(r results) float64 { return 100 * r[test]["filled"] }
	}
	most := func(f float64) bool { return f >= 97 }
	return packageBenchmark{
		name: "groups: changes at 15/s (virtual time)", folder: "batch/followup",
		pattern: "^TestRateIsFilled(AndNeverExceeded|ByAccounts)$", virtual: true, figures: []figure{
			{"60,000 guests into two groups: at least 97 % of the rate", filled("RateIsFilledAndNeverExceeded"), most},
			{"an attribute, a manager and a sponsor for 2,000: at least 97 %", filled("RateIsFilledByAccounts"), most},
		},
	}
}

// lesserTenants is how well a run uses a tenant that gives less than was asked.
func lesserTenants() packageBenchmark {
	p := packageBenchmark{
		name: "rate: a tenant that gives less than 150 per 5 s (virtual time)", folder: "batch/send",
		pattern: "^TestRateFindsWhatTheTenantGives$", virtual: true,
	}
	for _, test := range []string{"half", "half, a long list", "shared with another app", "shared, a long list"} {
		name := "RateFindsWhatTheTenantGives/" + strings.ReplaceAll(test, " ", "_")
		p.figures = append(p.figures,
			figure{test + ": at least 85 % used", func(r results) float64 { return 100 * r[name]["used"] }, func(f float64) bool { return f >= 85 }},
			figure{"    under 2 % throttled", func(r results) float64 { return 100 * r[name]["throttled"] }, func(f float64) bool { return f < 2 }})
	}
	return p
}

// run runs the benchmark and prints its figures: the medians of the rounds.
func (p packageBenchmark) run(ctx context.Context, b *bench) error {
	args := []string{"test", "-C", b.module, "-timeout", "1h", "./" + p.folder}
	if p.virtual {
		args = append(args, "-count", "1", "-v", "-run", p.pattern)
	} else {
		args = append(args, "-run", "^$", "-bench", p.pattern, "-benchtime", p.rounds, "-count", strconv.Itoa(b.rounds))
	}
	c, err := b.child(ctx, b.folder, "go", args...)
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
			b.score.untargeted++
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
//	=== ATTR  TestRate/half used 0.93
func readResults(out []byte) results {
	all := make(map[string]map[string][]float64)
	add := func(name, unit, text string) {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return
		}
		if all[name] == nil {
			all[name] = make(map[string][]float64)
		}
		all[name][unit] = append(all[name][unit], value)
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) == 5 && words[1] == "ATTR" {
			add(strings.TrimPrefix(words[2], "Test"), words[3], words[4])
			continue
		}
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if at := strings.LastIndexByte(name, '-'); at > 0 {
			name = name[:at]
		}
		for i := 2; i+1 < len(words); i += 2 {
			add(name, words[i+1], words[i])
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
