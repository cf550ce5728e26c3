package results

import "testing"

func TestGuard(t *testing.T) {
	tests := map[string]string{ // text: guarded
		"": "", "plain": "plain", "007": "007", "a=b": "a=b", "'quoted": "'quoted", "'": "'",
		"=1+1": "'=1+1", "+31 20": "'+31 20", "-5": "'-5", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx",
		"＝1": "'＝1", "'=1": "''=1", "''=1": "'''=1", " =1": " =1",
	}
	for text, want := range tests {
		if got := Guard(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if got := Unguard(want); got != text {
			t.Errorf("%q: unguarded it is %q", want, got)
		}
	}
}
