package batch

import (
	"time"

	"guestlist/internal/secret"
)

// Intent is a request that is about to leave.
type Intent struct {
	Address string
	// Mail says that the request asks Microsoft to email the guest.
	Mail bool
	// At is Graph's clock as far as this run knows it, UTC: what a look-up proves must
	// not hang on a clock of this machine that is wrong.
	At time.Time
	// ClientRequestID is the client-request-id that the request has, "" where it has none.
	ClientRequestID string
}

// Outcome is what came of one address.
type Outcome struct {
	// Address is the guest's address, trimmed and lower case: what a row is known by.
	Address string
	Status  Status
	// RedeemURL is set when Graph answered 201 and the answer could be read.
	RedeemURL secret.Text
	// UserID is the object id of the guest, or of the account that already
	// owns the address.
	UserID string
	// InvitationStatus is Graph's word: PendingAcceptance, Completed, InProgress or Error.
	InvitationStatus string
	// ErrorCode, Error and Advice say why a row is not invited and what to do;
	// Advice alone is a note on an invited row.
	ErrorCode, Error, Advice string
	// Attempts counts the invitation requests that left, 0 for a row never sent.
	Attempts int
	// At is when the outcome was known, UTC. Zero for a row never sent.
	At time.Time
	// RequestID is Graph's request-id of the last answer: what support asks for.
	RequestID string
	// ClientRequestID is our own id of that request.
	ClientRequestID string
	// Fingerprint tells whether the row asks for something else than it did, see [Judged].
	Fingerprint uint64
}

// Sent reports whether an outcome says that a request left.
func (o Outcome) Sent() bool {
	switch o.Status {
	case Invited, Failed, Unconfirmed:
		return o.Address != ""
	case Pending, Invalid, Duplicate:
	}
	return false
}

// Record is one line of the results: a row of the list and where it stands.
type Record struct {
	// Line is the row's line in the list, from 1; 0 for an invited row that
	// has left the list.
	Line    int
	Cells   []string
	Outcome Outcome
}
