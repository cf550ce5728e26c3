package results

import (
	"crypto/sha256"
	"strings"

	"guestlist/internal/text"
)

// Base is what the cells of a row were when the results were written, as a checksum of
// each. A row that needs attention is on two sheets and can be corrected on either: the
// base tells which of two different cells somebody changed. It is part of the row's
// hidden key, so that the workbook alone is enough, wherever a run was interrupted.
type Base map[checksum]bool

// checksum is of a heading and a cell below it. That a changed cell has by chance the
// checksum of the one before has odds of some one in a million; the two rows count as
// contradicting each other then.
type checksum [3]byte

const (
	// baseMark is before a base in the cell of a key.
	baseMark = "~"
	// maxBase bounds the columns that a base knows: a cell holds 32,767 characters.
	maxBase = 2000
)

// newChecksum does without what writing and reading a workbook may change.
func newChecksum(heading, cell string) checksum {
	sum := sha256.Sum256([]byte(text.HeadingKey(heading) + "\x00" + normalCell(cell)))
	return checksum(sum[:])
}

// normalCell is a cell as it is compared with another.
func normalCell(cell string) string { return text.Trim(strings.ReplaceAll(cell, "\r", "")) }

// SameCell reports whether two cells say the same.
func SameCell(a, b string) bool { return a == b || normalCell(a) == normalCell(b) }

// Has reports whether a cell is as it was written.
func (b Base) Has(heading, cell string) bool { return b[newChecksum(heading, cell)] }

// cutBase is the content of a key's cell without the base.
func cutBase(cell string) string {
	key, _, _ := strings.Cut(" "+cell, " "+baseMark)
	return strings.TrimSpace(key)
}
