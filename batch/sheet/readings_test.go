package sheet

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

func TestEncodingError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ spelled, text string }{
		{"windows-1252", "Müller"},
		{"windows-1252", "Renée Citroën"},
		{"windows-1250", "Łukasz Świątek"},
		{"windows-1251", "Наталья Мюллер"},
		{"windows-1253", "Γιώργος"},
		{"shift_jis", "山田 太郎"},
		{"gb18030", "李娜"},
		{"euc-kr", "김철수"},
		{"big5", "陳大文"},
		{"ibm850", "Müller"},
	} {
		t.Run(tt.spelled, func(t *testing.T) {
			t.Parallel()
			set, err := encodingNamed(tt.spelled)
			if err != nil {
				t.Fatal(err)
			}
			content := "Email;Full name\na@x.example;Anna\nb@x.example;" + encode(t, set.decoder, tt.text) + "\n"
			bad := firstError(t, write(t, "list.csv", content), Options{})
			odd, ok := errors.AsType[*EncodingError](bad)
			if !ok || bad.Row != 3 || bad.Column != `column "Full name"` {
				t.Fatalf("got %v, want an EncodingError in row 3", bad)
			}
			shown := false
			for _, r := range odd.Readings {
				shown = shown || r.Text == tt.text
				readable := firstTextOf(t, content, r.Encoding)
				assert.Equal(t, "as read with --encoding "+r.Encoding, readable, r.Text)
			}
			if !shown || len(odd.Readings) > shownReadings {
				t.Errorf("%q is not among %v", tt.text, odd.Readings)
			}
			for i, line := range strings.Split(bad.Hint(), "\n")[1:] {
				r := odd.Readings[i]
				if !strings.HasPrefix(line, "  --encoding "+r.Encoding+" ") || !strings.HasSuffix(line, fmt.Sprintf("   %q", r.Text)) {
					t.Errorf("line %q of the hint does not show %v", line, r)
				}
			}
			t.Log(bad.Hint())
		})
	}
}

// firstTextOf reads the last name of a list in an encoding.
func firstTextOf(t *testing.T, content, name string) string {
	t.Helper()
	rows := all(t, open(t, write(t, "list.csv", content), Options{Encoding: name}))
	return rows[len(rows)-1].Cells[1]
}

func TestEncodingErrorInTheHeadings(t *testing.T) {
	t.Parallel()
	bad := firstError(t, write(t, "list.csv", "E-Mail;Stra\xDFe\na@x.example;Markt 1\n"), Options{})
	want := `row 1, column B: the text is not UTF-8: "Stra�e"`
	if !strings.Contains(bad.Error(), want) || !strings.Contains(bad.Hint(), "\n  --encoding windows-1252   \"Straße\"\n") {
		t.Errorf("got %v, want %s", bad, want)
	}
}

func TestTwoEncodingsInOne(t *testing.T) {
	t.Parallel()
	const pasted = "Email,Name\na@x.example,Zoë Müller\nb@x.example,J\xf6rg\n"
	bad := firstError(t, write(t, "list.csv", pasted), Options{})
	odd, ok := errors.AsType[*EncodingError](bad)
	if !ok || bad.Row != 3 || !odd.Above || !strings.Contains(bad.Error(), "not UTF-8, while text above is") ||
		!strings.Contains(bad.Hint(), "two files pasted together") || strings.Contains(bad.Hint(), "--encoding windows") {
		t.Errorf("got %v, %q", bad, bad.Hint())
	}
	// Bytes of another encoding that happen to be UTF-8.
	bad = firstError(t, write(t, "list.csv", "Email,Name\na@x.example,\xC3\x8A\xC3\x8A\nb@x.example,J\xf6rg\n"), Options{})
	if odd, ok := errors.AsType[*EncodingError](bad); !ok || odd.Above {
		t.Errorf("chance taken for UTF-8: %v", bad)
	}
}

func TestReadingsThatNobodyMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Jürgen": false, "佐藤\u3000花子": false, "Anna\u00a0Berg": false, "first\nsecond": false, "Anna\u00a0": false,
		"J\u00a0rgen": true, "J\u0085rgen": true, "J\u2028rgen": true, "J\uFFFDrgen": true, "J\u2003rgen": true, "J\vrgen": true,
	} {
		assert.Equal(t, fmt.Sprintf("%q is mangled", text), isMangled(text), want)
	}
}

func FuzzReadings(f *testing.F) {
	f.Add("M\xfcller")
	f.Add("\x8eR\x93c")
	f.Fuzz(func(t *testing.T, cell string) {
		seen := map[string]bool{}
		for _, r := range readings(cell) {
			if seen[r.Text] || isMangled(r.Text) || r.Text == cell {
				t.Fatalf("%q reads %q in %s", cell, r.Text, r.Encoding)
			}
			seen[r.Text] = true
			if set, err := encodingNamed(r.Encoding); err != nil || set.decoder == nil {
				t.Fatalf("--encoding %s is not known: %v", r.Encoding, err)
			}
		}
	})
}
