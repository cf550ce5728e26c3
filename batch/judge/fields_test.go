package judge

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestYesAndNoInManyLanguages(t *testing.T) {
	for value, words := range map[bool]string{
		true:  "true TRUE yes Y 1 x X on ja J wahr WAHR oui vrai si sí si\u0301 SÌ vero verdadero sim verdadeiro waar tak ✓ ✔ ☑ ИСТИНА",
		false: "false FALSE no NO N n 0 off nein Falsch non FAUX falso não na\u0303o nee onwaar nej nie fałsz нет ☐ ✗",
	} {
		for word := range strings.FieldsSeq(words) {
			if got, ok := parseYesNo(word); !ok || got != value {
				t.Errorf("%s: %v, %v", word, got, ok)
			}
		}
	}
	for _, unclear := range []string{"", "o", "perhaps", "2", "-1", "yes no", "-", "t", "f", "?"} {
		if got, ok := parseYesNo(unclear); ok {
			t.Errorf("%q: %v", unclear, got)
		}
	}
}

func FuzzYesNo(f *testing.F) {
	for _, seed := range []string{"true", "No", "sí", "n", "ſi", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := parseYesNo(text)
		if value && !ok {
			t.Errorf("%q is true without being understood", text)
		}
		if strings.HasPrefix(strings.ToLower(text), "n") && value {
			t.Errorf("%q counts as yes", text)
		}
		if again, too := parseYesNo(strings.ToLower(text)); again != value || too != ok {
			t.Errorf("%q: %v, in lower case %v", text, value, again)
		}
		if h := (batch.Header{Fields: map[batch.Field]int{batch.SendMessage: 0}}); ok {
			cell := h.Value(batch.Row{Cells: []string{"\u00a0" + text + "\ufe0f"}}, batch.SendMessage)
			if padded, _ := parseYesNo(cell); padded != value {
				t.Errorf("%q: spaces around it change it", text)
			}
		}
	})
}

func TestLanguageTagsAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "en-US": "en-US", "EN_us": "en-US", "de": "de", "zh-hant-tw": "zh-Hant-TW", "iw": "iw", "es-419": "es-419",
	} {
		got, err := ParseLanguage(text)
		if err != nil || CheckLanguage(text) != nil {
			t.Errorf("%q: %v", text, err)
		}
		assert.Equal(t, text, got, want)
	}
	for _, wrong := range []string{"german", "xx", "en-", "en US", "*", "-", "und", "qaax"} {
		if tag, err := ParseLanguage(wrong); err == nil || CheckLanguage(wrong) == nil {
			t.Errorf("%q: %q", wrong, tag)
		}
	}
}
