//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// work does something once and tells what it took.
type work func(context.Context) (cost, error)

// comparisons are the promises about speed, each with its floor.
func (b *bench) comparisons() []comparison {
	tenth := max(b.rows/10, 1)
	return []comparison{
		{"start: version", "a program that does nothing", "under 30 ms", b.floorOf("nothing"), b.oursOf("version"), 1},
		{"start: 10 rows to the first request", "a program that does nothing", "under 100 ms", b.floorOf("nothing"), b.firstRequest, 10},
		{"send, no pace, 64 workers", "bare net/http, 64 workers", "speed x 0.4", b.bareSend(tenth), b.send(tenth), tenth},
		{"invite, end to end", "bare net/http, 64 workers", "5,000 rows/s", b.bareSend(tenth), b.invite(tenth), tenth},
		{"report: the workbook from the journal", "StreamWriter without styles", "time x 1.3 without the journal", b.floorOf("writexlsx", "floor.xlsx", strconv.Itoa(tenth)), b.report(tenth), tenth},
		{"check, CSV", "encoding/csv alone", "time x 4", b.reading("readcsv", b.rows, ".csv"), b.checking(b.rows, ".csv"), b.rows},
		{"check, XLSX", "excelize.Rows alone", "time x 1.2", b.reading("readxlsx", b.rows, ".xlsx"), b.checking(b.rows, ".xlsx"), b.rows},
		{"resume of a finished batch", "encoding/csv alone", "under 10 s, 300 MiB", b.reading("readcsv", b.rows, ".csv"), b.resume(b.rows), b.rows},
	}
}

func (b *bench) floorOf(args ...string) work {
	return func(ctx context.Context) (cost, error) { return b.floor(ctx, args...) }
}

func (b *bench) oursOf(args ...string) work {
	return func(ctx context.Context) (cost, error) { return b.ours(ctx, args...) }
}

func (b *bench) reading(floor string, rows int, ending string) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(rows, ending)
		if err != nil {
			return cost{}, err
		}
		return b.floor(ctx, floor, list)
	}
}

func (b *bench) checking(rows int, ending string) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(rows, ending)
		if err != nil {
			return cost{}, err
		}
		return b.ours(ctx, "check", list)
	}
}

// bareSend counts from the first request to the last, as send does.
func (b *bench) bareSend(rows int) work {
	return b.spanned(func(ctx context.Context) (cost, error) {
		return b.floor(ctx, "post", b.server.url+"/v1.0/invitations", strconv.Itoa(rows), "64")
	})
}

// send is the part of invite from the first request to the last.
func (b *bench) send(rows int) work { return b.spanned(b.invite(rows)) }

// spanned takes the time in which the server got requests.
func (b *bench) spanned(do work) work {
	return func(ctx context.Context) (cost, error) {
		if _, err := b.server.span(ctx); err != nil { // forgets what came before
			return cost{}, err
		}
		c, err := do(ctx)
		if err != nil {
			return c, err
		}
		seen, err := b.server.span(ctx)
		c.wall = seen.Last.Sub(seen.First)
		return c, err
	}
}

// invite is a whole run of a list that nobody was invited from yet.
func (b *bench) invite(rows int) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(rows, ".csv")
		if err != nil {
			return cost{}, err
		}
		results := b.results(rows)
		if err := forget(results); err != nil {
			return cost{}, err
		}
		return b.ours(ctx, b.command(list, results)...)
	}
}

func (b *bench) command(list, results string) []string {
	return []string{
		"invite", list, "--out", results, "--graph-url", b.server.url + "/v1.0",
		"--rate", "0", "--workers", "64", "--progress", "none", "--yes",
	}
}

func (b *bench) results(rows int) string {
	return filepath.Join(b.folder, fmt.Sprintf("list-%d.results.xlsx", rows))
}

func journalOf(results string) string {
	return results[:len(results)-len(".xlsx")] + ".journal.db"
}

// forget removes a batch.
func forget(results string) error {
	for _, path := range []string{results, journalOf(results)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// finished makes sure that there is a batch of so many rows, all invited.
func (b *bench) finished(ctx context.Context, rows int) (results string, err error) {
	results = b.results(rows)
	if _, err := os.Stat(results); err == nil {
		return results, nil
	}
	_, err = b.invite(rows)(ctx)
	return results, err
}

// resume is the same command once more: nobody is left to invite.
func (b *bench) resume(rows int) work {
	return func(ctx context.Context) (cost, error) {
		results, err := b.finished(ctx, rows)
		if err != nil {
			return cost{}, err
		}
		list, err := b.list(rows, ".csv")
		if err != nil {
			return cost{}, err
		}
		return b.ours(ctx, b.command(list, results)...)
	}
}

// report writes the workbook from the journal.
func (b *bench) report(rows int) work {
	return func(ctx context.Context) (cost, error) {
		results, err := b.finished(ctx, rows)
		if err != nil {
			return cost{}, err
		}
		return b.ours(ctx, "report", journalOf(results))
	}
}

// firstRequest is from the start of the program to its first request.
func (b *bench) firstRequest(ctx context.Context) (cost, error) {
	if _, err := b.server.span(ctx); err != nil {
		return cost{}, err
	}
	begun := time.Now()
	c, err := b.invite(10)(ctx)
	if err != nil {
		return c, err
	}
	seen, err := b.server.span(ctx)
	c.wall = seen.First.Sub(begun)
	return c, err
}
