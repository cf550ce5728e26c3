package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"guestlist/internal/text"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"Anna Berg":                       "Anna Berg",
		"  Anna \t\r\n Berg ":             "Anna Berg",
		"a\u00a0b\u2028c\u3000d":          "a b c d",
		"fdp.\u202egpj.exe":               "fdp.gpj.exe",
		"a\u200bb\ufeffc\u00add":          "abcd",
		"\x1b]52;c;cm0gLXJm\x07 list.csv": "\ufffd]52;c;cm0gLXJm\ufffd list.csv",
		"\u009b31mred":                    "\ufffd31mred",
		"cut \xff off":                    "cut \ufffd off",
		"نمی\u200cخواهم":                  "نمی\u200cخواهم", // the joiner belongs to the word
		"👩\u200d💻":                        "👩\u200d💻",
		"adm\u200din\u200c":               "admin",
		"\U000e0041tag":                   "tag",
	} {
		if got := text.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{"", "a  b", "\x1b[31m", "\u202e", "é\u200dé\u200d", "\xff\xfe", "a \u200d é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := text.Line(in)
		switch {
		case !utf8.ValidString(got):
			t.Errorf("Line(%q) = %q is not UTF-8", in, got)
		case strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsAny(got, "\u2028\u2029"):
			t.Errorf("Line(%q) = %q has a control character", in, got)
		case strings.ContainsFunc(strings.NewReplacer("\u200c", "", "\u200d", "").Replace(got), func(r rune) bool { return unicode.Is(unicode.Cf, r) }):
			t.Errorf("Line(%q) = %q has a format character", in, got)
		case strings.TrimSpace(got) != got || strings.Contains(got, "  "):
			t.Errorf("Line(%q) = %q has spaces to spare", in, got)
		case text.Line(got) != got:
			t.Errorf("Line(%q) = %q, and again %q", in, got, text.Line(got))
		}
	})
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"anna@x.example":  "anna@x.example",
		"Žofie, 佐藤":       "Žofie, 佐藤",
		"a\u00a0b":        `"a\u00a0b"`,
		"a\nb\x1b[0m":     `"a\nb\x1b[0m"`,
		"\u202egpj":       `"\u202egpj"`,
		"zero\u200bwidth": `"zero\u200bwidth"`,
	} {
		if got := text.Printable(in); got != want {
			t.Errorf("Printable(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestBlock(t *testing.T) {
	for in, want := range map[string]string{
		"Žofie O'Malley\n佐藤 \u0645\u06cc\u200c\u062e": "Žofie O'Malley\n佐藤 \u0645\u06cc\u200c\u062e", // the joiner belongs to the word
		"a\u202eb\u2066c\x07d\u0085":                  "a[U+202E]b[U+2066]c[U+0007]d[U+0085]",
		"zero\u200bwidth\ufeff":                       "zero[U+200B]width[U+FEFF]",
		"tag\U000e0041":                               "tag[U+E0041]",
	} {
		if got := text.Block(in); got != want {
			t.Errorf("Block(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, test := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "longe…"},
		{"aé", 2, "a…"}, // never half a character
		{"\x80\x80\x80", 1, "…"},
	} {
		if got := text.Truncate(test.in, test.limit); got != test.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", test.in, test.limit, got, test.want)
		}
	}
}

func TestLongestLine(t *testing.T) {
	for in, want := range map[string]int{"": 0, "ab": 2, "a\r\nééé\nb": 3} {
		if got := text.LongestLine(in); got != want {
			t.Errorf("LongestLine(%q) = %d, want %d", in, got, want)
		}
	}
}
