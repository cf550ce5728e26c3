package judge

import (
	"golang.org/x/text/language"

	"guestlist/batch"
)

var errLanguage = &CellError{batch.KindLanguage, "is not a language tag", "Write a language tag such as en-US or nl-NL."}

// CheckLanguage accepts what [ParseLanguage] reads.
func CheckLanguage(text string) error {
	_, err := ParseLanguage(text)
	return err
}

// ParseLanguage reads a BCP 47 tag in any case, with hyphens or underscores,
// and gives it as Graph writes it: en-US. "" stays empty. The error is a
// [*CellError].
func ParseLanguage(text string) (string, error) {
	tag, ok := languageTag(text)
	if !ok {
		return "", errLanguage
	}
	return tag, nil
}

func languageTag(text string) (tag string, ok bool) {
	if text == "" {
		return "", true
	}
	parsed, err := language.Raw.Parse(text) // Raw keeps the tag that people know: it replaces none by a newer one
	if err != nil || parsed.IsRoot() {
		return text, false
	}
	return parsed.String(), true
}
