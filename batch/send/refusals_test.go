package send_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
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

// The refusals of these tests: two that nobody has described, and two that the catalogue
// knows.
var (
	errSuspicious = &graph.Refusal{
		Status: 403, Code: "Forbidden", Message: "Invitations are blocked for this directory due to suspicious behaviour.",
		Entry: graph.Entry{Scope: graph.ScopeUnsure, Access: true, Advice: "unknown"},
	}
	errRedirect = &graph.Refusal{
		Status: 400, Code: "BadRequest", Message: "The property inviteRedirectUrl is not accepted.", Entry: graph.Entry{Advice: "unknown"},
	}
	errPolicy = &graph.Refusal{
		Status: 400, Code: "BadRequest", Message: "The domain of this email address is currently blocked by your invitation policy.",
		Entry: graph.Entry{Name: "DomainNotAllowed", Domain: true, Advice: "Allow the domain under Collaboration restrictions."},
	}
	errNotThere = &graph.Refusal{
		Status: 404, Code: "Request_ResourceNotFound", Message: "Resource 'x' does not exist.",
		Entry: graph.Entry{Name: "NotReplicated", Retry: graph.RetryAgain, Advice: "The row itself is not at fault."},
	}
	errGroup = &graph.Refusal{Status: 400, Code: "BadRequest", Message: "Group email address is not supported.", Entry: graph.Entry{Name: "GroupAddress"}}
)

// addresses makes steps of a plan.
func addresses(list ...string) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		for _, address := range list {
			if !yield(step(address, silent), nil) {
				return
			}
		}
	}
}

// many are n addresses; %d stands for the number of each.
func many(n int, pattern string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.ReplaceAll(pattern, "%d", fmt.Sprint(i))
	}
	return list
}

// refusing answers some addresses with a refusal.
func refusing(latency time.Duration, refusal func(n int, address string) error) func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
	var posts atomic.Int32
	return func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
		n := int(posts.Add(1))
		err := refusal(n, inv.EmailAddress)
		time.Sleep(latency) //nolint:forbidigo // virtual time
		if err != nil {
			return graph.Receipt{}, err
		}
		return receipt(inv), nil
	}
}

// nextPlan is the plan of a run after this one, as [batch.Plan] makes it.
func (tr *trial) nextPlan(list []string) iter.Seq2[batch.Step, error] {
	outcomes := maps.Clone(tr.journal.outcomes)
	return func(yield func(batch.Step, error) bool) {
		for _, address := range list {
			s := step(address, silent)
			o, sent := outcomes[address]
			if sent && o.Status != batch.Pending {
				s.Action = batch.Skip
			}
			s.Last = sent && o.Status == batch.Pending
			if !yield(s, nil) {
				return
			}
		}
	}
}

// What is not the fault of the rows that met it costs none of them: where all meet it, they
// stay pending, and none is tried twice before the run stops. It is a row's own only where
// another was invited after it.
func TestRefusalThatIsNotTheRowsFaultLeavesItPending(t *testing.T) {
	for name, test := range map[string]struct {
		refused int // of 20 rows, the first ones
		want    map[batch.Status]int
	}{
		"all":   {20, map[batch.Status]int{batch.Pending: 10}}, // the others were not tried
		"a few": {3, map[batch.Status]int{batch.Failed: 3, batch.Invited: 17}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Workers = 1
				list := many(20, "guest%d@x%d.example")
				tr.graph.answer = refusing(0, func(_ int, address string) error {
					if slices.Index(list, address) < test.refused {
						return errNotThere
					}
					return nil
				})
				err := tr.do(t, addresses(list...))
				if stop := new(send.TenantError); errors.As(err, &stop) != (test.refused == 20) {
					t.Fatalf("got %v", err)
				}
				assert.Equal(t, "statuses", tr.journal.statuses(), test.want)
				if test.refused == 20 {
					assert.Equal(t, "requests", tr.graph.count(), 10)
				}
			})
		})
	}
}

// A refusal of everybody stops the run after a few requests, whether somebody has
// described it or not, and nothing else is lost.
func TestRefusalOfEverybodyStopsTheRun(t *testing.T) {
	for _, test := range []struct {
		name   string
		list   []string
		after  int // that many are invited
		with   *graph.Refusal
		limit  int // requests that are refused, with one worker
		status batch.Status
		hint   string
	}{
		{"suspicious, in other words", many(300, "guest%d@x.example"), 5, errSuspicious, 3, batch.Pending, "external collaboration settings"},
		{"from the first row on", many(300, "guest%d@x.example"), 0, errSuspicious, 3, batch.Pending, "external collaboration settings"},
		{"whatever their domains", many(300, "guest%d@x%d.example"), 5, errSuspicious, 3, batch.Pending, "external collaboration settings"},
		{"a redirect URL", many(300, "guest%d@x%d.example"), 0, errRedirect, 3, batch.Pending, "correct --redirect-url"},
		{"a policy", many(300, "guest%d@x.example"), 0, errPolicy, 10, batch.Failed, "Collaboration restrictions"},
		{"a policy for all domains", many(300, "guest%d@x%d.example"), 5, errPolicy, 10, batch.Failed, "Collaboration restrictions"},
		{"groups", many(300, "guest%d@x.example"), 5, errGroup, 10, batch.Failed, "setting"},
	} {
		for _, workers := range []int{1, 32} {
			t.Run(fmt.Sprintf("%s, %d workers", test.name, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tr := newTrial()
					tr.Workers, tr.Rate = workers, documented
					tr.graph.answer = refusing(500*time.Millisecond, func(n int, _ string) error {
						if n > test.after {
							return test.with
						}
						return nil
					})
					steps := addresses(test.list...)
					for run := range 2 {
						before := tr.graph.count()
						err := tr.do(t, steps)
						var stop *send.TenantError
						if !errors.As(err, &stop) || stop.Rows < test.limit || !strings.Contains(stop.Hint(), test.hint) {
							t.Fatalf("run %d: got %v", run, err)
						}
						refused := tr.graph.count() - before
						if run == 0 {
							refused -= test.after
						}
						if refused < test.limit || refused > test.limit+workers-1 {
							t.Errorf("run %d: %d requests were refused", run, refused)
						}
						for address, o := range tr.journal.outcomes {
							if o.Status != batch.Invited && o.Status != test.status {
								t.Errorf("%s is %s", address, o.Status)
							}
						}
						assert.Equal(t, "invited", tr.journal.statuses()[batch.Invited], test.after)
						steps = tr.nextPlan(test.list)
					}
				})
			})
		}
	}
}

// Rows of a domain that is refused do not keep those of others from being sent, in
// whatever order they stand in the list.
func TestOneBlockedDomainHoldsNoOther(t *testing.T) {
	good := many(5, "guest%d@good%d.example")
	for name, with := range map[string]*graph.Refusal{"described": errPolicy, "not described": errSuspicious} {
		for _, blocked := range []int{1, 2, 20, 60} {
			for _, workers := range []int{1, 32} {
				t.Run(fmt.Sprintf("%s, %d rows, %d workers", name, blocked, workers), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						tr := newTrial()
						tr.Workers, tr.Rate = workers, send.Rate{Requests: 10, Per: time.Second}
						tr.graph.answer = refusing(10*time.Millisecond, func(_ int, address string) error {
							if strings.HasSuffix(address, "@blocked.example") {
								return with
							}
							return nil
						})
						list := slices.Concat(many(blocked, "guest%d@blocked.example"), good)
						_ = tr.do(t, addresses(list...))
						for _, address := range good {
							assert.Equal(t, address, tr.journal.outcomes[address].Status, batch.Invited)
						}
						if failed := tr.journal.statuses()[batch.Failed]; failed == 0 { // at least the row that was refused first
							t.Error("no row failed")
						}
						if posts := tr.graph.count(); posts > 5+1+10 {
							t.Errorf("%d requests", posts)
						}
						before := tr.graph.count()
						_ = tr.do(t, tr.nextPlan(list))
						if posts := tr.graph.count() - before; posts > 10 {
							t.Errorf("%d requests in the next run", posts)
						}
					})
				})
			}
		}
	}
}

// The rows of a domain that are on their way when the first of them is refused prove
// nothing about other domains.
func TestRowsOfOneDomainOnTheirWayStopNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate = documented
		tr.graph.answer = refusing(3*time.Second, func(_ int, address string) error {
			if strings.HasSuffix(address, "@blocked.example") {
				return errPolicy
			}
			return nil
		})
		list := slices.Concat(many(30, "guest%d@blocked.example"), many(40, "guest%d@good%d.example"))
		if err := tr.do(t, addresses(list...)); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Failed: 30, batch.Invited: 40})
	})
}

// Whether a refusal that nobody described is the row's is shown by other rows, or by
// none being left.
func TestUndescribedRefusalsAreDecidedByOthers(t *testing.T) {
	other := *errRedirect
	other.Message = "Something else."
	for _, test := range []struct {
		name  string
		list  []string
		limit int
		want  map[string]batch.Status
		stops bool
	}{
		{"another is invited after it", []string{"bad@a.example", "ok@b.example"}, 0, map[string]batch.Status{"bad@a.example": batch.Failed, "ok@b.example": batch.Invited}, false},
		{"it is the last", []string{"ok@a.example", "bad@b.example"}, 0, map[string]batch.Status{"ok@a.example": batch.Invited, "bad@b.example": batch.Failed}, false},
		{"it is the only one", []string{"bad@a.example"}, 0, map[string]batch.Status{"bad@a.example": batch.Failed}, false},
		{"all differ", []string{"bad@a.example", "other@b.example", "bad@c.example"}, 0, map[string]batch.Status{"bad@a.example": batch.Failed, "other@b.example": batch.Failed, "bad@c.example": batch.Failed}, false},
		{"more are left", []string{"bad@a.example", "ok@b.example"}, 1, map[string]batch.Status{"bad@a.example": batch.Pending}, false},
		{
			"the tenant stops the run",
			[]string{"bad@a.example", "bad@b.example", "stop@c.example", "ok@d.example"},
			0,
			map[string]batch.Status{"bad@a.example": batch.Pending, "bad@b.example": batch.Pending, "stop@c.example": batch.Pending},
			true,
		},
		{
			"somebody in between",
			[]string{"bad@a.example", "bad@b.example", "ok@c.example", "bad@d.example", "ok@e.example"},
			0,
			map[string]batch.Status{"bad@a.example": batch.Failed, "bad@b.example": batch.Failed, "ok@c.example": batch.Invited, "bad@d.example": batch.Failed, "ok@e.example": batch.Invited},
			false,
		},
		{
			"three are the tenant's",
			[]string{"bad1@a.example", "bad2@b.example", "bad3@c.example", "ok@d.example"},
			0,
			map[string]batch.Status{"bad1@a.example": batch.Pending, "bad2@b.example": batch.Pending, "bad3@c.example": batch.Pending},
			true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Workers, tr.Limit = 1, test.limit
				tr.graph.answer = refusing(time.Second, func(_ int, address string) error {
					switch {
					case strings.HasPrefix(address, "bad"): // its text is another for each row
						r := *errRedirect
						r.Message = fmt.Sprintf("%s of %s is not accepted, trace 0a0b0c0d-0000-0000-0000-%012d.", address, batch.Domain(address), len(address))
						return &r
					case strings.HasPrefix(address, "other"):
						return &other
					case strings.HasPrefix(address, "stop"):
						return refuse(403, 0, graph.Entry{Name: "QuotaExceeded", Scope: graph.ScopeTenant})
					}
					return nil
				})
				err := tr.do(t, addresses(test.list...))
				assert.Equal(t, "stopped", errors.As(err, new(*send.TenantError)), test.stops)
				got := make(map[string]batch.Status)
				for address, o := range tr.journal.outcomes {
					got[address] = o.Status
				}
				assert.Equal(t, "statuses", got, test.want)
				assert.Equal(t, "requests", tr.graph.count(), len(test.want))
			})
		})
	}
}

// A 201 for a request that had left before the refusal came proves nothing.
func TestInvitationOnItsWayDecidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Workers = 3
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			switch inv.EmailAddress {
			case "bad@a.example":
				time.Sleep(time.Second) //nolint:forbidigo // virtual time
				return graph.Receipt{}, errRedirect
			case "ok@b.example":
				time.Sleep(2 * time.Second) //nolint:forbidigo // virtual time
				return receipt(inv), nil
			}
			time.Sleep(3 * time.Second) //nolint:forbidigo // virtual time
			return graph.Receipt{}, refuse(403, 0, graph.Entry{Name: "QuotaExceeded", Scope: graph.ScopeTenant})
		}
		_ = tr.do(t, addresses("bad@a.example", "ok@b.example", "stop@c.example"))
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Pending: 2, batch.Invited: 1})
	})
}

// Rows that met such a refusal in an earlier run are sent after all others.
func TestRowsRefusedInAnEarlierRunAreSentLast(t *testing.T) {
	for _, workers := range []int{1, 32} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.Workers, tr.Rate = workers, documented
			tr.graph.answer = refusing(time.Second, func(_ int, address string) error {
				if strings.HasPrefix(address, "bad") {
					return errRedirect
				}
				return nil
			})
			err := tr.do(t, func(yield func(batch.Step, error) bool) {
				for _, address := range []string{"bad@a.example", "ok1@a.example", "was@b.example", "ok2@b.example", "ok3@c.example"} {
					s := step(address, silent)
					s.Last = address == "bad@a.example" || address == "was@b.example"
					if !yield(s, nil) {
						return
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			var order []string
			for _, p := range tr.graph.posts {
				order = append(order, p.inv.EmailAddress)
			}
			slices.Sort(order[:3])
			slices.Sort(order[3:])
			assert.Equal(t, "order", order, []string{"ok1@a.example", "ok2@b.example", "ok3@c.example", "bad@a.example", "was@b.example"})
			assert.Equal(t, "refused again", tr.journal.outcomes["bad@a.example"].Status, batch.Failed)
		})
	}
}

// One that is refused again, when others were invited since, has failed, whatever ends
// the run then.
func TestRowRefusedAgainAfterOthersWereInvitedHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Workers = 1
		tr.graph.answer = refusing(time.Second, func(_ int, address string) error {
			switch address {
			case "bad@a.example":
				return errRedirect
			case "stop@b.example":
				return refuse(403, 0, graph.Entry{Name: "QuotaExceeded", Scope: graph.ScopeTenant})
			}
			return nil
		})
		_ = tr.do(t, func(yield func(batch.Step, error) bool) {
			for _, address := range []string{"bad@a.example", "stop@b.example", "ok@c.example"} {
				s := step(address, silent)
				s.Last = address != "ok@c.example"
				if !yield(s, nil) {
					return
				}
			}
		})
		assert.Equal(t, "refused again", tr.journal.outcomes["bad@a.example"].Status, batch.Failed)
	})
}
