package batch

// Past is what the journal remembers of an address: the sum of its attempts,
// told in their order to [Past.Intended] and [Past.Settled].
type Past struct {
	// Status is that of the latest outcome, "" before the first.
	Status      Status
	Fingerprint uint64
	// Open is when the earliest request left whose outcome is still unknown,
	// in Unix nanoseconds of this machine's clock; 0 when none is.
	Open int64
	// Mailed is the same for requests that asked for a mail: only those can
	// have mailed the guest.
	Mailed int64
}

// Intended adds an attempt that has no outcome yet.
func (p *Past) Intended(in Intent) {
	if p.Open == 0 {
		p.Open = in.At.UnixNano()
	}
	if in.Mail && p.Mailed == 0 {
		p.Mailed = in.At.UnixNano()
	}
}

// Absent adds a look-up that proved that the guest is not there: nothing came
// of what is open.
func (p *Past) Absent() { p.Open, p.Mailed = 0, 0 }

// Settled adds an attempt with an outcome. [Pending] says that nothing came of
// this one, which tells nothing about earlier ones.
func (p *Past) Settled(s Status, fingerprint uint64) {
	if s != Pending {
		*p = Past{Status: s, Fingerprint: fingerprint}
	}
}
