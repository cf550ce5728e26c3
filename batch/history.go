package batch

import (
	"crypto/sha256"
	"time"
)

// History is what the journal remembers of every address that was ever sent: an
// [AddressHistory] for each, kept small, since nearly all of a million are
// invited and nothing else is to be known of those. The zero History is empty.
type History struct {
	invited map[digest]struct{}
	others  map[digest]AddressHistory
}

// Get returns the history of an address, the zero one where it was never sent.
// The fingerprint of an invited row is not kept: nothing depends on it.
func (h *History) Get(address string) AddressHistory { return h.get(digestOf(address)) }

// Update changes the history of an address by what change does to it.
func (h *History) Update(address string, change func(*AddressHistory)) {
	key := digestOf(address)
	past := h.get(key)
	change(&past)
	h.put(key, past)
}

func (h *History) get(key digest) AddressHistory {
	if h == nil {
		return AddressHistory{}
	}
	if _, ok := h.invited[key]; ok {
		return AddressHistory{Status: Invited}
	}
	return h.others[key]
}

func (h *History) put(key digest, past AddressHistory) {
	if h.invited == nil {
		h.invited, h.others = make(map[digest]struct{}), make(map[digest]AddressHistory)
	}
	if past.Status == Invited && past.Open == 0 && past.Mailed == 0 {
		h.invited[key] = struct{}{}
		delete(h.others, key)
		return
	}
	delete(h.invited, key)
	h.others[key] = past
}

// AddressHistory is what the journal remembers of one address: the sum of its
// attempts, which [AddressHistory.Intended] and [AddressHistory.Settled] take in
// their order.
type AddressHistory struct {
	// Status is that of the latest outcome, "" before the first.
	Status      Status
	Fingerprint uint64
	// Open is when the earliest request left whose outcome is still unknown,
	// in Unix nanoseconds of Graph's clock; 0 when none is.
	Open int64
	// Mailed is the same for requests that asked for an email: only those can have
	// emailed the guest. Latest is when the last open request left.
	Mailed, Latest int64
	// Reinvited is when the latest further invitation of an [Existing] person left whose
	// answer never came, in the same clock; 0 where there is none. It counts as made.
	Reinvited int64
	// Final says of a failed row that it would fail again as long as it is unchanged,
	// see [IsFinal].
	Final bool
	// Made says of a failed row that Graph took the invitation, see [CodeInvitationError]:
	// an account that is there is of this batch.
	Made bool
	// Claimed says of a removed row that a results file alone says so, see
	// [CodeNotConfirmed]: only the tenant can tell.
	Claimed bool
	// Refused says that the latest request was refused, and that it was not decided
	// whether for a reason of the row's.
	Refused bool
}

// isCarriedOut reports whether the tenant shows what the open request did: it has an
// account that was made since. Of several requests it could be any.
func (a *AddressHistory) isCarriedOut(who Presence) bool {
	return a.Open == a.Latest && !who.Created.IsZero() && CreatedSince(who.Created, time.Unix(0, a.Open))
}

// Intended adds an attempt that has no outcome yet.
func (a *AddressHistory) Intended(in Intent) {
	if a.Open == 0 {
		a.Open = in.At.UnixNano()
	}
	a.Latest = max(a.Latest, in.At.UnixNano()) // a doubt is kept after the request that it is about
	if in.Mail && a.Mailed == 0 {
		a.Mailed = in.At.UnixNano()
	}
}

// Absent adds a look-up that proved that the guest is not there: nothing came of what
// is open, and an account that was there before is gone.
func (a *AddressHistory) Absent() {
	a.Open, a.Mailed, a.Latest, a.Reinvited = 0, 0, 0, 0
	if a.Status == Unconfirmed || a.Status == Existing {
		a.Status = ""
	}
}

// Remade adds a further invitation of an [Existing] person that left and was never
// answered: the row stays what it was, and the person's earlier links may have ended.
func (a *AddressHistory) Remade(at time.Time) {
	if a.Status == Existing {
		a.Reinvited = at.UnixNano()
	}
}

// Settled adds an attempt with an outcome. [Pending] says that nothing came of
// this one, which tells nothing about earlier ones. [Unconfirmed] says that it could
// not be proved what happened: when the requests left stays known, since a later
// look-up may prove it. [Existing] is a reading of the directory, not an answer: it
// changes nothing of an invited row, nor of what is known of requests that asked for an
// email. What came of others does not matter any more: the person needs no invitation.
// [Duplicate] says that the row is the same guest as another: it was invited, and is
// never sent again.
func (a *AddressHistory) Settled(s Status, fingerprint uint64) {
	switch s {
	case Pending:
	case Unconfirmed:
		a.Status, a.Fingerprint, a.Open = s, fingerprint, 0
	case Existing:
		if a.Status != Invited && a.Status != Duplicate {
			a.Status, a.Fingerprint = s, fingerprint
			if a.Mailed == 0 {
				a.Open, a.Latest = 0, 0
			}
		}
	case Invited, Removed, Failed, Invalid, Duplicate:
		*a = AddressHistory{Status: s, Fingerprint: fingerprint}
	}
}

// digest stands for an address where a million of them are remembered: half of
// its SHA-256. That two of a million addresses share one has odds of about one
// in 7·10^26, and nobody can make two that do, so that it is taken never to happen.
type digest [16]byte

func digestOf(address string) digest {
	var room [254]byte // on the stack: as long as an address may be
	sum := sha256.Sum256(append(room[:0], address...))
	return digest(sum[:])
}

// ByAddress keeps something of each of many addresses, and not the addresses: what is kept
// of a million takes some 40 bytes each. The zero ByAddress is empty.
type ByAddress[T any] struct{ kept map[digest]T }

// Get returns what is kept of an address, and whether anything is.
func (b *ByAddress[T]) Get(address string) (kept T, is bool) {
	kept, is = b.kept[digestOf(address)]
	return kept, is
}

// Put keeps something of an address, instead of what was kept before.
func (b *ByAddress[T]) Put(address string, kept T) {
	if b.kept == nil {
		b.kept = make(map[digest]T)
	}
	b.kept[digestOf(address)] = kept
}

// Delete forgets an address.
func (b *ByAddress[T]) Delete(address string) { delete(b.kept, digestOf(address)) }

// Len is how many addresses something is kept of.
func (b *ByAddress[T]) Len() int { return len(b.kept) }
