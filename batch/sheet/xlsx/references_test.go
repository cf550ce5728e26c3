package xlsx

import (
	"testing"

	"guestlist/internal/assert"
)

func TestColumnName(t *testing.T) {
	t.Parallel()
	for position, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		assert.Equal(t, "column", ColumnName(position), want)
	}
}
