package sandbox

import (
	"slices"
	"time"
)

// Request is one request as the tenant saw it, and what came of it.
type Request struct {
	// At is when it arrived, by this machine's clock: Config.ClockOffset does
	// not move it.
	At time.Time
	// Method, Path and Query are those of the request line; Query is undecoded.
	Method, Path, Query string
	// Address is the address invited or looked up, in lower case, "" where the
	// request did not tell.
	Address string
	// Invitation is the body of an invitation that could be read.
	Invitation Invitation
	// ClientRequestID is the client's, or RequestID when it sent none.
	ClientRequestID string
	// RequestID is the tenant's name for the request.
	RequestID string
	// Status is the HTTP status of the answer, 0 when the connection was cut
	// before it. It stands whether or not the client waited for it.
	Status int
	// Cut says that the connection was cut before the answer or within it.
	Cut bool
	// Invited says that the guest is in the directory because of this request,
	// or has a new link because of it, whatever the answer was.
	Invited bool
	// Mailed says that an invitation was mailed to the guest.
	Mailed bool
}

// Requests returns what the tenant saw, in the order in which it acted. It is
// empty unless Config.Record is set.
func (t *Tenant) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.requests)
}

// record keeps a request. t.mu must be held.
func (t *Tenant) record(seen Request) {
	if t.cfg.Record {
		t.requests = append(t.requests, seen)
	}
}
