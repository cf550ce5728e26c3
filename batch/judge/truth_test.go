package judge

import (
	"strings"
	"testing"

	"guestlist/batch"
)

func TestTruthInManyLanguages(t *testing.T) {
	for value, words := range map[bool]string{
		true:  "true TRUE yes Y 1 x X on ja J wahr WAHR oui vrai si sí si\u0301 SÌ vero verdadero sim verdadeiro waar tak ✓ ✔ ☑ ИСТИНА",
		false: "false FALSE no NO N n 0 off nein Falsch non FAUX falso não na\u0303o nee onwaar nej nie fałsz нет ☐ ✗",
	} {
		for word := range strings.FieldsSeq(words) {
			if got, ok := truth(word); !ok || got != value {
				t.Errorf("%s: %v, %v", word, got, ok)
			}
		}
	}
	for _, unclear := range []string{"", "o", "perhaps", "2", "-1", "yes no", "-", "t", "f", "?"} {
		if got, ok := truth(unclear); ok {
			t.Errorf("%q: %v", unclear, got)
		}
	}
}

func FuzzTruth(f *testing.F) {
	for _, seed := range []string{"true", "No", "sí", "n", "ſi", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := truth(text)
		if value && !ok {
			t.Errorf("%q is true without being understood", text)
		}
		if strings.HasPrefix(strings.ToLower(text), "n") && value {
			t.Errorf("%q counts as yes", text)
		}
		if again, too := truth(strings.ToLower(text)); again != value || too != ok {
			t.Errorf("%q: %v, in lower case %v", text, value, again)
		}
		if h := (batch.Header{Fields: map[batch.Field]int{batch.SendMessage: 0}}); ok {
			cell := h.Value(batch.Row{Cells: []string{"\u00a0" + text + "\ufe0f"}}, batch.SendMessage)
			if padded, _ := truth(cell); padded != value {
				t.Errorf("%q: spaces around it change it", text)
			}
		}
	})
}
