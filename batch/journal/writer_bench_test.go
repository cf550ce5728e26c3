package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/pgtest"
	"guestlist/internal/secret"
)

// redeemURL is as long as real ones are.
var redeemURL = "https://login.microsoftonline.com/redeem?rd=" + strings.Repeat("x", 400)

// BenchmarkSettle takes rows through intent and outcome, and as many bytes
// through a plain file that is synced once for each group of waiting writers: no
// journal can be faster than that. Two syncs is what one row alone costs; many
// writers share theirs.
func BenchmarkSettle(b *testing.B) {
	for _, writers := range []int{1, 32, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			benchmarkSettle(b, writers)
		})
	}
}

// BenchmarkSettleOnPostgreSQL is the same with a server of this machine, which syncs.
func BenchmarkSettleOnPostgreSQL(b *testing.B) {
	databases.Store(b.Name(), pgtest.Start(b, "fsync = on").Database(b))
	for _, writers := range []int{1, 32, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			benchmarkSettle(b, writers)
		})
	}
}

func benchmarkSettle(b *testing.B, writers int) {
	b.Helper()
	j, shut, err := openFor(b.Context(), b.Name(), filepath.Join(b.TempDir(), name), sandbox)
	if err != nil {
		b.Fatal(err)
	}
	rate := share(b, writers, func(row int64) error { return invite(b, j, fmt.Sprintf("guest%d@partner.example", row)) })
	b.StopTimer()
	if err := errors.Join(j.Close(), shut()); err != nil {
		b.Fatal(err)
	}
	floor := floor(b, writers)
	b.ReportMetric(rate, "rows/s")
	b.ReportMetric(floor, "floor-rows/s")
	b.ReportMetric(floor/rate, "times-the-floor")
}

// invite is what a run writes about one row.
func invite(b *testing.B, j *journal.Journal, address string) error {
	b.Helper()
	id, err := j.Intend(b.Context(), batch.Intent{Address: address, Mail: true, At: time.Now()})
	if err != nil {
		return err
	}
	return j.Settle(b.Context(), id, batch.Outcome{
		Address: address, Status: batch.Invited, At: time.Now(), RedeemURL: secret.New(redeemURL),
		UserID: uuid.NewSHA1(uuid.Nil, []byte(address)).String(), InvitationStatus: "PendingAcceptance",
		Attempts: 1, RequestID: "f3d1b7a2-9b1c-4b6e-8f3e-0f9d1c2b3a4d", Fingerprint: 7,
	})
}

// floor appends what a row comes to, in two records, and returns rows per second.
func floor(b *testing.B, writers int) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	p := plain{f: f, waiting: make(chan chan error, 1024)}
	var owner sync.WaitGroup
	owner.Go(p.loop)
	rate := share(b, writers, func(int64) error {
		for range 2 {
			done := make(chan error, 1)
			p.waiting <- done
			if err := <-done; err != nil {
				return err
			}
		}
		return nil
	})
	close(p.waiting)
	owner.Wait()
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return rate
}

// plain is a file with group fsync.
type plain struct {
	f       *os.File
	waiting chan chan error
}

func (p plain) loop() {
	record := []byte(strings.Repeat("x", 350) + "\n")
	for first := range p.waiting {
		group := []chan error{first}
		for len(p.waiting) > 0 {
			group = append(group, <-p.waiting)
		}
		var err error
		for range group {
			if _, failed := p.f.Write(record); failed != nil {
				err = failed
			}
		}
		if failed := p.f.Sync(); failed != nil {
			err = failed
		}
		for _, done := range group {
			done <- err
		}
	}
}

// share does b.N rows with so many writers and returns the rows per second.
func share(b *testing.B, writers int, do func(row int64) error) float64 {
	b.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	begun := time.Now()
	for range writers {
		group.Go(func() {
			for row := next.Add(1); row <= int64(b.N); row = next.Add(1) {
				if err := do(row); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return float64(b.N) / time.Since(begun).Seconds()
}
