package report

import (
	"strings"
	"unicode/utf8"
)

// formulaStarts are the signs that make spreadsheet programs take a CSV cell
// for a formula, those in the full width of East Asian type included (OWASP,
// "CSV Injection").
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// guard puts an apostrophe in front of a text that a spreadsheet program would
// run as a formula, and in front of one that looks as if that had been done, so
// that [Plain] undoes it without a doubt.
func guard(text string) string {
	if startsFormula(text) {
		return "'" + text
	}
	return text
}

// Plain returns what a cell of a file of [WriteCSV] stood for: without the
// apostrophe that keeps spreadsheet programs from running it. Any other text
// comes back as it is.
func Plain(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && startsFormula(rest) {
		return rest
	}
	return text
}

// startsFormula reports whether what stands behind any apostrophes would start
// a formula.
func startsFormula(text string) bool {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return size > 0 && strings.ContainsRune(formulaStarts, first)
}
