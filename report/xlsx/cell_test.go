package xlsx

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

func TestFit(t *testing.T) {
	const limit = excelize.TotalCellChars
	const mark = " … [cut here: 40,000 characters]"
	room := limit - len([]rune(mark))
	tests := map[string]struct{ text, want string }{
		"short":                 {"abc", "abc"},
		"full":                  {strings.Repeat("x", limit), strings.Repeat("x", limit)},
		"full, many bytes":      {strings.Repeat("é", limit), strings.Repeat("é", limit)},
		"long":                  {strings.Repeat("x", 40_000), strings.Repeat("x", room) + mark},
		"long, many bytes":      {strings.Repeat("é", 40_000), strings.Repeat("é", room) + mark},
		"long, surrogate pairs": {strings.Repeat("😀", 40_000), strings.Repeat("😀", room/2) + mark},
		"one unit too long":     {strings.Repeat("x", limit+1), strings.Repeat("x", room) + strings.Replace(mark, "40,000", "32,768", 1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, cut := Fit(test.text)
			if got != test.want {
				t.Errorf("got %d bytes ending in %q", len(got), got[max(0, len(got)-40):])
			}
			if cut != (test.text != test.want) {
				t.Errorf("cut is %v", cut)
			}
			if units := len(utf16.Encode([]rune(got))); units > limit {
				t.Errorf("%d units", units)
			}
		})
	}
}

func TestGuardEscapes(t *testing.T) {
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
		if got := guardEscapes(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if again := guardEscapes(want); again != want {
			t.Errorf("%q: guarded twice it is %q", text, again)
		}
	}
}

// unescaped reads a text as Excel does.
func unescaped(text string) string {
	var b strings.Builder
	for {
		m := escape.FindStringIndex(text)
		if m == nil {
			return b.String() + text
		}
		code, _ := strconv.ParseUint(text[m[0]+2:m[1]-1], 16, 16)
		b.WriteString(text[:m[0]] + string(rune(code)))
		text = text[m[1]:]
	}
}

func TestTextsThatLookLikeEscapesStayAsTheyAre(t *testing.T) {
	for _, text := range []string{"_x0041_", "_x0041_x0042_", "_x005F_x0041_", "a_x000D_b", "__x0041_", "_x004"} {
		if got := unescaped(escapeUnderscores(text)); got != text {
			t.Errorf("%q reads %q", text, got)
		}
	}
}
