package judge

import "testing"

// FuzzSimpleAddress compares the shortcut with the full check.
func FuzzSimpleAddress(f *testing.F) {
	for _, seed := range []string{"a@b.example", "a.b@c-d.example", "a@b.1", "a@b", "a..b@c.d", "a@ab--c.d", "A{}@B.C", "|@a-b.c", "a@b.c-", "a@b_.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !isSimpleAddress(text) {
			return
		}
		if bare, name := unwrap(text); bare != text || name != "" || countAddresses(text) > 1 {
			t.Errorf("%q unwraps to %q of %q", text, bare, name)
		}
		if address, err := checkAddress(text); err != nil || address != text {
			t.Errorf("%q: %q, %v", text, address, err)
		}
	})
}

// TestUsualAddressesAreSimple would fail if the shortcut accepted nothing.
func TestUsualAddressesAreSimple(t *testing.T) {
	for text, want := range map[string]bool{
		"anna.berg@x.example": true, "A-b_c+d@sub.x-y.Example": true, "o'brien@x.example": true,
		"": false, "anna": false, "anna@": false, "@x.example": false, "anna@example": false, "a@b@c.example": false,
		"an na@x.example": false, "anna@x.example.": false, "anna@.example": false, ".a@x.example": false, "a.@x.example": false,
		"a@x-.example": false, "a@x.1example": false, "a@xn--a.example": false, "ä@x.example": false, "a@ä.example": false,
	} {
		if got := isSimpleAddress(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
