package journal

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzCells holds the short cut against encoding/json, in both directions.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{"a@x.example|Anna|", "", "|", `"|,"|","|["a"]`, `\|\"|\\`, "<b>|&|ü|\u2028|\x7f|\xff|\x00\n", "[|]"} {
		f.Add(seed, seed)
	}
	f.Add("", `["a","b"]`)
	f.Add("", `["a" "b"]`)
	f.Add("", `["]`)
	f.Add("", `["a","b",]`)
	f.Add("", `["a", "b"]`)
	f.Fuzz(func(t *testing.T, row, stored string) {
		cells := strings.Split(row, "|")
		got, err := encodeCells(nil, cells)
		want, _ := json.Marshal(cells)
		if string(got) != string(want) || err != nil {
			t.Errorf("encoded: got %s %v, want %s", got, err, want)
		}
		agree(t, string(got))
		agree(t, stored)
	})
}

// agree holds what a text is decoded to against what JSON makes of it. Only
// where JSON takes the text: a control character in it is let pass here, and
// bytes that are no UTF-8 stay.
func agree(t *testing.T, text string) {
	t.Helper()
	got, err := decodeCells(text)
	var want []string
	if json.Unmarshal([]byte(text), &want) != nil {
		return
	}
	for i := range got {
		got[i] = string([]rune(got[i]))
	}
	if !slices.Equal(got, want) || err != nil {
		t.Errorf("%q: got %q %v, want %q", text, got, err, want)
	}
}
