package text_test

import (
	"errors"
	"strings"
	"testing"
	"text/template"

	"guestlist/internal/assert"
	"guestlist/internal/text"
)

func letter(t *testing.T, file, content string) text.Letter {
	t.Helper()
	l, err := text.ParseLetter(file, content)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLetterBecomesATemplate(t *testing.T) {
	l := letter(t, "in/welcome.DE-de.txt", "\ufeff\r\nSubject: Hallo {Display name}\r\n\r\nLieber {Display name},\r\n{{.Link}} {} { x\r\n{a{Project}}\r\n")
	assert.Equal(t, "language", l.Language, "de-DE")
	assert.Equal(t, "placeholders", l.Placeholders(), []string{"Display name", "Display name", "Project"})
	subject, body := l.Templates(func(name string) string { return "printf `<%s>` `" + name + "`" })
	for source, want := range map[string]string{
		subject: "Hallo <Display name>",
		body:    "Lieber <Display name>,\n{{.Link}} {} { x\n{a<Project>}\n",
	} {
		var b strings.Builder
		if err := template.Must(template.New("").Parse(source)).Execute(&b, nil); err != nil || b.String() != want {
			t.Errorf("%q, %v; want %q", b.String(), err, want)
		}
	}
}

func TestLetterNamesWhatIsNotThere(t *testing.T) {
	l := letter(t, "welcome.txt", "Hello {display  NAME},\n\n{Dispaly name} {Project}")
	err := l.Check([]string{"Display name", "Project"})
	missing, ok := errors.AsType[*text.PlaceholderError](err)
	if !ok {
		t.Fatal(err)
	}
	assert.Equal(t, "error", missing.Error(), "welcome.txt, line 3: there is no {Dispaly name}; did you mean {Display name}?")
	assert.Equal(t, "hint", missing.Hint(), "there are: {Display name}, {Project}")
	for _, doubled := range []string{"{{Project}}", "{{ .Project }}"} {
		err = letter(t, "welcome.txt", "Subject: a\n\n{{braces}} {{{ {{}} {{\nof "+doubled).Check([]string{"Display name", "Project"})
		if err == nil || err.Error() != "welcome.txt, line 4: {{Project}} would stay as it is; write {Project}" {
			t.Errorf("%s: %v", doubled, err)
		}
	}
	if err := letter(t, "welcome.txt", "Hello {display  NAME}").Check([]string{"Display name"}); err != nil {
		t.Error(err)
	}
}

func TestLetterWithoutText(t *testing.T) {
	for content, want := range map[string]string{
		"":                                   "a.txt has no text",
		"Subject: x\n\n":                     "a.txt has no text",
		"\xff\xfeH\x00e\x00":                 "a.txt is not UTF-8",
		"H\x00e\x00l\x00":                    "a.txt is not UTF-8",
		strings.Repeat("x", text.MaxEmail+1): "a.txt has 1,048,577 characters, which is too long for an email",
	} {
		if _, err := text.ParseLetter("a.txt", content); err == nil || err.Error() != want {
			t.Errorf("%.20q: %v", content, err)
		}
	}
	_, err := text.ParseLetter("a.txt", "M\xfcller")
	if wrong, ok := errors.AsType[*text.EncodingError](err); !ok || !strings.Contains(wrong.Hint(), "save it as UTF-8") {
		t.Errorf("windows-1252: %v", err)
	}
}

func TestInLanguage(t *testing.T) {
	tags := []string{"", "de", "pt-BR", "en-US"}
	for wanted, want := range map[string]int{"": -1, "de": 1, "de-AT": 1, "DE-ch": 1, "pt-BR": 2, "en": 3, "en-GB": 3, "fr": -1, "nonsense!": -1, "nl-NL": -1} {
		if got := text.InLanguage(tags, wanted); got != want {
			t.Errorf("%q: %d, want %d", wanted, got, want)
		}
	}
}

func FuzzLetter(f *testing.F) {
	f.Add("Subject: a {b}\n\nc {d} {{e}} {")
	f.Fuzz(func(t *testing.T, content string) {
		l, err := text.ParseLetter("a.txt", content)
		if err != nil {
			return
		}
		subject, body := l.Templates(func(string) string { return "``" })
		for _, source := range []string{subject, body} {
			if _, err := template.New("").Parse(source); err != nil {
				t.Errorf("%q: %v", source, err)
			}
		}
	})
}
