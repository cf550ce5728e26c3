package machine_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
	"guestlist/internal/machine"
)

const heldTenant = "11111111-2222-4333-8444-555555555555"

// A wait that Microsoft asked for outlives the run, for that tenant, until it is over.
func TestHoldLastsUntilItIsOver(t *testing.T) {
	state := machine.State{Folder: t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		hold := func(d time.Duration) {
			t.Helper()
			if err := state.Hold(heldTenant, start.Add(d)); err != nil {
				t.Fatal(err)
			}
		}
		held := func() time.Duration {
			if until := state.HeldUntil(heldTenant); !until.IsZero() {
				return until.Sub(start)
			}
			return 0
		}
		assert.Equal(t, "before", held(), time.Duration(0))
		hold(2 * time.Hour)
		assert.Equal(t, "held", held(), 2*time.Hour)
		hold(time.Hour)
		assert.Equal(t, "after a shorter one", held(), 2*time.Hour)
		assert.Equal(t, "another tenant", state.HeldUntil("other").IsZero(), true)
		<-time.After(2*time.Hour - time.Second)
		assert.Equal(t, "a second before its end", held(), 2*time.Hour)
		<-time.After(time.Second)
		assert.Equal(t, "over", held(), time.Duration(0))
		hold(3 * time.Hour)
		assert.Equal(t, "a new one", held(), 3*time.Hour)
	})
}

// What a clock noted that was set back since, or what is damaged, holds nobody.
func TestHoldThatTellsNothingHoldsNobody(t *testing.T) {
	state := machine.State{Folder: t.TempDir()}
	path := filepath.Join(state.Folder, "tenants", heldTenant+".hold")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().Add(1000 * time.Hour).UTC()
	for _, content := range []string{
		"", "{", `{"until":"later"}`,
		`{"until":"` + ahead.Add(time.Hour).Format(time.RFC3339) + `","noted":"` + ahead.Format(time.RFC3339) + `"}`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if until := state.HeldUntil(heldTenant); !until.IsZero() {
			t.Errorf("%q holds until %v", content, until)
		}
	}
}
