package batch_test

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/graph"
)

// TestKindsAreFoundByTheirWords asks for each kind as check counts it.
func TestKindsAreFoundByTheirWords(t *testing.T) {
	t.Parallel()
	kinds := batch.Kinds()
	for _, e := range kinds {
		kind := batch.Kind(e.Name)
		for _, question := range []string{e.Name, kind.Words(), "1 invalid: " + kind.Words() + " (1)"} {
			found := graph.Explain(kinds, question)
			if len(found) != 1 || found[0].Name != e.Name {
				t.Errorf("%q finds %v, want %s", question, found, e.Name)
			}
		}
		if e.Meaning == "" || e.Advice == "" || e.Advice != kind.Advice() || kind.Severity() == "" || strings.Contains(kind.Words(), "-") {
			t.Errorf("%s is not described: %+v", e.Name, e)
		}
	}
}
