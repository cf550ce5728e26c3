package sheet

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"guestlist/batch"
	"guestlist/internal/text"
)

// The parts of a name that a list may have instead of [batch.Name]. A particle stands
// before the last name (van der), a second one behind it.
const (
	firstName      batch.Field = "first"
	lastName       batch.Field = "last"
	particleOfName batch.Field = "particle"
	secondLastName batch.Field = "second-last"
)

//go:embed knownheadings.txt
var knownHeadingsText string

// knownHeading is a heading that names a field by itself.
type knownHeading struct {
	// rank says how good it is, the best 0.
	rank int
	// language is that of the heading, "-" for a program's own name.
	language string
}

// knownHeadings are these headings by field and key. A heading of two languages counts
// for the first.
var knownHeadings = sync.OnceValue(func() map[batch.Field]map[string]knownHeading {
	known := make(map[batch.Field]map[string]knownHeading)
	for line := range strings.Lines(knownHeadingsText) {
		start, headings, ok := strings.Cut(line, ": ")
		name, language, _ := strings.Cut(start, " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		of := known[batch.Field(name)]
		if of == nil {
			of = make(map[string]knownHeading)
			known[batch.Field(name)] = of
		}
		for heading := range strings.SplitSeq(headings, "|") {
			key := matchKey(heading)
			if _, twice := of[key]; !twice {
				of[key] = knownHeading{len(of), language}
			}
		}
	}
	return known
})

// bracketed is the key of the name in brackets, "" when there is none. The
// template of the admin centre translates all of a heading but that name.
func bracketed(heading string) string {
	_, rest, opened := strings.Cut(heading, "[")
	name, _, closed := strings.Cut(rest, "]")
	if !opened || !closed {
		return ""
	}
	return text.HeadingKey(name)
}

// matchKey is what an unasked match compares: the name in brackets where there is one,
// else the heading without its decoration.
func matchKey(heading string) string {
	if name := bracketed(heading); name != "" {
		return name
	}
	return text.HeadingKey(undecorated(heading))
}

// remark is what forms and people write behind a heading in brackets: whether it must
// be filled in.
var remark = regexp.MustCompile(`(?i)\s*\((required|mandatory|optional|pflichtfeld|pflicht|erforderlich|obligatoire|facultatif|` +
	`obligatorio|opcional|obbligatorio|facoltativo|obrigatório|verplicht|optioneel|obligatorisk|wymagane|povinné|обязательно|必須|必填|필수)\)\s*`)

// undecorated takes off what people and programs put around a heading: the star or
// colon of a form, a remark, a byte order mark that was read as Latin-1, quotes.
func undecorated(heading string) string {
	const latinMark, around = "\u00EF\u00BB\u00BF", "*:.;?!#'\"\u201C\u201D\u2022\uFF1A\uFF0A"
	heading = strings.TrimPrefix(text.Trim(heading), latinMark)
	if strings.ContainsAny(heading, "(") {
		heading = remark.ReplaceAllString(heading, " ")
	}
	bare := strings.TrimFunc(heading, func(r rune) bool { return text.IsInvisible(r) || strings.ContainsRune(around, r) })
	if bare == "" {
		return heading
	}
	return bare
}
