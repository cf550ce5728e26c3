package batch_test

import (
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestEverySpellingOfAnAddressHasOneKey(t *testing.T) {
	for address, want := range map[string]string{
		"Anna@X.example":                "anna@x.example",
		"anna@Müller.example":           "anna@xn--mller-kva.example",
		"ANNA@MU\u0308LLER.EXAMPLE":     "anna@xn--mller-kva.example",
		"anna@XN--MLLER-KVA.example":    "anna@xn--mller-kva.example",
		"JÜRGEN@x.example":              "jürgen@x.example",
		"ju\u0308rgen@x.example":        "jürgen@x.example",
		"a--b@x.example":                "a--b@x.example",
		"No Address":                    "no address",
		"Über":                          "über",
		"anna@über_.example":            "anna@über_.example",
		"a@x.example; b@MÜLLER.example": "a@x.example; b@xn--mller-kva.example",
	} {
		assert.Equal(t, "key of "+address, batch.Key(address), want)
		assert.Equal(t, "key of key of "+address, batch.Key(want), want)
	}
	assert.Equal(t, "domain", batch.Domain("Anna@MÜLLER.example"), "xn--mller-kva.example")
	assert.Equal(t, "domain in capitals", batch.Domain("Anna@XN--MLLER-KVA.Example"), "xn--mller-kva.example")
	assert.Equal(t, "no domain", batch.Domain("anna"), "")
	assert.Equal(t, "allocations of a usual key", testing.AllocsPerRun(100, func() { batch.Key("anna.berg@x.example") }), 0.0)
}
