package judge

import (
	"fmt"
	"mime"
	"net/url"
	"strings"
	"unicode"

	"guestlist/batch"
	"guestlist/internal/text"
)

// mailto begins a link to an address, smtp an address as directories export it.
const (
	mailto = "mailto:"
	smtp   = "smtp:"
)

// unwrap takes an address out of what people and mail programs put around it,
// and gives the name that stood beside it. What is left need not be an address.
func unwrap(cell string) (bare, name string) {
	bare = trimQuotes(cell)
	if before, in, ok := brackets(bare, '<', '>'); ok {
		return trimQuotes(in), nameIn(before)
	}
	if before, in, ok := brackets(bare, '[', ']'); ok && strings.Contains(in, "@") {
		return trimQuotes(in), nameIn(before)
	}
	if before, in, ok := brackets(bare, '(', ')'); ok && strings.Contains(before, "@") {
		return trimQuotes(before), nameIn(in)
	}
	return bare, ""
}

// brackets splits "before <in>" at its last pair of brackets.
func brackets(s string, opening, closing byte) (before, in string, ok bool) {
	at := strings.LastIndexByte(s, opening)
	if at < 0 || s[len(s)-1] != closing {
		return "", "", false
	}
	return s[:at], s[at+1 : len(s)-1], true
}

// peel takes away the layers around an address, from outside to inside.
func trimQuotes(s string) string {
	for {
		inner := strings.TrimLeft(strings.TrimRight(text.Trim(s), ",;."), ",;")
		inner = trimMailto(trimSMTPPrefix(trimPair(text.Trim(inner))))
		if inner == s {
			return s
		}
		s = inner
	}
}

// unpaired takes away a pair of quotes or brackets around a text. Quotes go by
// what opens and closes in any language: „Berlin“, “London”, »Wien«, « Paris ».
func trimPair(s string) string {
	const opening, closing = "\"'`‘‚‹›“„«»<([", "\"'`’‘‚›‹”“«»>)]"
	for _, first := range opening {
		inner, ok := strings.CutPrefix(s, string(first))
		if !ok {
			continue
		}
		for _, last := range closing {
			if bare, ok := strings.CutSuffix(inner, string(last)); ok && pairs(first, last) {
				return bare
			}
		}
	}
	return s
}

// pairs keeps brackets with their own kind; quotes are mixed by word
// processors, so that any two of them make a pair.
func pairs(first, last rune) bool {
	const opening, closing = "<([", ">)]"
	if at := strings.IndexRune(opening, first); at >= 0 {
		return rune(closing[at]) == last
	}
	return !strings.ContainsRune(closing, last)
}

// exported takes the kind of address away that Exchange and Active Directory
// write before it, SMTP: before the primary one.
func trimSMTPPrefix(s string) string {
	if len(s) >= len(smtp) && strings.EqualFold(s[:len(smtp)], smtp) {
		return s[len(smtp):]
	}
	return s
}

// link gives the address of a mailto link (RFC 6068), and any other text as it is.
func trimMailto(s string) string {
	if len(s) < len(mailto) || !strings.EqualFold(s[:len(mailto)], mailto) {
		return s
	}
	address, _, _ := strings.Cut(s[len(mailto):], "?")
	if decoded, err := url.PathUnescape(address); err == nil {
		return decoded
	}
	return address
}

// nameIn cleans the name beside an address: its quotes go, and what a mail
// header encodes is decoded.
func nameIn(s string) string {
	name := text.Trim(trimPair(strings.Trim(text.Trim(s), ",;")))
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.ToValidUTF8(name, ""))
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(words, " ")
}

// addresses counts the addresses in a cell. The two of a link with its own
// text, "a@b.example <mailto:a@b.example>", count as one.
func addresses(cell string) int {
	tokens := strings.FieldsFunc(cell, func(r rune) bool { return text.IsInvisible(r) || strings.ContainsRune(",;<>()[]|\"", r) })
	var found []string
	for _, token := range tokens {
		if token = batch.Key(trimQuotes(token)); hasAt(token) {
			found = append(found, token)
		}
	}
	if len(found) == 2 && found[0] == found[1] && strings.ContainsAny(cell, "<[(") {
		return 1
	}
	return len(found)
}

// amongOthers advises what to leave in a cell that holds an address and more.
// Whether that is all of the address people must see: "anna berg@x.example" may
// lack a dot. Something invisible is not between words but within one.
func amongOthers(cell string, err *CellError) *CellError {
	if strings.ContainsFunc(cell, func(r rune) bool { return text.IsInvisible(r) && !unicode.IsSpace(r) }) {
		return err
	}
	words := strings.FieldsFunc(cell, func(r rune) bool { return unicode.In(r, unicode.White_Space) || strings.ContainsRune(",;<>()[]|\"", r) })
	for _, word := range words {
		if word = trimQuotes(word); isSimpleAddress(word) {
			return &CellError{err.Kind, err.What, fmt.Sprintf("If %s is the whole address, leave only that in the cell; if not, type the address anew.", word)}
		}
	}
	return err
}

// inside reports whether an @ stands in a text, with something on both sides.
func hasAt(token string) bool {
	at := strings.IndexByte(token, '@')
	return at > 0 && at < len(token)-1
}
