package handoff

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestSafeName(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"Maren Oud", "Maren Oud"},
		{"  Maren \t\n Oud  ", "Maren Oud"},
		{"", "unnamed"},
		{"..", "unnamed"},
		{"../../etc/passwd", "etc-passwd"},
		{`C:\Windows`, "C--Windows"},
		{`a<b>c:d"e/f\g|h?i*j`, "a-b-c-d-e-f-g-h-i-j"},
		{"CON", "_CON"},
		{"con.txt", "_con.txt"},
		{"Aux .x", "_Aux .x"},
		{"COM1", "_COM1"},
		{"LPT³", "_LPT³"},
		{"Connie", "Connie"},
		{"COM10", "COM10"},
		{"Adatum, Inc.", "Adatum, Inc"},
		{"trailing. . .", "trailing"},
		{".hidden", "hidden"},
		{"~$lock", "$lock"},
		{"-rf", "rf"},
		{"a\x00b\x1bc\u202Efdp\u2066", "abcfdp"},
		{"Zoë", "Zoë"},
		{"Zoe\u0308", "Zoë"},
		{"👩‍💻 team", "👩💻 team"},
		{"شركة", "شركة"},
		{"Maren\u2800Oud", "Maren Oud"},
		{"\u2800\u3164\u200b", "unnamed"},
		{"\x1b]52;c;cm0gLXJm\x07Maren", "]52;c;cm0gLXJmMaren"},
		{"bad\xffbyte", "bad-byte"},
		{strings.Repeat("x", 300), strings.Repeat("x", maxName)},
		{strings.Repeat("x", maxName-1) + "é", strings.Repeat("x", maxName-1)},
		{strings.Repeat("x", maxName-1) + " y", strings.Repeat("x", maxName-1)},
	} {
		if got := safeName(test.text); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

func TestNamesDoNotMeet(t *testing.T) {
	n := newNamer("index.xlsx")
	var got []string
	for _, text := range []string{"Weiss", "Weiß", "WEISS", "Weiss (2)", "Index.XLSX", "Zoe\u0308", "zoë", "..", "/"} {
		got = append(got, n.name(text))
	}
	want := "Weiss|Weiß (2)|WEISS (3)|Weiss (2) (2)|Index.XLSX (2)|Zoë|zoë (2)|unnamed|unnamed (2)"
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// devices are what Windows takes for a device, written down apart from the code.
var devices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\..*)?$`)

func FuzzName(f *testing.F) {
	for _, seed := range []string{"", "..", "a/b", "CON", "nul.x", "a\u202Eb", strings.Repeat("é", 200), "e\u0301", "\xff", "a.", " ", "COM¹.x", "\u2028", "~$x", "ﬁ"} {
		f.Add(seed, strings.ToUpper(seed))
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		n := newNamer(ledgerName)
		names := []string{n.name(one), n.name(two), n.name(one)}
		seen := map[string]bool{foldName(ledgerName): true}
		for _, name := range names {
			checkName(t, name)
			if seen[foldName(name)] {
				t.Errorf("%q twice from %q and %q", name, one, two)
			}
			seen[foldName(name)] = true
		}
		if len(one) < 40 && len(two) < 40 { // a real file system agrees
			folder := t.TempDir()
			for _, name := range names {
				if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func checkName(t *testing.T, name string) {
	t.Helper()
	switch {
	case name == "" || name != filepath.Base(name) || !filepath.IsLocal(name) || strings.ContainsAny(name, `<>:"/\|?*`):
		t.Errorf("%q is not a name in a folder", name)
	case devices.MatchString(name):
		t.Errorf("%q is a device", name)
	case strings.TrimRight(name, " .") != name || strings.TrimLeft(name, " .-~") != name:
		t.Errorf("%q has ends that something drops or takes otherwise", name)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
		t.Errorf("%q has characters that are not seen", name)
	case len(name) > maxName+len("_ (99)"):
		t.Errorf("%q has %d bytes", name, len(name))
	case norm.NFC.String(name) != name && len(name) < maxName:
		t.Logf("%q is not composed", name) // what was taken out stood between two that compose
	}
}
