package judge

import "guestlist/batch"

// FNV-1a, 64 bits.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// fingerprint hashes what a row says of its invitation: the cells of all fields
// in their order, each ended by a byte that no text holds.
func fingerprint(h batch.Header, r batch.Row) uint64 {
	const end = 0xff
	sum := uint64(fnvOffset)
	for _, f := range batch.Fields() {
		text := h.Value(r, f)
		for i := range len(text) {
			sum = (sum ^ uint64(text[i])) * fnvPrime
		}
		sum = (sum ^ end) * fnvPrime
	}
	return sum
}
