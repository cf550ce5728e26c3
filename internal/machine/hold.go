package machine

import (
	"encoding/json"
	"io"
	"time"

	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// HeldError says that Microsoft asked an earlier run not to send to a tenant before a
// time. Nothing was sent.
type HeldError struct{ Until time.Time }

func (e *HeldError) Error() string {
	return "Microsoft asked an earlier run not to call this tenant before " + text.Moment(e.Until)
}

// Hint tells when to go on.
func (e *HeldError) Hint() string {
	return "run the same command again after " + text.Moment(e.Until) + "; nothing was sent"
}

// hold is a wait as it is kept, with when that was: a clock that was set back since tells
// nothing about it.
type hold struct {
	Until time.Time `json:"until"`
	Noted time.Time `json:"noted"`
}

const holdEnding = ".hold"

// Hold keeps for later runs that nothing may be sent to a tenant before a time. A shorter
// wait never undoes a longer one.
func (s State) Hold(tenant string, until time.Time) error {
	if !until.After(s.HeldUntil(tenant)) {
		return nil
	}
	return writeNote(s.ofTenant(tenant, holdEnding), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(hold{until.UTC(), time.Now().UTC()})
	})
}

// HeldUntil is before when nothing may be sent to a tenant, zero where that is not known
// or over.
func (s State) HeldUntil(tenant string) time.Time {
	content, err := durable.ReadFile(s.ofTenant(tenant, holdEnding))
	var h hold
	if err != nil || json.Unmarshal(content, &h) != nil {
		return time.Time{} // Microsoft will say it again
	}
	if now := time.Now(); now.Before(h.Noted) || !now.Before(h.Until) {
		return time.Time{}
	}
	return h.Until
}
