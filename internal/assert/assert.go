// Package assert has the one comparison that the tests share.
package assert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Equal reports as an error how got differs from want. What names the value.
func Equal(tb testing.TB, what string, got, want any) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
