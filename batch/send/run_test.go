package send_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestRateIsNeverExceededAndFilled(t *testing.T) {
	for _, rate := range []send.Rate{documented, {Requests: 5, Per: time.Second}, {Requests: 2, Per: time.Second}, {Requests: 30, Per: time.Minute}} {
		for _, workers := range []int{32, 200} {
			t.Run(fmt.Sprintf("%v %d", rate, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tr := newTrial()
					tr.Rate, tr.Workers = rate, workers
					tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
						time.Sleep(300*time.Millisecond + rand.N(700*time.Millisecond)) //nolint:forbidigo // virtual time
						return receipt(inv), nil
					}
					if err := tr.do(t, guests(750)); err != nil {
						t.Fatal(err)
					}
					withinRate(t, tr.graph.posts, rate)
					took := tr.graph.posts[749].at.Sub(tr.graph.posts[0].at)
					ideal := rate.Per * 749 / time.Duration(rate.Requests)
					if filled := ideal.Seconds() / took.Seconds(); filled < 0.98 {
						t.Errorf("filled %.3f", filled)
					}
				})
			})
		}
	}
}

// withinRate fails if any window holds more requests than the rate admits.
func withinRate(t *testing.T, posts []post, rate send.Rate) {
	t.Helper()
	for i := rate.Requests; i < len(posts); i++ {
		if span := posts[i].at.Sub(posts[i-rate.Requests].at); span < rate.Per {
			t.Fatalf("%d requests within %v", rate.Requests+1, span)
		}
	}
}

// A disk that stalls must not turn waiting rows into a burst.
func TestRateHoldsWhenTheJournalStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate = send.Rate{Requests: 5, Per: time.Second}
		tr.journal.fail = func(string) error {
			now := time.Now()
			until := now.Truncate(7 * time.Second).Add(7 * time.Second)
			time.Sleep(until.Sub(now)) //nolint:forbidigo // virtual time: everybody wakes together
			return nil
		}
		if err := tr.do(t, guests(200)); err != nil {
			t.Fatal(err)
		}
		withinRate(t, tr.graph.posts, tr.Rate)
	})
}

func TestThrottledAnswerHoldsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		var until time.Time
		tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
			if time.Now().Before(until) {
				t.Errorf("%s left although everybody is held", inv.EmailAddress)
			}
			if inv.EmailAddress == "guest10@x.example" && try == 1 {
				until = time.Now().Add(41 * time.Second)
				return graph.Receipt{}, refuse(429, 41*time.Second, graph.Entry{})
			}
			return receipt(inv), nil
		}
		tr.Rate, tr.Workers = send.Rate{Requests: 10, Per: time.Second}, 32
		if err := tr.do(t, mailed(40)); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: 40})
		assert.Equal(t, "attempts", tr.journal.outcomes["guest10@x.example"].Attempts, 2)
		assert.Equal(t, "throttled", tr.Meter.Snapshot().Throttled, 1)
	})
}

// Whoever asks why a run took so long is told: 10 requests at one a second wait
// for the pace, and once for Graph.
func TestMeterTellsWaitingFromWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate, tr.Workers = send.Rate{Requests: 1, Per: time.Second}, 4
		tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
			if inv.EmailAddress == "guest5@x.example" && try == 1 {
				return graph.Receipt{}, refuse(429, 20*time.Second, graph.Entry{})
			}
			return receipt(inv), nil
		}
		begun := time.Now()
		if err := tr.do(t, guests(9)); err != nil {
			t.Fatal(err)
		}
		seen, took := tr.Meter.Snapshot(), time.Since(begun)
		if seen.Held < 18*time.Second || seen.Held > 20*time.Second {
			t.Errorf("held %v, want the 20 s that Graph asked for, less a place in the pace", seen.Held)
		}
		if rest := took - seen.Held - seen.Waited; rest < 0 || rest > time.Second {
			t.Errorf("took %v, of which %v waiting and %v held: who waited the rest?", took, seen.Waited, seen.Held)
		}
	})
}

// The hold begins while rows are between the pace and the wire: their intents
// are being written.
func TestHoldCatchesRowsThatWaitForTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		var slow atomic.Bool
		tr.journal.fail = func(what string) error {
			if what == "intend" && slow.Swap(true) {
				time.Sleep(time.Second) //nolint:forbidigo // virtual time
			}
			return nil
		}
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			if tr.graph.count() == 1 {
				time.Sleep(100 * time.Millisecond) //nolint:forbidigo // virtual time: the others are admitted meanwhile
				return graph.Receipt{}, refuse(429, 30*time.Second, graph.Entry{})
			}
			return receipt(inv), nil
		}
		_ = tr.do(t, guests(20))
		for _, p := range tr.graph.posts[1:] {
			if after := p.at.Sub(tr.graph.posts[0].at); after < 30*time.Second {
				t.Errorf("%s left after %v", p.inv.EmailAddress, after)
			}
		}
	})
}

func TestAttemptsRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, refuse(500, 0, graph.Entry{Name: "InviteOperationFailed", Advice: "later"})
		}
		if err := tr.do(t, guests(1)); err != nil {
			t.Fatal(err)
		}
		o := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.Attempts, o.ErrorCode, o.Advice}, []any{batch.Failed, 6, "InviteOperationFailed", "later"})
		for i := 1; i < 6; i++ { // doubling, shortened by half at most
			gap := tr.graph.posts[i].at.Sub(tr.graph.posts[i-1].at)
			if most := time.Second << (i - 1); gap > most || gap < most/2 {
				t.Errorf("wait %d: %v", i, gap)
			}
		}
	})
}

func TestCatalogueCapsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, refuse(500, 0, graph.Entry{Name: "TargetAddressNotFound", Attempts: 3})
		}
		_ = tr.do(t, guests(1))
		assert.Equal(t, "attempts", tr.graph.count(), 3)
	})
}

func TestRefusedRowDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			if inv.EmailAddress == "guest3@x.example" {
				return graph.Receipt{}, refuse(400, 0, graph.Entry{Name: "GroupAddress"})
			}
			return receipt(inv), nil
		}
		if err := tr.do(t, mailed(10)); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: 9, batch.Failed: 1})
		assert.Equal(t, "posts", tr.graph.count(), 10)
	})
}

func TestStatusErrorIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			r := receipt(inv)
			r.Status = graph.StatusError
			return r, nil
		}
		_ = tr.do(t, guests(1))
		o := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.InvitationStatus}, []any{batch.Failed, graph.StatusError})
	})
}

func TestTenantSaysStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate = send.Rate{Requests: 20, Per: time.Second}
		blocked := graph.Entry{Name: "SuspiciousActivity", Scope: graph.ScopeTenant, Advice: "support"}
		var after atomic.Int32
		var said atomic.Bool
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			if said.Load() {
				after.Add(1)
			}
			time.Sleep(400 * time.Millisecond) //nolint:forbidigo // virtual time
			if inv.EmailAddress == "guest11@x.example" {
				said.Store(true)
				return graph.Receipt{}, refuse(403, 0, blocked)
			}
			return receipt(inv), nil
		}
		err := tr.do(t, mailed(1000))
		var stop *send.TenantError
		if !errors.As(err, &stop) || stop.Hint() != "support" {
			t.Fatalf("got %v", err)
		}
		assert.Equal(t, "requests after the answer", after.Load(), int32(0))
		o := tr.journal.outcomes["guest11@x.example"]
		assert.Equal(t, "its row", []any{o.Status, o.ErrorCode}, []any{batch.Pending, "SuspiciousActivity"})
		assert.Equal(t, "every intent has an outcome", len(tr.journal.settled), len(tr.journal.intents))
	})
}

// A person who has an account of the tenant needs no invitation: that is no failure.
func TestWhoIsInTheDirectoryExists(t *testing.T) {
	const id = "7b92124c-9fa9-406f-8b8e-225df8376ba9"
	var member graph.Entry
	for _, e := range graph.Catalogue() {
		if strings.Contains(e.Message, "They can use that account") && strings.HasPrefix(e.Name, "Already") {
			member = e
		}
	}
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			if inv.EmailAddress == "guest0@x.example" {
				return graph.Receipt{}, &graph.Refusal{Status: 400, Code: "BadRequest", Message: strings.Replace(member.Message, "{id}", id, 1), RequestID: "req", Entry: member}
			}
			return receipt(inv), nil
		}
		tr.MaxFailures = 1
		if err := tr.do(t, guests(2)); err != nil {
			t.Fatal(err)
		}
		o := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.Existing, o.UserID, o.ErrorCode, o.Error, o.Advice, o.RequestID},
			[]any{batch.Existing, batch.ExistingMember, id, "", "", member.Advice, "req"})
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Existing: 1, batch.Invited: 1})
		assert.Equal(t, "rows done", tr.Meter.Snapshot().Done, 2)
	})
}

func TestLimitAndFailuresEndTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Limit = 7
		if err := tr.do(t, guests(10)); !errors.Is(err, send.ErrLimit) {
			t.Errorf("got %v", err)
		}
		assert.Equal(t, "posts", tr.graph.count(), 7)

		tr = newTrial()
		tr.Limit = 10
		if err := tr.do(t, guests(10)); err != nil {
			t.Errorf("a limit that fits: %v", err)
		}

		tr = newTrial()
		tr.MaxFailures, tr.Workers = 3, 1
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, refuse(400, 0, graph.Entry{Name: "GroupAddress"})
		}
		if err := tr.do(t, guests(10)); !errors.Is(err, send.ErrFailures) {
			t.Errorf("got %v", err)
		}
		assert.Equal(t, "posts", tr.graph.count(), 3)
	})
}

func TestInterruptLetsRequestsInFlightFinish(t *testing.T) {
	for _, test := range []struct {
		name    string
		latency time.Duration
		settled int // of the 4 in flight
	}{{"within grace", 20 * time.Second, 4}, {"past grace", time.Hour, 0}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Workers = 4
				tr.graph.answer = func(ctx context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
					select {
					case <-time.After(test.latency):
						return receipt(inv), nil
					case <-ctx.Done():
						return graph.Receipt{}, &graph.NoAnswerError{Err: ctx.Err()}
					}
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(send.ErrInterrupted) })
				start := time.Now()
				if err := tr.run(ctx, mailed(100)); !errors.Is(err, send.ErrInterrupted) {
					t.Errorf("got %v", err)
				}
				assert.Equal(t, "posts", tr.graph.count(), 4)
				assert.Equal(t, "settled", len(tr.journal.outcomes), test.settled)
				if took := time.Since(start); took > 31*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// The tenant says stop while a mailed request is in flight, and grace ends: the
// request is cut with that refusal as its cause, which is no answer to it.
func TestRequestCutByAnothersRefusalStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Workers, tr.Grace = 2, 10*time.Second
		tr.graph.answer = func(ctx context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			if inv.EmailAddress == "guest1@x.example" {
				time.Sleep(time.Second) //nolint:forbidigo // virtual time
				return graph.Receipt{}, refuse(403, 0, graph.Entry{Name: "SuspiciousActivity", Scope: graph.ScopeTenant})
			}
			<-ctx.Done()
			return graph.Receipt{}, &graph.NoAnswerError{Err: context.Cause(ctx)}
		}
		_ = tr.do(t, mailed(2))
		_, settled := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "settled", settled, false)
	})
}

// Windows ends a process five seconds after its console was closed: what is in flight has
// three.
func TestAClosedWindowLeavesThreeSeconds(t *testing.T) {
	for _, test := range []struct {
		cause error
		want  time.Duration
	}{{send.ErrClosing, 3 * time.Second}, {send.ErrInterrupted, 10 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.Grace = 10 * time.Second
			ctx, cancel := context.WithCancelCause(t.Context())
			var began time.Time
			tr.graph.answer = func(ctx context.Context, _ int, _ graph.Invitation) (graph.Receipt, error) {
				began = time.Now()
				cancel(test.cause)
				<-ctx.Done()
				return graph.Receipt{}, &graph.NoAnswerError{Err: context.Cause(ctx)}
			}
			err := tr.run(ctx, mailed(1))
			assert.Equal(t, "interrupted", errors.Is(err, send.ErrInterrupted), true)
			assert.Equal(t, "grace", time.Since(began), test.want)
		})
	}
}

func TestJournalThatFailsStopsEverything(t *testing.T) {
	for _, test := range []struct {
		when  string
		posts int
	}{{"intend", 0}, {"settle", 1}} {
		t.Run(test.when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Workers = 1
				full := errors.New("disk full")
				tr.journal.fail = func(what string) error {
					if what == test.when {
						return full
					}
					return nil
				}
				err := tr.do(t, guests(10))
				if !errors.As(err, new(*send.JournalError)) || !errors.Is(err, full) {
					t.Errorf("got %v", err)
				}
				assert.Equal(t, "posts", tr.graph.count(), test.posts)
			})
		})
	}
}

func TestNetworkDownStopsTheRunAndFailsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, &graph.UnreachableError{Err: errors.New("no route")}
		}
		err := tr.do(t, mailed(100))
		if !errors.As(err, new(*graph.UnreachableError)) {
			t.Errorf("got %v", err)
		}
		for address, o := range tr.journal.outcomes {
			if o.Status != batch.Pending || o.Attempts != 0 {
				t.Errorf("%s: %+v", address, o)
			}
		}
	})
}

func TestListThatBreaksStopsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		broken := errors.New("row 5: unreadable")
		err := tr.do(t, func(yield func(batch.Step, error) bool) {
			_ = yield(step("a@x.example", silent), nil) && yield(batch.Step{}, broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}

func TestIntentIsOnDiskBeforeTheRequestLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			tr.journal.mu.Lock()
			defer tr.journal.mu.Unlock()
			for _, in := range tr.journal.intents {
				if in.Address == inv.EmailAddress {
					assert.Equal(t, "mail", in.Mail, inv.SendMessage)
					return receipt(inv), nil
				}
			}
			t.Errorf("%s left without an intent", inv.EmailAddress)
			return receipt(inv), nil
		}
		_ = tr.do(t, mailed(50))
	})
}

// What stands between us and Graph ends the run. Graph may have a request all the same,
// so that one with an email stays open; any other leaves its row as it was.
func TestNotGraphStopsAtOnce(t *testing.T) {
	page := &graph.NotGraphError{Status: 200, Title: "Sign in"}
	for name, test := range map[string]struct {
		err  error
		mail kind
		want map[batch.Status]int // of the row that met it, none where its intent is open
	}{
		"silent":              {page, silent, map[batch.Status]int{batch.Pending: 1}},
		"emailed":             {page, withMail, map[batch.Status]int{}},
		"stopped by a proxy":  {&graph.NotGraphError{Status: 407, NotSent: true}, withMail, map[batch.Status]int{batch.Pending: 1}},
		"unknown certificate": {&graph.UnreachableError{Err: &tls.CertificateVerificationError{Err: errors.New("unknown authority")}}, withMail, map[batch.Status]int{batch.Pending: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Workers = 1
				tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
					return graph.Receipt{}, test.err
				}
				begun := time.Now()
				err := tr.do(t, people(10, test.mail))
				if !errors.Is(err, test.err) || tr.graph.count() != 1 || time.Since(begun) > 0 {
					t.Errorf("%v after %d requests and %v", err, tr.graph.count(), time.Since(begun))
				}
				assert.Equal(t, "statuses", tr.journal.statuses(), test.want)
				assert.Equal(t, "intents", len(tr.journal.intents), 1)
			})
		})
	}
}

// A look-up that something else answers proves nothing, and is not repeated.
func TestNotGraphStopsLookUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		page := &graph.NotGraphError{Status: 200, Title: "Sign in"}
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, &graph.NoAnswerError{Err: errors.New("cut")}
		}
		tr.graph.users = func(string) ([]graph.User, error) { return nil, page }
		if err := tr.do(t, mailed(3)); !errors.Is(err, page) {
			t.Errorf("got %v", err)
		}
		assert.Equal(t, "look-ups", tr.graph.lookups, 1)
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{})
	})
}
