package send_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
)

var errRefused = &graph.UnreachableError{Err: errors.New("connection refused")}

// faults are what requests meet while the service is down.
var faults = map[string]error{
	"500":                    refuse(500, 0, graph.Entry{}),
	"502":                    &graph.Refusal{Status: 502, Code: "BadGateway", Message: "a page", Entry: graph.Entry{Name: "ServiceFault"}},
	"503 of a gateway":       &graph.Refusal{Status: 503, Code: "ServiceUnavailable", Message: "a page", RetryAfter: 5 * time.Second},
	"503":                    refuse(503, 0, graph.Entry{}),
	"503 with Retry-After":   refuse(503, 5*time.Second, graph.Entry{}),
	"504":                    refuse(504, 0, graph.Entry{}),
	"509":                    refuse(509, 0, graph.Entry{}),
	"throttled for now":      &graph.Refusal{Status: 400, Code: "Request_ThrottledTemporarily", Message: "text", Envelope: true},
	"connection is refused":  errRefused,
	"no answer, then no way": nil, // see down
}

// down makes the service fail from a time on, for as long as lasts. It counts the requests that
// it met meanwhile.
func (tr *trial) down(from, lasts time.Duration, fault error) (met *atomic.Int32) {
	start := time.Now()
	met = new(atomic.Int32)
	isDown := func() error {
		if passed := time.Since(start); passed < from || passed >= from+lasts {
			return nil
		}
		met.Add(1)
		if fault == nil && time.Since(start) < from+time.Second {
			return errCut
		} else if fault == nil {
			return errRefused
		}
		return fault
	}
	answer := tr.graph.answer
	tr.graph.answer = func(ctx context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
		if err := isDown(); err != nil {
			return graph.Receipt{}, err
		}
		time.Sleep(200 * time.Millisecond) //nolint:forbidigo // virtual time
		if answer != nil {
			return answer(ctx, try, inv)
		}
		return receipt(inv), nil
	}
	tr.graph.users = func(string) ([]graph.User, error) { return nil, isDown() }
	return met
}

// An outage is nobody's fault: no row uses up its attempts, and few requests leave.
func TestOutageBurnsNoRow(t *testing.T) {
	for name, fault := range faults {
		for _, mail := range []kind{silent, withMail} {
			for _, workers := range []int{1, 32} {
				t.Run(fmt.Sprintf("%s, mail %t, %d workers", name, mail, workers), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						tr := newTrial()
						tr.Workers, tr.Rate, tr.MaxAttempts = workers, documented, 3
						met := tr.down(time.Second/2, 3*time.Minute, fault)
						if err := tr.do(t, people(40, mail)); err != nil {
							t.Fatal(err)
						}
						assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: 40})
						if met.Load() >= 60 || met.Load() < 6 {
							t.Errorf("%d requests during the outage", met.Load())
						}
						assert.Equal(t, "outage at the end", tr.Meter.Snapshot().OutageSince.IsZero(), true)
					})
				})
			}
		}
	}
}

// The last rows of a list have no others beside them.
func TestUnreachableForAMinuteEndsNoRun(t *testing.T) {
	for _, rows := range []int{1, 2, 40} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.MaxAttempts = 1
			tr.down(0, time.Minute, errRefused)
			if err := tr.do(t, mailed(rows)); err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: rows})
		})
	}
}

func TestOutageThatLastsTooLongEndsTheRun(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Rate = documented
				start := time.Now()
				met := tr.down(time.Second/2, time.Hour, fault)
				err := tr.do(t, mailed(100))
				var outage *send.OutageError
				if !errors.As(err, &outage) {
					t.Fatalf("got %v", err)
				}
				if began := outage.Since.Sub(start); began < time.Second/4 || began > 6*time.Second {
					t.Errorf("it began after %v", began)
				}
				if took := time.Since(start); took < 15*time.Minute || took > 16*time.Minute {
					t.Errorf("ended after %v", took)
				}
				statuses := tr.journal.statuses()
				assert.Equal(t, "failed", statuses[batch.Failed], 0)
				if statuses[batch.Invited] < 5 || met.Load() > 80 {
					t.Errorf("%v, %d requests during the outage", statuses, met.Load())
				}
				for address, o := range tr.journal.outcomes {
					if o.Status == batch.Pending && o.Attempts > 20 {
						t.Errorf("%s: %d attempts", address, o.Attempts)
					}
				}
			})
		})
	}
}

// While there is an outage one request at a time finds out whether it is over, later
// each time. Others do not leave.
func TestOutageIsProbedByOneRequestAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Workers = 8
		start := time.Now()
		var inFlight, together atomic.Int32
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			if n := inFlight.Add(1); time.Since(start) > time.Second && n > 1 {
				together.Add(1)
			}
			time.Sleep(300 * time.Millisecond) //nolint:forbidigo // virtual time
			inFlight.Add(-1)
			return graph.Receipt{}, refuse(504, 0, graph.Entry{})
		}
		time.AfterFunc(5*time.Minute, func() {
			if since := tr.Meter.Snapshot().OutageSince; !since.Equal(start) {
				t.Errorf("the outage has lasted since %v", since)
			}
		})
		_ = tr.do(t, guests(100))
		assert.Equal(t, "at the same time as a probe", together.Load(), int32(0))
		posts, want := tr.graph.posts, time.Second
		for i, p := range posts {
			if p.at.Sub(start) < 2*time.Second {
				continue // it left before the outage was noticed, or is the first probe
			}
			want = min(2*want, time.Minute)
			if gap := p.at.Sub(posts[i-1].at) - 300*time.Millisecond; gap != want && i < len(posts)-1 {
				t.Errorf("%v after the last probe, want %v", gap, want)
			}
		}
	})
}

// A row that never gets an answer, or some of them, keep no others from being invited,
// not even with one worker.
func TestRowsThatMeetFaultsHoldNoOthers(t *testing.T) {
	for _, workers := range []int{1, 32} {
		for _, bad := range []int{1, 5} {
			t.Run(fmt.Sprintf("%d workers, %d rows", workers, bad), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tr := newTrial()
					tr.Workers, tr.settle = workers, time.Second
					tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
						var n int
						_, _ = fmt.Sscanf(inv.EmailAddress, "guest%d@", &n)
						if n < bad {
							return graph.Receipt{}, refuse(500, 0, graph.Entry{})
						}
						return receipt(inv), nil
					}
					start := time.Now()
					var invited atomic.Int64
					tr.journal.fail = func(string) error {
						if tr.Meter.Snapshot().Invited < 100-bad {
							invited.Store(int64(time.Since(start)))
						}
						return nil
					}
					if err := tr.do(t, guests(100)); err != nil {
						t.Fatal(err)
					}
					assert.Equal(t, "invited", tr.journal.statuses()[batch.Invited], 100-bad)
					if after := time.Duration(invited.Load()); after > time.Minute {
						t.Errorf("the others were invited after %v", after)
					}
				})
			})
		}
	}
}

// failLast makes invitations of the last rows of a list fail, whatever is done. The
// directory answers.
func (tr *trial) failLast(rows, bad int) {
	tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
		time.Sleep(200 * time.Millisecond) //nolint:forbidigo // virtual time
		var n int
		_, _ = fmt.Sscanf(inv.EmailAddress, "guest%d@", &n)
		if n >= rows-bad {
			return graph.Receipt{}, refuse(500, 0, graph.Entry{})
		}
		return receipt(inv), nil
	}
}

// Rows at the end of a list have no others after them that show that the service works.
// The directory shows it: what they meet is their own, and the run ends.
func TestLastRowsThatMeetFaultsAreNoOutage(t *testing.T) {
	for _, workers := range []int{1, 32} {
		for _, mail := range []kind{silent, withMail} {
			for _, test := range []struct{ rows, bad int }{{3, 3}, {100, 3}, {100, 5}} {
				t.Run(fmt.Sprintf("%d workers, mail %t, %d of %d rows", workers, mail, test.bad, test.rows), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						tr := newTrial()
						tr.Workers, tr.settle = workers, 3*time.Hour
						tr.failLast(test.rows, test.bad)
						if err := tr.do(t, people(test.rows, mail)); err != nil {
							t.Fatal(err)
						}
						statuses := tr.journal.statuses()
						assert.Equal(t, "invited and failed", []int{statuses[batch.Invited], statuses[batch.Failed]}, []int{test.rows - test.bad, test.bad})
						for address, o := range tr.journal.outcomes {
							if o.Status == batch.Failed && o.ErrorCode != "Code" {
								t.Errorf("%s failed with %q", address, o.ErrorCode)
							}
						}
						assert.Equal(t, "outage at the end", tr.Meter.Snapshot().OutageSince.IsZero(), true)
					})
				})
			}
		}
	}
}

// Where invitations alone are down, the last rows of a list wait for them as well.
func TestOutageOfInvitationsAlone(t *testing.T) {
	for _, rows := range []int{3, 40} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.MaxAttempts = 3
			met := tr.down(0, 4*time.Minute, refuse(503, 0, graph.Entry{}))
			tr.graph.users = nil
			if err := tr.do(t, mailed(rows)); err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: rows})
			if met.Load() >= 60 {
				t.Errorf("%d requests during the outage", met.Load())
			}
		})
	}
}

// The rows that are left are the probe in turn: one of them may never get an answer.
func TestProbesAreSharedOut(t *testing.T) {
	for _, workers := range []int{1, 3, 32} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.Workers = workers
			tr.down(0, time.Hour, refuse(503, 0, graph.Entry{}))
			_ = tr.do(t, guests(5))
			tried := make(map[string]int)
			for _, p := range tr.graph.posts {
				tried[p.inv.EmailAddress]++
			}
			least, most := 100, 0
			for _, n := range tried {
				least, most = min(least, n), max(most, n)
			}
			if len(tried) != 5 || most-least > 2 {
				t.Errorf("%d workers: %v", workers, tried)
			}
		})
	}
}

// What changes in the tenant at the same time is no reason to give a row up. Where an email
// was asked for, the guest is looked up before it is asked for again.
func TestConflictsAreRepeated(t *testing.T) {
	for _, mail := range []kind{silent, withMail} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.settle = 3 * time.Hour
			tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
				if try < 4 || strings.HasPrefix(inv.EmailAddress, "guest1@") {
					return graph.Receipt{}, refuse(409, 0, graph.Entry{Name: "ConcurrentChange", Retry: graph.RetryAgain})
				}
				return receipt(inv), nil
			}
			if err := tr.do(t, people(2, mail)); err != nil {
				t.Fatal(err)
			}
			for i, want := range []batch.Outcome{{Status: batch.Invited, Attempts: 4}, {Status: batch.Failed, Attempts: 6}} {
				got := tr.journal.outcomes[fmt.Sprintf("guest%d@x.example", i)]
				assert.Equal(t, "outcome", []any{got.Status, got.Attempts}, []any{want.Status, want.Attempts})
			}
			assert.Equal(t, "looked up", tr.graph.lookups > 0, mail == withMail)
		})
	}
}

// A wait of up to an hour is kept; a longer one ends the run, and nothing is asked again
// before.
func TestLongWaitsAreKeptOrEndTheRun(t *testing.T) {
	for _, test := range []struct {
		status int
		wait   time.Duration
		ends   bool
	}{{429, time.Hour, false}, {429, 2 * time.Hour, true}, {503, 26 * time.Hour, true}} {
		t.Run(fmt.Sprint(test.status, test.wait), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				start := time.Now()
				tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
					if time.Since(start) < test.wait {
						return graph.Receipt{}, refuse(test.status, test.wait-time.Since(start), graph.Entry{})
					}
					return receipt(inv), nil
				}
				tr.Workers = 1
				err := tr.do(t, mailed(10))
				if !test.ends {
					assert.Equal(t, "statuses", fmt.Sprint(err, tr.journal.statuses()), "<nil> map[invited:10]")
					return
				}
				var wait *send.LongWaitError
				if !errors.As(err, &wait) || !wait.Until.Equal(start.Add(test.wait)) {
					t.Errorf("got %v", err)
				}
				assert.Equal(t, "posts", tr.graph.count(), 1)
				assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Pending: 1})
			})
		})
	}
}

// What an earlier run was asked to wait is kept.
func TestNothingLeavesBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		start := time.Now()
		tr.NotBefore = start.Add(20 * time.Minute)
		_ = tr.do(t, mailed(3))
		for _, p := range tr.graph.posts {
			if p.at.Sub(start) < 20*time.Minute {
				t.Errorf("a request left after %v", p.at.Sub(start))
			}
		}
		assert.Equal(t, "posts", tr.graph.count(), 3)
	})
}

// Each wait that Graph asks for is told before the row waits, so that it can be kept.
func TestEveryWaitIsTold(t *testing.T) {
	for name, status := range map[string]int{"throttled": 429, "busy": 503} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				const wait = 20 * time.Second
				start := time.Now()
				tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
					if time.Since(start) < wait {
						return graph.Receipt{}, refuse(status, wait-time.Since(start), graph.Entry{})
					}
					return receipt(inv), nil
				}
				told := make(map[time.Duration]bool)
				var mu sync.Mutex
				tr.Held = func(until time.Time) {
					mu.Lock()
					defer mu.Unlock()
					if time.Since(start) >= wait {
						t.Errorf("told after %v", time.Since(start))
					}
					told[until.Sub(start)] = true
				}
				if err := tr.do(t, mailed(8)); err != nil {
					t.Error(err)
				}
				assert.Equal(t, "told", told, map[time.Duration]bool{wait: true})
			})
		})
	}
}

func TestServerThatNobodyVouchesForStopsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Workers = 1
		unknown := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, &graph.UnreachableError{Err: unknown}
		}
		start := time.Now()
		err := tr.do(t, mailed(10))
		if errors.As(err, new(*send.OutageError)) || !errors.As(err, new(*graph.UnreachableError)) || time.Since(start) > 0 {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Pending: 1})
	})
}
