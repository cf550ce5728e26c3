package batch_test

import (
	"fmt"
	"runtime"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
)

// million is how many rows the largest list has that people bring.
const million = 1_000_000

// BenchmarkJudge reads rows as most lists have them: address, name, language,
// project.
func BenchmarkJudge(b *testing.B) {
	for name, address := range map[string]string{
		"plain": "anna.berg@sales.fabrikam.example", "named": "Anna Berg <anna.berg@sales.fabrikam.example>",
		"unicode": "anna.berg@müller.example",
	} {
		row := batch.Row{Line: 2, Cells: []string{address, "Anna Berg", "", "yes", "de-DE", "", "", "", "", "Apollo"}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if j := judge.Row(header, defaults, row); len(j.Problems) > 0 {
					b.Fatal(j.Problems)
				}
			}
		})
	}
}

// BenchmarkPlanMemory tells what a plan keeps of each row.
func BenchmarkPlanMemory(b *testing.B) {
	for b.Loop() {
		var plan batch.Plan
		before := heap()
		for i := range million {
			plan.Add(batch.Judged{Row: batch.Row{Line: i + 2}, Address: guestAddress(i)})
		}
		b.ReportMetric(float64(heap()-before)/million, "B/row")
		runtime.KeepAlive(&plan)
	}
}

// BenchmarkHistoryMemory tells what the memory of earlier runs takes for each
// row, most of them invited.
func BenchmarkHistoryMemory(b *testing.B) {
	for b.Loop() {
		before := heap()
		var history batch.History
		for i := range million {
			status := batch.Invited
			if i%20 == 0 {
				status = batch.Failed
			}
			history.Update(guestAddress(i), func(p *batch.AddressHistory) { p.Settled(status, uint64(i)) })
		}
		b.ReportMetric(float64(heap()-before)/million, "B/row")
		runtime.KeepAlive(&history)
	}
}

func guestAddress(i int) string {
	return fmt.Sprintf("firstname.lastname%d@partner%d.example", i, i%100)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
