package results

import (
	"testing"

	"pgregory.net/rapid"

	"guestlist/internal/assert"
)

// A key is read as it was written, whatever a batch is called.
func TestRowKeysAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := RowKey{
			Origin:  Origin{Tenant: rapid.SampledFrom([]string{"", "t"}).Draw(t, "tenant"), Batch: rapid.String().Draw(t, "batch")},
			Address: "a@x.example", Fingerprint: rapid.Uint64().Draw(t, "fingerprint"), Link: rapid.SampledFrom([]string{"", "-", "abc+/0"}).Draw(t, "link"),
		}
		if read, ok := ParseRowKey(cutBase(k.String() + " ~abc")); !ok || read != k {
			t.Fatalf("%q is read as %+v", k, read)
		}
	})
	old, ok := ParseRowKey("t 0000000000000007 a@x.example =abc")
	assert.Equal(t, "without a batch", old, RowKey{Origin: Origin{Tenant: "t"}, Address: "a@x.example", Fingerprint: 7, Link: "abc"})
	assert.Equal(t, "is one", ok, true)
}
