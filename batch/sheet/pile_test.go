package sheet

import (
	"strings"
	"testing"
)

// FuzzPile asks a pile that mostly lies on disk for what was put on it.
func FuzzPile(f *testing.F) {
	f.Add("a b  c "+strings.Repeat("x", 300)+" d", 5, uint8(3))
	f.Add("", 1, uint8(0))
	f.Fuzz(func(t *testing.T, text string, limit int, step uint8) {
		p := pile{limit: max(limit, 0)}
		defer func() {
			if err := p.close(); err != nil {
				t.Error(err)
			}
		}()
		texts := strings.Split(text, " ")
		for _, text := range texts {
			if err := p.add(text); err != nil {
				t.Fatal(err)
			}
		}
		for i := range texts {
			at := (i * int(step)) % len(texts)
			got, err := p.text(at)
			if err != nil || got != texts[at] {
				t.Fatalf("text %d is %q, %v, want %q", at, got, err, texts[at])
			}
		}
	})
}

func TestUnmasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain": "plain", "_x": "_x", "a_x000D_b": "a\rb", "_x000D__x000A_": "\r\n", "_x005F_x000D_": "_x000D_",
		"_xD83D__xDE00_!": "😀!", "_xZZZZ_": "_xZZZZ_", "first_xml_name": "first_xml_name", "_x00e4_": "ä",
	} {
		equal(t, text, unmasked(text), want)
	}
}
