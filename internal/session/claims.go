package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/results"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// claims is what results files say of invitations that no journal knows of. Files come
// from anywhere, so that each guest who is said to be invited is looked up in the
// tenant first.
type claims struct {
	// tenant and cloud are those that links must be of.
	tenant string
	cloud  graph.Cloud
	// now is the time in Graph's clock.
	now time.Time

	// invited is how many rows say that the guest is invited. doubted are those of them
	// that the tenant does not confirm; all of them if it cannot be asked, and denied
	// says why.
	invited int
	doubted map[claim]bool
	denied  *graph.Refusal
	// trusted says that they are believed all the same.
	trusted bool
	// foreign is how many links were left out.
	foreign int
}

// claim is an invitation that a file tells of.
type claim struct{ address, userID string }

func claimOf(o batch.Outcome) claim { return claim{o.Address, strings.ToLower(o.UserID)} }

// newClaims is what is needed to judge the files of a session.
func (s *Session) newClaims() *claims {
	c := &claims{tenant: s.tenant.ID.Tenant, cloud: s.tenant.Cloud, now: s.Now(), trusted: s.TrustResults, doubted: make(map[claim]bool)}
	if s.tenant.ID.Sandbox { // it is new for each run and confirms nothing, and no one was emailed
		c.tenant, c.cloud, c.trusted = sandbox.TenantID, sandboxCloud(), true
	}
	return c
}

// sandboxCloud is the cloud whose links the simulated tenant gives.
func sandboxCloud() graph.Cloud { return graph.Clouds()[0] }

// confirm asks the tenant about each guest who is said to be invited: an account with
// the id that the file names must have the address. Where the sign-in may not look, all
// are doubted.
func (c *claims) confirm(ctx context.Context, d directory, records iter.Seq2[journal.Earlier, error]) error {
	if c.trusted {
		return nil
	}
	some := make([]claim, 0, lookUpTogether)
	for r, err := range records {
		if err != nil {
			return err
		}
		if r.Outcome.Status != batch.Invited {
			continue
		}
		c.invited++
		if some = append(some, claimOf(r.Outcome)); len(some) == lookUpTogether {
			if err := c.lookUp(ctx, d, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return c.lookUp(ctx, d, some)
}

func (c *claims) lookUp(ctx context.Context, d directory, some []claim) error {
	if len(some) == 0 || c.denied != nil {
		return nil //nolint:nilerr // it was denied before: all are doubted
	}
	addresses := make([]string, len(some))
	for i, s := range some {
		addresses[i] = s.address
	}
	found, err := d.LookUp(ctx, addresses)
	switch refused, ok := errors.AsType[*graph.Refusal](err); {
	case ok && refused.Denied():
		c.denied = refused
		return nil
	case err != nil:
		return brokeOff(ctx, err)
	}
	for _, s := range some {
		if !slices.ContainsFunc(found[s.address], func(u graph.User) bool { return u.ID != "" && strings.EqualFold(u.ID, s.userID) }) {
			c.doubted[s] = true
		}
	}
	return nil
}

// doubts is how many rows are not confirmed.
func (c *claims) doubts() int {
	if c.denied != nil {
		return c.invited
	}
	return len(c.doubted)
}

// isDoubted reports whether an outcome is an invitation that is not confirmed.
func (c *claims) isDoubted(o batch.Outcome) bool {
	return o.Status == batch.Invited && !c.trusted && (c.denied != nil || c.doubted[claimOf(o)])
}

// restored yields the records as they go into the journal, first those that are
// doubted: of the same guest, another file may have what is confirmed.
func (c *claims) restored(records iter.Seq2[journal.Earlier, error]) iter.Seq2[journal.Earlier, error] {
	return func(yield func(journal.Earlier, error) bool) {
		for _, doubted := range []bool{true, false} {
			if doubted && c.doubts() == 0 {
				continue
			}
			for r, err := range records {
				if err == nil && c.isDoubted(r.Outcome) != doubted {
					continue
				}
				c.judge(&r)
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// leavesOut reports whether a link is not taken over from a file.
func (c *claims) leavesOut(link secret.Text) bool {
	return !link.IsZero() && (c.tenant == "" || !c.cloud.IsInvitationLink(link, c.tenant))
}

// judge makes of a record what can be believed of it. A doubted invitation is
// unconfirmed: the guest is looked up before anything is sent. So is one whose outcome
// the file does not know.
func (c *claims) judge(r *journal.Earlier) {
	o := &r.Outcome
	if c.leavesOut(o.RedeemURL) {
		results.LeaveOutLink(o)
	}
	if results.LinkLeftOut(*o) {
		c.foreign++
	}
	if c.isDoubted(*o) {
		r.Left = o.At
		o.Status, o.ErrorCode, o.Advice = batch.Unconfirmed, batch.CodeNotConfirmed, batch.Advice(batch.CodeNotConfirmed)
		o.Error = "A results file says that the guest is invited, and the tenant does not confirm it."
		if c.denied != nil {
			o.Error = "A results file says that the guest is invited, and the sign-in may not look up whether that is so."
		}
	}
	if o.Status == batch.Removed && !c.trusted {
		o.ErrorCode, o.Advice = batch.CodeNotConfirmed, "--reinvite removed looks the guest up, and invites them again where the tenant does not have them."
		o.Error = "A results file says that the guest was removed, and its journal is gone."
	}
	if o.Status == batch.Unconfirmed && (r.Left.IsZero() || r.Left.After(c.now)) {
		r.Left = c.now
	}
}

// askTrust asks whether doubted rows are believed, where a person can be asked, and
// tells what is made of them.
func (s *Session) askTrust(ctx context.Context, c *claims) (err error) {
	n := c.doubts()
	if n == 0 {
		return nil
	}
	what := fmt.Sprintf("the tenant does not confirm %d of the %s that the results say are invited", n, text.Plural(c.invited, "guest"))
	if c.denied != nil {
		what = fmt.Sprintf("the results say that %s are invited, and the sign-in may not look up whether that is so", text.Plural(n, "guest"))
	}
	if s.Ask != nil {
		c.trusted, err = s.Ask(ctx, "There is no journal: "+what+".\nBelieve the results? If not, these guests are looked up before anything is sent. [y/N] ")
		if err != nil || c.trusted {
			return err
		}
	}
	s.notice("there is no journal: " + what + "; they are looked up before anything is sent (--trust-results believes the file)")
	return nil
}

// notice tells which links were left out, "" for none.
func (c *claims) notice() string {
	if c.foreign == 0 {
		return ""
	}
	return text.Plural(c.foreign, "link") + " of the results left out: not the guest's own, or not an invitation link of this tenant, so that the row's link is missing"
}
