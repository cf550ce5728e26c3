package judge

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
)

var errTruth = &CellError{batch.KindSendMessage, "is neither yes nor no", "Write true or false."}

// truth reads what people and spreadsheets of many languages put into a
// yes-or-no column. A lone "o" is left out: it may be the French yes or a zero.
func truth(text string) (value, ok bool) {
	switch norm.NFC.String(strings.ToLower(text)) {
	case "true", "$true", "yes", "y", "1", "x", "on", "✓", "✔", "☑", "✅",
		"ja", "j", "wahr", "oui", "vrai", "si", "sí", "sì", "verdadero", "vero", "sim", "verdadeiro",
		"waar", "tak", "prawda", "ano", "pravda", "да", "истина", "はい", "是":
		return true, true
	case "false", "$false", "no", "n", "0", "off", "✗", "✘", "☐", "❌",
		"nein", "falsch", "non", "faux", "falso", "não", "nao",
		"nee", "onwaar", "nej", "nie", "fałsz", "ne", "nepravda", "нет", "ложь", "いいえ", "否":
		return false, true
	default:
		return false, false
	}
}
