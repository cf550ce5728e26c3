package journal_test

import (
	"context"
	"time"

	"guestlist/batch"
)

// reading is what a run finds out about an address before it sends anything.
type reading struct {
	asked bool
	kind  batch.ExistingKind
	// created is when the account was made, by our clock.
	created time.Time
	// gone says of an invited guest that the tenant has neither the account nor another
	// one with the address, a day after the invitation.
	gone bool
}

// readDirectory asks the tenant, as the session does: who is there of those who would be
// sent an invitation or were there before, and, where those are invited again, which
// guests are gone. Then the plan is made anew, and its readings are kept.
func (p *process) readDirectory(ctx context.Context) error {
	if p.round.reads {
		if err := p.look(ctx); err != nil {
			return err
		}
	}
	p.mu.Lock()
	for address, e := range p.errands {
		e.lateUntil = p.known[address].lateUntil(p.seen[address])
		e.due, e.reading = p.known[address].plan(e.entrant, p.round, p.seen[address], time.Now())
	}
	p.mu.Unlock()
	for step, err := range p.steps(p.rows()) {
		if err != nil {
			return err
		}
		if !step.NewReading {
			continue
		}
		o := step.Outcome()
		if step.Status != batch.Existing && step.Status != batch.Removed {
			o = batch.Outcome{Address: step.Address, Fingerprint: step.Fingerprint, Status: batch.Pending, At: time.Now().UTC()}
		}
		if !p.reaches(o.Address, func() { p.keep(context.WithoutCancel(ctx), o) }) {
			return errDead
		}
	}
	for address, e := range p.errands {
		if e.reading != "" {
			p.fault("%s: the reading is not kept", address)
		}
	}
	return nil
}

func (p *process) look(ctx context.Context) error {
	guests, err := p.journal.Guests(ctx, 0)
	if err != nil {
		return err
	}
	for step, err := range p.steps(p.rows()) {
		if err != nil {
			return err
		}
		seen := reading{asked: true}
		if step.Action == batch.Send || step.Status == batch.Existing {
			for _, u := range p.tenant.find(step.Address) {
				seen.kind, seen.created = p.tenant.of(step.Address).kind, u.Created.Add(-p.skew-p.misread)
				p.presences.Update(step.Address, func(w *batch.Presence) {
					w.Kind, w.UserID, w.Created, w.Read = seen.kind, u.ID, u.Created, time.Now().UTC()
				})
			}
		}
		g, guest := guests[step.Address]
		if step.Status == batch.Invited && p.round.reinvite == batch.ReinviteRemoved && guest &&
			p.ServerTime(time.Now()).Sub(g.Invited) >= batch.FreshInvitation &&
			!p.tenant.knows(g.UserID) && len(p.tenant.find(step.Address)) == 0 {
			seen.gone = true
			p.presences.Update(step.Address, func(w *batch.Presence) { w.Gone, w.UserID, w.Read = true, g.UserID, time.Now().UTC() })
		}
		if p.errands[step.Address] != nil && step.FirstLine == 0 {
			p.seen[step.Address] = seen
			p.tell("%s: directory: %+v", step.Address, seen)
		}
	}
	p.presences.DirectoryRead = true
	return nil
}

// keep puts a reading on disk.
func (p *process) keep(ctx context.Context, o batch.Outcome) {
	if err := p.journal.Settle(ctx, 0, o); err != nil {
		p.fault("keep: %v", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell("%s: reading on disk: %s", o.Address, o.Status)
	e, known := p.errands[o.Address], p.known[o.Address]
	if e == nil || e.reading != o.Status {
		p.fault("%s: a reading that nobody asked for", o.Address)
		return
	}
	e.reading = ""
	switch o.Status {
	case batch.Existing:
		known.attempts = append(known.attempts, attempted{status: o.Status, id: -1})
		if p.tenant.of(o.Address).kind == noOne {
			p.fault("%s: nobody is there", o.Address)
		}
	case batch.Removed:
		_, invited := known.outcome()
		if age := time.Since(invited.at); age < 24*time.Hour || p.tenant.knows(invited.account) {
			p.fault("%s: called removed %v after the invitation", o.Address, age)
		}
		known.attempts = append(known.attempts, attempted{status: o.Status, id: -1})
	case batch.Pending:
		known.absent()
	case batch.Invited, batch.Duplicate, batch.Failed, batch.Invalid, batch.Unconfirmed:
	}
}

// meets lets something become of the guest with an address between two runs.
func (h *history) meets(address string, f fate) {
	if !h.tenant.meets(address, f) {
		return
	}
	h.tell("%s: %s", address, f)
	if f != leaves {
		return
	}
	for _, a := range []string{address, h.twin(address)} {
		p := h.known[a]
		if p == nil {
			continue
		}
		if _, o := p.outcome(); o.status != batch.Invited { // nobody knows that they were there
			p.allow(h.tenant.mails[a] + 1)
			p.mailed = 0
		}
	}
}
