package session

import (
	"strings"
	"testing"

	"guestlist/internal/assert"
)

// A database that was named rightly and does not have the batch any more is not named as the
// way out.
func TestABatchThatIsGoneIsNoOtherDatabase(t *testing.T) {
	t.Parallel()
	gone := &InDatabaseError{
		Results: "list.results.xlsx", Pointer: "list.results.journal.txt",
		Database: "postgres://host/guests", Batch: "t/list", Other: "postgres://host/guests",
	}
	assert.Equal(t, "error", gone.Error(),
		"the journal of list.results.xlsx was in this database, and is not there any more: postgres://host/guests, batch t/list")
	if hint := gone.Hint(); strings.Contains(hint, "--journal") || !strings.Contains(hint, "remove list.results.journal.txt") {
		t.Errorf("the way out: %s", hint)
	}
}
