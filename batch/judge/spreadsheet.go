package judge

import (
	"strings"

	"guestlist/batch"
)

var errSpreadsheet = &CellError{
	batch.KindSpreadsheetError, "is an error of the spreadsheet", "Mend the formula in this cell, or type the value.",
}

// spreadsheetError reports whether a cell shows what Excel and others show
// where a formula failed.
func spreadsheetError(text string) bool {
	if !strings.HasPrefix(text, "#") {
		return false
	}
	switch strings.ToUpper(text) {
	case "#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#ERROR!":
		return true
	default:
		return false
	}
}
