//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// printGrowth prints what lists of growing length take, as a table in Markdown.
func printGrowth(ctx context.Context, b *bench) error {
	if err := printAll("| rows | command | time | CPU | memory | journal | workbook |\n|--:|---|--:|--:|--:|--:|--:|\n"); err != nil {
		return err
	}
	for rows := 1000; rows <= b.rows; rows *= 10 {
		steps := []struct {
			name              string
			do                work
			journal, workbook string // that it writes
		}{
			{"check LIST.csv", b.checking(rows, ".csv"), "", ""},
			{"check LIST.xlsx", b.checking(rows, ".xlsx"), "", ""},
			{"invite LIST.csv", b.invite(rows), journalOf(b.results(rows)), b.results(rows)},
			{"undo RESULTS --dry-run", b.undo(rows), "", ""},
			{"invite LIST.csv, again", b.resume(rows), "", ""},
			{"report JOURNAL", b.report(rows), "", b.freshWorkbook()},
			{"check RESULTS", b.ofResults(rows, "check"), "", ""},
			{"retry RESULTS", b.retry(rows), "", ""},
			{"report RESULTS -o page.html", b.export(rows, ".html"), "", ""},
			{"report RESULTS -o results.csv", b.export(rows, ".csv"), "", ""},
			{"handoff RESULTS, 40 packages", b.handoff(rows, byManager), "", ""},
			{"status RESULTS", b.status(rows), "", ""},
			{"remind RESULTS --dry-run", b.remind(rows), "", ""},
		}
		for _, step := range steps {
			if !strings.Contains(step.name, b.only) {
				continue
			}
			c, err := step.do(ctx)
			if err != nil {
				return fmt.Errorf("%s, %d rows: %w", step.name, rows, err)
			}
			if _, err := fmt.Printf("| %d | `%s` | %s | %s | %d MiB | %s | %s |\n",
				rows, step.name, rounded(c.wall), rounded(c.cpu), c.memory>>20, size(step.journal), size(step.workbook)); err != nil {
				return err
			}
		}
	}
	return nil
}

// size of a file for people, a dash for none.
func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "-"
	}
	return fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20))
}
