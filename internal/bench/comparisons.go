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

// comparisons are what the program is held to, each with its floor.
func (b *bench) comparisons() []comparison {
	tenth := max(b.rows/10, 1)
	all, some := strconv.Itoa(b.rows), strconv.Itoa(tenth)
	return []comparison{
		{
			name: "start: version", ours: b.oursOf("version"), promises: []promise{within(30 * time.Millisecond)},
			floorName: "a program that does nothing", floor: b.floorOf("nothing"),
		},
		{
			name: "start: invite, 10 rows, to the first request", ours: b.firstRequest, promises: []promise{within(100 * time.Millisecond)},
			floorName: "a program that does nothing", floor: b.floorOf("nothing"),
		},
		{
			name: "send: first request to last, no pace, 64 workers, " + some + " rows", rows: tenth, ours: b.send(tenth),
			floorName: "bare net/http, 64 workers", floor: b.bareSend(tenth), promises: []promise{speedAtLeast(0.4)},
		},
		{
			name: "invite: reading, sending and workbook, " + some + " rows", rows: tenth, ours: b.invite(tenth),
			floorName: "bare net/http, 64 workers", floor: b.bareSend(tenth), promises: []promise{rowsPerSecond(tenth, 5000), memoryUnder(120)},
		},
		{
			name: "report: journal to workbook, " + some + " rows", rows: tenth, ours: b.report(tenth), promises: []promise{memoryUnder(120)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", some),
		},
		{
			name: "check: CSV, " + all + " rows", rows: b.rows, ours: b.checking(b.rows, ".csv"),
			floorName: "encoding/csv, net/mail, map", floor: b.reading("judgecsv", b.rows, ".csv"), promises: []promise{timeAtMost(1.5)},
		},
		{
			name: "check: XLSX, " + all + " rows", rows: b.rows, ours: b.checking(b.rows, ".xlsx"),
			floorName: "excelize.Rows alone", floor: b.reading("readxlsx", b.rows, ".xlsx"), promises: []promise{timeAtMost(1.2)},
		},
		{
			name: "invite: " + all + " rows", rows: b.rows, ours: b.invite(b.rows), once: true,
			floorName: "bare net/http, 64 workers", floor: b.bareSend(b.rows), promises: []promise{rowsPerSecond(b.rows, 5000), memoryUnder(300)},
		},
		{
			name: "invite again: all " + all + " rows are invited", rows: b.rows, ours: b.resume(b.rows),
			floorName: "encoding/csv alone", floor: b.reading("readcsv", b.rows, ".csv"), promises: []promise{within(10 * time.Second), memoryUnder(300)},
		},
		{
			name: "report: " + all + " rows", rows: b.rows, ours: b.report(b.rows), once: true, promises: []promise{memoryUnder(300)},
			floorName: "StreamWriter without styles", floor: b.floorOf("writexlsx", "floor.xlsx", all),
		},
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

// checking keeps its list away from results, which check would read as well.
func (b *bench) checking(rows int, ending string) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(rows, ending)
		if err != nil {
			return cost{}, err
		}
		alone := filepath.Join(b.folder, "alone", filepath.Base(list))
		if err := errors.Join(os.MkdirAll(filepath.Dir(alone), 0o700), remove(alone), os.Link(list, alone)); err != nil {
			return cost{}, err
		}
		return b.ours(ctx, "check", alone)
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

// forget removes a batch, and what a killed run left of its journal.
func forget(results string) error {
	paths, err := filepath.Glob(journalOf(results) + "*")
	for _, path := range append(paths, results) {
		err = errors.Join(err, remove(path))
	}
	return err
}

// remove has no effect on what is not there.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
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

// anew is the workbook that report writes.
func (b *bench) anew() string { return filepath.Join(b.folder, "report.xlsx") }

// report writes the workbook from the journal.
func (b *bench) report(rows int) work {
	return func(ctx context.Context) (cost, error) {
		results, err := b.finished(ctx, rows)
		if err != nil {
			return cost{}, err
		}
		// A workbook that is there already would be read first.
		anew := b.anew()
		if err := remove(anew); err != nil {
			return cost{}, err
		}
		return b.ours(ctx, "report", journalOf(results), "--out", anew)
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
