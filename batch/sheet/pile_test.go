package sheet

import (
	"strconv"
	"strings"
	"testing"

	"guestlist/internal/assert"
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

// TestPileOfManyBlocks goes back and forth in more text than blocks are kept.
func TestPileOfManyBlocks(t *testing.T) {
	t.Parallel()
	p := pile{limit: 1000}
	defer func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	const texts = 3 * keptBlocks * blockSize / 1000
	text := func(i int) string { return strings.Repeat(strconv.Itoa(i)+",", 1000/(len(strconv.Itoa(i))+1)) }
	for i := range texts {
		if err := p.add(text(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range texts {
		for _, at := range []int{i, i % 7, (i * 31) % texts, texts - 1 - i} {
			if got, err := p.text(at); err != nil || got != text(at) {
				t.Fatalf("text %d is %.20q, %v", at, got, err)
			}
		}
	}
}

func TestUnmasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain": "plain", "_x": "_x", "a_x000D_b": "a\rb", "_x000D__x000A_": "\r\n", "_x005F_x000D_": "_x000D_",
		"_xD83D__xDE00_!": "😀!", "_xZZZZ_": "_xZZZZ_", "first_xml_name": "first_xml_name", "_x00e4_": "ä",
	} {
		assert.Equal(t, text, unmasked(text), want)
	}
}
