package graph

import (
	"slices"
	"strings"
	"unicode"
)

// Catalogue returns every known error of POST /invitations.
func Catalogue() []Entry { return slices.Clone(catalogue) }

// Explain returns the entries that a question may mean, the likeliest first;
// none when nothing fits. A question is, in any case, an entry's name, a code or
// a status of Graph's, a piece of Graph's text, or a line that holds one of these.
func Explain(entries []Entry, question string) []Entry {
	question = strings.ToLower(strings.Join(strings.Fields(question), " "))
	if question == "" {
		return nil
	}
	for _, means := range []func(Entry) bool{
		func(e Entry) bool { return strings.EqualFold(e.Name, question) },
		func(e Entry) bool { return e.answersWith(question) },
	} {
		if found := choose(entries, means); found != nil {
			return found
		}
	}
	if whole := choose(entries, func(e Entry) bool { return e.isIn(question) }); whole != nil {
		// Texts overlap: as with an answer, the first one decides.
		return choose(whole, func(e Entry) bool { return slices.Equal(e.Texts, whole[0].Texts) })
	}
	if part := choose(entries, func(e Entry) bool { return e.says(question) }); part != nil {
		return part
	}
	words := strings.FieldsFunc(question, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
	return choose(entries, func(e Entry) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(e.Name, w) || e.hasCode(w) })
	})
}

// choose picks entries, nil when none fits.
func choose(entries []Entry, fits func(Entry) bool) []Entry {
	var chosen []Entry
	for _, e := range entries {
		if fits(e) {
			chosen = append(chosen, e)
		}
	}
	return chosen
}

// answersWith reports whether the entry comes with a code or status, told in
// lower case.
func (e Entry) answersWith(code string) bool {
	return e.hasCode(code) || slices.Contains(strings.Fields(strings.ToLower(e.Seen)), code)
}

// says reports whether a text in lower case is a piece of the entry's message.
func (e Entry) says(text string) bool {
	return strings.Contains(strings.ToLower(e.Message), text) ||
		slices.ContainsFunc(e.Texts, func(own string) bool { return strings.Contains(own, text) })
}
