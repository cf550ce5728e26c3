//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// comparison is something that the program does, beside the least code that can
// do it: the floor.
type comparison struct {
	name, floorName string
	floor, ours     work
	// rows is how many rows each of them handles.
	rows    int
	targets []target
	// once is for work that takes minutes.
	once bool
}

// comparisons are all that is compared, in the order in which it runs.
func comparisons(b *bench) []comparison {
	tenth := max(b.rows/10, 1)
	all, some := strconv.Itoa(b.rows), strconv.Itoa(tenth)
	return []comparison{
		{
			name: "start: version", ours: b.oursOf("version"), targets: []target{within(30 * time.Millisecond)},
			floorName: "a program that does nothing", floor: b.floorOf("nothing"),
		},
		{
			name: "start: invite, 10 rows, to the first request", ours: b.firstRequest, targets: []target{within(100 * time.Millisecond)},
			floorName: "a program that does nothing", floor: b.floorOf("nothing"),
		},
		{
			name: "send: first request to last, no rate limit, 64 workers, " + some + " rows", rows: tenth, ours: b.send(tenth),
			floorName: "bare net/http, 64 workers", floor: b.bareSend(tenth), targets: []target{speedAtLeast(0.33)},
		},
		{
			name: "invite: reading, sending and workbook, " + some + " rows", rows: tenth, ours: b.invite(tenth),
			floorName: "bare net/http, 64 workers", floor: b.bareSend(tenth), targets: []target{rowsPerSecond(tenth, 5000), memoryUnder(120)},
		},
		{
			name: "report: journal to workbook, " + some + " rows", rows: tenth, ours: b.report(tenth), targets: []target{memoryUnder(120)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", some),
		},
		{
			name: "check: CSV, " + all + " rows", rows: b.rows, ours: b.checking(b.rows, ".csv"),
			floorName: "encoding/csv, net/mail, map", floor: b.reading("judgecsv", b.rows, ".csv"), targets: []target{timeAtMost(1.5)},
		},
		{
			name: "check: XLSX, " + all + " rows", rows: b.rows, ours: b.checking(b.rows, ".xlsx"),
			floorName: "excelize.Rows alone", floor: b.reading("readxlsx", b.rows, ".xlsx"), targets: []target{timeAtMost(1.2)},
		},
		{
			name: "invite: " + all + " rows", rows: b.rows, ours: b.invite(b.rows), once: true,
			floorName: "bare net/http, 64 workers", floor: b.bareSend(b.rows), targets: []target{rowsPerSecond(b.rows, 5000), memoryUnder(300)},
		},
		{
			name: "invite again: all " + all + " rows are invited", rows: b.rows, ours: b.resume(b.rows),
			floorName: "encoding/csv alone", floor: b.reading("readcsv", b.rows, ".csv"), targets: []target{within(10 * time.Second), memoryUnder(300)},
		},
		{
			name: "report: " + all + " rows", rows: b.rows, ours: b.report(b.rows), once: true, targets: []target{memoryUnder(300)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", all),
		},
		{
			name: "retry: nothing to do, " + some + " rows", rows: tenth, ours: b.retry(tenth), targets: []target{timeAtMost(1.5)},
			floorName: "invite again", floor: b.resume(tenth),
		},
		{
			name: fmt.Sprintf("look-ups: %s rows, a tenant of %d users, 100 ms for an answer", some, tenantUsers), rows: tenth, ours: b.lookUp(tenth, tenth),
			floorName: "reading all users", floor: b.allUsers(tenth), targets: []target{timeAtMost(1.2), memoryUnder(120)}, once: true,
		},
		{
			name: fmt.Sprintf("look-ups: 300 rows, a tenant of %d users, 100 ms for an answer", tenantUsers), rows: 300, ours: b.lookUp(300, tenth),
			floorName: "reading all users", floor: b.allUsers(tenth), targets: []target{timeAtMost(0.1)}, once: true,
		},
		{
			name: fmt.Sprintf("status: %s guests, a tenant of %d users, 100 ms for an answer", some, tenantUsers), rows: tenth, ours: b.status(tenth),
			floorName: "reading all users", floor: b.allUsers(tenth), targets: []target{timeAtMost(1.3), cpuUnder(10 * time.Second), memoryUnder(250)}, once: true,
		},
		{
			name: "remind: who would be, " + all + " guests, 100 ms for an answer", rows: b.rows, ours: b.remind(b.rows), once: true,
			floorName: "reading all users", floor: b.allUsers(b.rows), targets: []target{memoryUnder(300)},
		},
		{
			name: "undo: who would be removed, " + all + " guests", rows: b.rows, ours: b.undo(b.rows), once: true,
			floorName: "reading all users", floor: b.allUsers(b.rows), targets: []target{memoryUnder(300)},
		},
		{
			name: "handoff: 5 packages, " + some + " rows", rows: tenth, ours: b.handoff(tenth, byProject), targets: []target{within(8 * time.Second), memoryUnder(200)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", some),
		},
		{
			name: "handoff: 20,000 packages, " + some + " rows", rows: tenth, ours: b.handoff(tenth, byCompany), targets: []target{within(20 * time.Second), memoryUnder(200)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", some), once: true,
		},
		{
			name: "handoff: 40 packages, " + all + " rows", rows: b.rows, ours: b.handoff(b.rows, byManager), targets: []target{memoryUnder(300)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", all), once: true,
		},
		{
			name: "report: workbook to CSV, " + all + " rows", rows: b.rows, ours: b.export(b.rows, ".csv"), targets: []target{memoryUnder(300)},
			floorName: "encoding/csv alone", floor: b.reading("readcsv", b.rows, ".csv"), once: true,
		},
		{
			name: "report: a page, " + all + " rows", rows: b.rows, ours: b.export(b.rows, ".html"), targets: []target{memoryUnder(300)},
			floorName: "encoding/csv alone", floor: b.reading("readcsv", b.rows, ".csv"), once: true,
		},
	}
}

// run runs floor and program in turn, so that a noisy machine slows both, and
// prints the medians and whether the targets are met.
func (c comparison) run(ctx context.Context, b *bench) error {
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
	for _, t := range c.targets {
		if err := b.score.print(t.text, t.measure(o, f)); err != nil {
			return err
		}
	}
	return nil
}

// median gives the median of the times and the most memory of several runs.
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
	line := fmt.Sprintf("    %-28s %9s  %9s CPU  %5d MiB", name, rounded(c.wall), rounded(c.cpu), c.memory>>20)
	if rows > 1 {
		line += fmt.Sprintf("  %9.0f rows/s", float64(rows)/c.wall.Seconds())
	}
	return line + "\n"
}

// rounded leaves out the digits in which any two runs differ.
func rounded(d time.Duration) string {
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
