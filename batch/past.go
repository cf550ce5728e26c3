package batch

import "time"

// Past is what the journal remembers of an address: the sum of its attempts,
// told in their order to [Past.Intended] and [Past.Settled].
type Past struct {
	// Status is that of the latest outcome, "" before the first.
	Status      Status
	Fingerprint uint64
	// Open is when the earliest request left whose outcome is still unknown,
	// in Unix nanoseconds of this machine's clock; 0 when none is.
	Open int64
	// Mailed says that such a request asked for a mail.
	Mailed bool
}

// Intended adds an attempt that has no outcome yet.
func (p *Past) Intended(at time.Time, mail bool) {
	if p.Open == 0 {
		p.Open = at.UnixNano()
	}
	p.Mailed = p.Mailed || mail
}

// Settled adds an attempt with an outcome. [Pending] says that nothing came of
// this one, which tells nothing about earlier ones.
func (p *Past) Settled(s Status, fingerprint uint64) {
	if s != Pending {
		*p = Past{Status: s, Fingerprint: fingerprint}
	}
}
