package results

import (
	"strings"
	"unicode/utf8"
)

// formulaStarts are the characters that make spreadsheet programs take a CSV cell
// for a formula, those in the full width of East Asian type included (OWASP,
// "CSV Injection").
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// Guard is a text as a CSV file of results has it: with an apostrophe in front
// where a spreadsheet program would run it as a formula, and where it looks as if
// that had been done already, so that [Unguard] undoes it without a doubt.
func Guard(text string) string {
	if startsFormula(text) {
		return "'" + text
	}
	return text
}

// Unguard is the text that a cell of a CSV file of results means: without the
// apostrophe that [Guard] put in front. Any other text comes back as it is.
func Unguard(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && startsFormula(rest) {
		return rest
	}
	return text
}

// startsFormula reports whether what is behind any apostrophes would start a
// formula.
func startsFormula(text string) bool {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return size > 0 && strings.ContainsRune(formulaStarts, first)
}
