package sandbox

import (
	"hash/fnv"
	"strconv"
	"time"
)

// Acceptance says when a guest accepts an invitation: how long after it, by the tenant's
// clock, or never. address is that of the guest, in lower case; n is the number of the
// invitation, 1 for the first, 2 for the first reminder. The earliest time of all
// invitations counts. It must always say the same.
type Acceptance func(address string, n int) (after time.Duration, ever bool)

// Habits is an [Acceptance] as people show it. It follows from the address: of a hundred
// guests some 30 accept within the first hour, 25 within the first day, 20 within the first
// week, and 25 do not. Each reminder makes half of those who did not accept within two days.
func Habits(address string, n int) (after time.Duration, ever bool) {
	within := func(from, to time.Duration) time.Duration {
		return from + time.Duration(draw(address, "when", n, int(to/time.Minute-from/time.Minute)))*time.Minute
	}
	const day = 24 * time.Hour
	habit := draw(address, "habit", 0, 100)
	switch {
	case n > 1 && draw(address, "reminder", n, 2) == 0:
		return within(10*time.Minute, 2*day), true
	case n > 1 || habit >= 75:
		return 0, false
	case habit < 30:
		return within(2*time.Minute, time.Hour), true
	case habit < 55:
		return within(time.Hour, day), true
	default:
		return within(day, 7*day), true
	}
}

// draw is a number from 0 up to a limit that follows from an address.
func draw(address, what string, n, limit int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(what + "\x00" + address + "\x00" + strconv.Itoa(n)))
	// The last bytes of a text hardly reach the upper bits of its hash: mix them.
	x := h.Sum32()
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	return int(x % uint32(limit)) //nolint:gosec // limits are small and positive
}
