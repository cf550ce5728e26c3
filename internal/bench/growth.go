//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// growth prints what lists of growing length take, as a table in Markdown.
func (b *bench) growth(ctx context.Context) error {
	_, err := fmt.Println("| rows | command | time | CPU | memory | journal | workbook |\n|--:|---|--:|--:|--:|--:|--:|")
	if err != nil {
		return err
	}
	for rows := 1000; rows <= b.rows; rows *= 10 {
		steps := []struct {
			name string
			do   work
		}{
			{"check LIST.csv", b.checking(rows, ".csv")},
			{"check LIST.xlsx", b.checking(rows, ".xlsx")},
			{"invite LIST.csv", b.invite(rows)},
			{"invite again", b.resume(rows)},
			{"report JOURNAL", b.report(rows)},
		}
		for _, step := range steps {
			c, err := step.do(ctx)
			if err != nil {
				return fmt.Errorf("%s, %d rows: %w", step.name, rows, err)
			}
			if err := b.growthLine(rows, step.name, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) growthLine(rows int, name string, c cost) error {
	results := b.results(rows)
	_, err := fmt.Printf("| %d | `%s` | %s | %s | %d MiB | %s | %s |\n",
		rows, name, c.wall.Round(10*time.Millisecond), c.cpu.Round(10*time.Millisecond), c.memory>>20,
		size(journalOf(results)), size(results))
	return err
}

// size of a file for people, a dash for none.
func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "-"
	}
	return fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20))
}
