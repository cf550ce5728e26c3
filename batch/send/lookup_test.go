package send_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/pause"
)

var errCut = &graph.NoAnswerError{Err: errors.New("connection reset")}

// losing answers nothing at the first tries.
func losing(tries int) func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
	return func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
		if try <= tries {
			return graph.Receipt{}, errCut
		}
		return receipt(inv), nil
	}
}

func TestSilentRowWithoutAnAnswerIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = losing(2)
		_ = tr.do(t, guests(1))
		o := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.Attempts, o.RedeemURL.IsZero()}, []any{batch.Invited, 3, false})
		assert.Equal(t, "look-ups", tr.graph.lookups, 0)
	})
}

// A request that was given up can be carried out after the one that is answered, and end
// its link: that stays known. One that was cut off is not waited for by the service.
func TestLinkAfterATimeOutIsInDoubt(t *testing.T) {
	const gatewayTimeout, badGateway = 504, 502
	timeOut := &graph.NoAnswerError{Err: context.DeadlineExceeded}
	for name, test := range map[string]struct {
		first error
		again error // the second answer, if the third one is the good one
		doubt bool
	}{
		"time-out":             {timeOut, nil, true},
		"of a gateway":         {refuse(gatewayTimeout, 0, graph.Entry{}), nil, true},
		"and then a cut":       {timeOut, errCut, true},
		"cut":                  {errCut, nil, false},
		"broken gateway":       {refuse(badGateway, 0, graph.Entry{}), nil, false},
		"throttled":            {refuse(429, time.Second, graph.Entry{}), nil, false},
		"time-out, dialling":   {&graph.UnreachableError{Err: context.DeadlineExceeded}, nil, false},
		"answered all at once": {nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
					switch {
					case try == 1 && test.first != nil:
						return graph.Receipt{}, test.first
					case try == 2 && test.again != nil:
						return graph.Receipt{}, test.again
					}
					return receipt(inv), nil
				}
				_ = tr.do(t, guests(1))
				assert.Equal(t, "status", tr.journal.outcomes["guest0@x.example"].Status, batch.Invited)
				assert.Equal(t, "intent that stays open", tr.journal.lastIsOpen(), test.doubt)
			})
		})
	}
}

// What was given up in an earlier run can be carried out after the request of this one,
// for as long as a look-up does not prove that nothing came of it.
func TestLinkAfterARequestOfAnEarlierRunIsInDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		late, wait time.Duration // how long ago it left; how long the first request of this run is throttled
		doubt      bool
	}{
		"none is open":               {0, 0, false},
		"a minute ago":               {time.Minute, 0, true},
		"just within the time":       {15*time.Minute - 2*time.Second, 0, true},
		"after the time":             {15 * time.Minute, 0, false},
		"after the time by a wait":   {5 * time.Minute, 11 * time.Minute, false},
		"within the time with waits": {5 * time.Minute, 9 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
					if try == 1 && test.wait > 0 {
						return graph.Receipt{}, refuse(429, test.wait, graph.Entry{})
					}
					return receipt(inv), nil
				}
				steps := func(yield func(batch.Step, error) bool) {
					for step, err := range guests(1) {
						if test.late > 0 {
							step.Late = time.Now().Add(-test.late)
						}
						if !yield(step, err) {
							return
						}
					}
				}
				_ = tr.do(t, steps)
				assert.Equal(t, "status", tr.journal.outcomes["guest0@x.example"].Status, batch.Invited)
				assert.Equal(t, "intent that stays open", tr.journal.lastIsOpen(), test.doubt)
			})
		})
	}
}

// A request that was given up has an intent of its own: a run that goes on after a kill
// sees that more than one may still be carried out.
func TestEachRequestThatIsGivenUpHasAnIntent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
			if try < 3 {
				return graph.Receipt{}, &graph.NoAnswerError{Err: context.DeadlineExceeded}
			}
			return receipt(inv), nil
		}
		_ = tr.do(t, guests(1))
		assert.Equal(t, "intents", len(tr.journal.intents), 4) // three requests, and the doubt
	})
}

// A conflict may have been met after the guest was made: nobody is emailed twice for it.
func TestMailedRowThatMetAConflictIsLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, refuse(409, 0, graph.Entry{Name: "ConcurrentChange", Retry: graph.RetryAgain})
		}
		tr.graph.users = func(string) ([]graph.User, error) {
			return []graph.User{{ID: "u7", Created: tr.graph.posts[0].at.Add(time.Second)}}, nil
		}
		_ = tr.do(t, mailed(1))
		o := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.UserID, o.ErrorCode, tr.graph.count()}, []any{batch.Invited, "u7", "", 1})
	})
}

func TestMailedRowWithoutAnAnswerIsLookedUp(t *testing.T) {
	type result struct {
		Status batch.Status
		Code   string
		Mails  int
	}
	guest := func(created time.Duration) func(time.Time) ([]graph.User, error) {
		return func(sent time.Time) ([]graph.User, error) {
			return []graph.User{{ID: "u7", Created: sent.Add(created).Truncate(time.Second)}}, nil
		}
	}
	for _, test := range []struct {
		name  string
		users func(sent time.Time) ([]graph.User, error)
		want  result
	}{
		{"created since", guest(time.Second), result{batch.Invited, "", 1}},
		{"created in the same second", guest(0), result{batch.Invited, "", 1}},
		{"there before", guest(-time.Hour), result{batch.Unconfirmed, "GuestWasThere", 1}},
		{
			"not there", func(time.Time) ([]graph.User, error) { return nil, nil },
			result{batch.Invited, "", 2},
		},
		{
			"appears late", func(sent time.Time) ([]graph.User, error) {
				if time.Since(sent) < 14*time.Minute {
					return nil, nil
				}
				return guest(time.Second)(sent)
			},
			result{batch.Invited, "", 1},
		},
		{
			"look-up not permitted", func(time.Time) ([]graph.User, error) {
				return nil, refuse(403, 0, graph.Entry{Name: "RequestDenied", Scope: graph.ScopeTenant})
			},
			result{batch.Unconfirmed, "LookupForbidden", 1},
		},
		{
			"look-up gets no answer", func(time.Time) ([]graph.User, error) { return nil, errCut },
			result{"", "", 1}, // it stays open for the next run
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = losing(1)
				tr.graph.users = func(string) ([]graph.User, error) { return test.users(tr.graph.posts[0].at) }
				if err := tr.do(t, mailed(1)); err != nil {
					t.Fatal(err)
				}
				o := tr.journal.outcomes["guest0@x.example"]
				assert.Equal(t, "result", result{o.Status, o.ErrorCode, tr.graph.count()}, test.want)
			})
		})
	}
}

// Right after the request nobody is there yet. When no later look-up is
// answered, that proves nothing.
func TestEarlyLookUpAloneProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = losing(1)
		looks := 0
		tr.graph.users = func(string) ([]graph.User, error) {
			if looks++; looks == 1 {
				return nil, nil
			}
			return nil, errCut
		}
		_ = tr.do(t, mailed(1))
		assert.Equal(t, "mails", tr.graph.count(), 1)
		assert.Equal(t, "open", tr.open, 1)
		assert.Equal(t, "outcomes", len(tr.journal.outcomes), 0)
	})
}

func TestGuestIsGivenTimeToAppear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = losing(1)
		_ = tr.do(t, mailed(1))
		if gap := tr.graph.posts[1].at.Sub(tr.graph.posts[0].at); gap < 15*time.Minute {
			t.Errorf("sent again after %v", gap)
		}
	})
}

// swaying is a tenant whose clock is known no better than each answer tells, which says
// the middle of its second.
type swaying struct {
	*fakeGraph

	ahead time.Duration
}

func (g *swaying) ServerTime(local time.Time) time.Time { return local.Add(g.ahead) }

func (g *swaying) LookUp(ctx context.Context, addresses []string) (map[string][]graph.User, error) {
	if err := pause.For(ctx, 20*time.Millisecond); err != nil {
		return nil, err
	}
	now := time.Now()
	g.ahead = now.Truncate(time.Second).Add(500 * time.Millisecond).Sub(now)
	return g.fakeGraph.LookUp(ctx, addresses)
}

// When absence is about to count, the tenant is not asked again and again, and nobody
// waits for minutes after that.
func TestAbsenceThatIsAboutToCountIsNotHurried(t *testing.T) {
	for offset := time.Duration(0); offset < time.Second; offset += 100 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			if err := pause.For(t.Context(), offset); err != nil {
				t.Fatal(err)
			}
			tr := newTrial()
			tr.Inviter, tr.LookupFor = &swaying{fakeGraph: tr.graph}, 3*time.Second
			tr.graph.answer = losing(1)
			if err := tr.do(t, mailed(1)); err != nil {
				t.Fatal(err)
			}
			if gap := tr.graph.posts[1].at.Sub(tr.graph.posts[0].at); gap > 6*time.Second || tr.graph.lookups > 6 {
				t.Errorf("begun at %v: sent again after %v and %d look-ups", offset, gap, tr.graph.lookups)
			}
		})
	}
}

// jumping is a tenant whose Date is an hour ahead from its first look-up on.
type jumping struct {
	*fakeGraph

	ahead time.Duration
}

func (g *jumping) ServerTime(local time.Time) time.Time { return local.Add(g.ahead) }

func (g *jumping) LookUp(ctx context.Context, addresses []string) (map[string][]graph.User, error) {
	g.ahead = time.Hour
	return g.fakeGraph.LookUp(ctx, addresses)
}

// A clock that jumps proves nothing: absence counts after a quarter of an hour by ours, too.
func TestADateThatJumpsProvesNothing(t *testing.T) {
	for name, begin := range map[string]func() batch.Step{
		"sent in this run": func() batch.Step { return step("a@x.example", withMail) },
		"in the run before": func() batch.Step {
			s := step("a@x.example", withMail)
			s.Action, s.Open = batch.LookUp, time.Now()
			s.OpenLatest = s.Open
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Inviter = &jumping{fakeGraph: tr.graph}
				tr.graph.answer = losing(1)
				begun := time.Now()
				tr.graph.users = func(string) ([]graph.User, error) {
					if time.Since(begun) < 14*time.Minute {
						return nil, nil
					}
					return []graph.User{{ID: "u7", Created: begun.Add(time.Hour)}}, nil
				}
				s := begin()
				posts := 1
				if s.Action == batch.LookUp {
					posts = 0
				}
				if err := tr.do(t, one(s)); err != nil {
					t.Fatal(err)
				}
				assert.Equal(t, "posts", tr.graph.count(), posts)
				assert.Equal(t, "status", tr.journal.outcomes["a@x.example"].Status, batch.Invited)
			})
		})
	}
}

// An earlier run was killed between the request and its answer.
func TestRowLeftOpenIsAskedAboutBeforeAnythingIsSent(t *testing.T) {
	for _, test := range []struct {
		name    string
		created time.Duration // from the old intent
		want    batch.Status
		mails   int
	}{
		{"mailed", time.Second, batch.Invited, 0},
		{"there before", -time.Hour, batch.Unconfirmed, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				s := step("a@x.example", withMail)
				s.Action, s.Open = batch.LookUp, time.Now().Add(-24*time.Hour)
				s.OpenLatest = s.Open
				tr.graph.users = func(string) ([]graph.User, error) {
					return []graph.User{{ID: "u7", Created: s.Open.Add(test.created)}}, nil
				}
				if err := tr.do(t, one(s)); err != nil {
					t.Fatal(err)
				}
				assert.Equal(t, "status", tr.journal.outcomes["a@x.example"].Status, test.want)
				assert.Equal(t, "mails", tr.graph.count(), test.mails)
			})
		})
	}
}

// TestRowWithoutAnEmailIsNeverUnconfirmed: an earlier run asked for an email, nothing came
// of it, and what is sent now asks for none.
func TestRowWithoutAnEmailIsNeverUnconfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.MaxAttempts = 1
		tr.graph.answer = losing(1)
		s := step("a@x.example", silent)
		s.Action, s.Open = batch.LookUp, time.Now().Add(-24*time.Hour)
		s.OpenLatest = s.Open
		tr.graph.users = func(string) ([]graph.User, error) {
			if tr.graph.count() > 0 {
				return nil, refuse(403, 0, graph.Entry{Name: "RequestDenied"})
			}
			return nil, nil
		}
		_ = tr.do(t, one(s))
		assert.Equal(t, "status", tr.journal.outcomes["a@x.example"].Status, batch.Pending)
	})
}

// TestLinkOfAFailedInvitationIsNotHandedOut: an earlier request was answered by nobody, the
// next one with the status Error, and the guest is there.
func TestLinkOfAFailedInvitationIsNotHandedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
			if try == 1 {
				return graph.Receipt{}, errCut
			}
			r := receipt(inv)
			r.Status = graph.StatusError
			return r, nil
		}
		tr.graph.users = func(string) ([]graph.User, error) { return []graph.User{{ID: "u7", Created: time.Now()}}, nil }
		_ = tr.do(t, guests(1))
		o := tr.journal.outcomes["guest0@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.UserID, o.LinkState()}, []any{batch.Invited, "u7", batch.LinkMissing})
	})
}

func TestStopDuringTheLookUpLeavesTheRowOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = losing(1)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(10*time.Second, func() { cancel(send.ErrInterrupted) })
		_ = tr.run(ctx, mailed(1))
		assert.Equal(t, "posts", tr.graph.count(), 1)
		assert.Equal(t, "outcomes", len(tr.journal.outcomes), 0)
		assert.Equal(t, "intents", len(tr.journal.intents), 1)
	})
}

// A stop between two attempts of a silent row may not claim that nothing happened.
func TestStopBetweenAttemptsLeavesAnUnansweredRowOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.graph.answer = losing(9)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { cancel(send.ErrInterrupted) })
		_ = tr.run(ctx, guests(1))
		assert.Equal(t, "outcomes", len(tr.journal.outcomes), 0)
	})
}

// No worker waits for the directory: with every worker's row parked, the others are
// sent in the time that the rate needs.
func TestParkedRowsHoldNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Workers, tr.Rate = 2, send.Rate{Requests: 10, Per: time.Second}
		tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
			if try == 1 && strings.HasPrefix(inv.EmailAddress, "guest1") {
				return graph.Receipt{}, errCut
			}
			return receipt(inv), nil
		}
		start := time.Now()
		r := send.New(tr.Config)
		if err := r.Do(t.Context(), mailed(200)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 22*time.Second {
			t.Errorf("the list took %v", took)
		}
		assert.Equal(t, "open", r.Open(), 111)
		if err := r.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: 200})
		assert.Equal(t, "posts", tr.graph.count(), 311)
		if tr.graph.lookups > 20*111/send.LookUpSize {
			t.Errorf("%d look-ups for 111 rows", tr.graph.lookups)
		}
	})
}

// Whatever later attempts meet, a row of which one got no answer has not failed for
// sure: only the tenant knows.
func TestOpenOutcomeStaysOpenWhateverFollows(t *testing.T) {
	for name, follows := range map[string]error{
		"refused":       refuse(400, 0, graph.Entry{Name: "GroupAddress"}),
		"never settled": errCut,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(_ context.Context, try int, _ graph.Invitation) (graph.Receipt, error) {
					if try == 1 {
						return graph.Receipt{}, errCut
					}
					return graph.Receipt{}, follows
				}
				tr.graph.users = func(string) ([]graph.User, error) {
					return []graph.User{{ID: "u7", Created: tr.graph.posts[0].at.Add(time.Second)}}, nil
				}
				_ = tr.do(t, guests(1))
				o := tr.journal.outcomes["guest0@x.example"]
				assert.Equal(t, "outcome", []any{o.Status, o.UserID, o.ErrorCode}, []any{batch.Invited, "u7", ""})
			})
		})
	}
}

// --unconfirmed=resend sends what a look-up cannot settle, and nothing else.
func TestResendSendsWhatALookUpCannotSettle(t *testing.T) {
	for name, test := range map[string]struct {
		users func(open time.Time) ([]graph.User, error)
		posts int
	}{
		"created since": {func(open time.Time) ([]graph.User, error) {
			return []graph.User{{ID: "u7", Created: open.Add(time.Second)}}, nil
		}, 0},
		"there before": {func(open time.Time) ([]graph.User, error) {
			return []graph.User{{ID: "u7", Created: open.Add(-time.Hour)}}, nil
		}, 1},
		"forbidden": {func(time.Time) ([]graph.User, error) {
			return nil, refuse(403, 0, graph.Entry{Name: "RequestDenied"})
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				s := step("a@x.example", withMail)
				s.Action, s.Resend, s.Open = batch.LookUp, true, time.Now().Add(-24*time.Hour)
				s.OpenLatest = s.Open
				tr.graph.users = func(string) ([]graph.User, error) { return test.users(s.Open) }
				_ = tr.do(t, one(s))
				assert.Equal(t, "posts", tr.graph.count(), test.posts)
				assert.Equal(t, "status", tr.journal.outcomes["a@x.example"].Status, batch.Invited)
			})
		})
	}
}

// TestResendIsSaidOfEarlierRequests: a look-up proved that nothing came of those, and the email
// that this run asked for may be on its way.
func TestResendIsSaidOfEarlierRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		s := step("a@x.example", withMail)
		s.Action, s.Resend, s.Open = batch.LookUp, true, time.Now().Add(-24*time.Hour)
		s.OpenLatest = s.Open
		tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
			return graph.Receipt{}, errCut
		}
		tr.graph.users = func(string) ([]graph.User, error) {
			if tr.graph.count() == 0 {
				return nil, nil
			}
			return nil, refuse(403, 0, graph.Entry{Name: "RequestDenied"})
		}
		_ = tr.do(t, one(s))
		assert.Equal(t, "posts", tr.graph.count(), 1)
		o := tr.journal.outcomes["a@x.example"]
		assert.Equal(t, "outcome", []any{o.Status, o.ErrorCode}, []any{batch.Unconfirmed, batch.CodeLookUpForbidden})
	})
}

// TestGuestWhoIsGoneIsInvitedAsIfNew: the tenant does not have them, so that a look-up tells
// what came of an email without an answer; a refusal leaves them removed.
func TestGuestWhoIsGoneIsInvitedAsIfNew(t *testing.T) {
	type result struct {
		Status batch.Status
		Posts  int
	}
	for name, test := range map[string]struct {
		answer error
		users  func(open time.Time) ([]graph.User, error)
		want   result
	}{
		"lost, and there": {errCut, func(open time.Time) ([]graph.User, error) {
			return []graph.User{{ID: "u8", Created: open.Add(time.Second)}}, nil
		}, result{batch.Invited, 1}},
		"lost, and forbidden": {errCut, func(time.Time) ([]graph.User, error) {
			return nil, refuse(403, 0, graph.Entry{Name: "RequestDenied"})
		}, result{batch.Unconfirmed, 1}},
		"refused": {refuse(400, 0, graph.Entry{Name: "GroupAddress"}), nil, result{batch.Removed, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				begun := time.Now()
				tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
					return graph.Receipt{}, test.answer
				}
				tr.graph.users = func(string) ([]graph.User, error) { return test.users(begun) }
				s := step("a@x.example", withMail)
				s.Status, s.Reinvited = batch.Removed, true
				_ = tr.do(t, one(s))
				assert.Equal(t, "result", result{tr.journal.outcomes["a@x.example"].Status, tr.graph.count()}, test.want)
			})
		})
	}
}

// A re-invitation is made once: whatever becomes of it, the person stays what they were.
func TestReinvitationIsMadeOnce(t *testing.T) {
	for name, test := range map[string]struct {
		answer error
		code   string
	}{
		"lost":    {errCut, batch.CodeNoAnswer},
		"fault":   {refuse(502, 0, graph.Entry{Name: "ServiceFault"}), batch.CodeNoAnswer},
		"refused": {refuse(400, 0, graph.Entry{Name: "GroupAddress"}), "GroupAddress"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
					return graph.Receipt{}, test.answer
				}
				s := step("a@x.example", withMail)
				s.Status, s.Reinvited = batch.Existing, true
				s.Presence = batch.Presence{Kind: batch.ExistingPending, UserID: "u7"}
				_ = tr.do(t, one(s))
				o := tr.journal.outcomes["a@x.example"]
				assert.Equal(t, "outcome", []any{o.Status, o.Existing, o.UserID, o.ErrorCode, tr.graph.count(), tr.graph.lookups, tr.open},
					[]any{batch.Existing, batch.ExistingPending, "u7", test.code, 1, 0, 0})
			})
		})
	}
}
