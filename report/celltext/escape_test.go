package celltext

import "testing"

func TestGuard(t *testing.T) {
	tests := map[string]string{ // text: guarded
		"":                     "",
		"plain_x text":         "plain_x text",
		"_x0041_":              "_x0041_",
		"_x0041__x0042_":       "_x0041__x0042_",
		"_x0041_x0042_":        "_x0041_\uFFFDx0042_",
		"_x0041_x0042_x0043_":  "_x0041_\uFFFDx0042_x0043_",
		"_xD800_":              "_\uFFFDxD800_",
		"a_xdfff_b":            "a_\uFFFDxdfff_b",
		"_xD800_xDC00_":        "_\uFFFDxD800_\uFFFDxDC00_",
		"_x005F_xD800_ and on": "_x005F_\uFFFDxD800_ and on",
		"_x005F_x0041_":        "_x005F_x0041_",
		"_xE000_":              "_xE000_",
		"_x00G1_":              "_x00G1_",
	}
	for text, want := range tests {
		if got := Guard(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if again := Guard(want); again != want {
			t.Errorf("%q: guarded twice it is %q", text, again)
		}
	}
}
