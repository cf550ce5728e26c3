package cli

import (
	"fmt"

	"guestlist/batch"
)

// severity says what a remark means for its row.
type severity string

const (
	invalidRow   severity = "invalid"   // the row cannot be sent
	duplicateRow severity = "duplicate" // the row is sent once, by the first of its kind
	warnedRow    severity = "warning"   // the row is sent all the same
)

// remark is one thing to say about a cell of the list. Its JSON names are a
// promise to programs.
type remark struct {
	Row      int      `json:"row"`
	Column   string   `json:"column"`
	Value    string   `json:"value"`
	Severity severity `json:"severity"`
	Kind     string   `json:"kind"`
	What     string   `json:"what"`
	Advice   string   `json:"advice"`
	// Repeats is the row that has the address first, for a duplicate.
	Repeats int `json:"repeats,omitempty"`

	field batch.Field
}

// remarks are all that is to be said about a row.
func remarks(header batch.Header, step batch.Step) []remark {
	if step.LeftOut {
		return nil
	}
	if step.Status == batch.Duplicate {
		o := step.Outcome()
		return []remark{{
			Row: step.Row.Line, Column: header.Heading(batch.Email), Value: header.Value(step.Row, batch.Email),
			Severity: duplicateRow, Kind: string(batch.Duplicate),
			What: fmt.Sprintf("repeats row %d", step.FirstLine), Advice: o.Advice,
			Repeats: step.FirstLine, field: batch.Email,
		}}
	}
	var found []remark
	if step.Status == batch.Invalid {
		found = appendProblems(found, step.Row.Line, invalidRow, step.Problems)
	}
	if step.Status == batch.Invalid || step.Status == batch.Pending {
		found = appendProblems(found, step.Row.Line, warnedRow, step.Warnings)
	}
	return found
}

func appendProblems(found []remark, row int, grave severity, problems []batch.Problem) []remark {
	for _, p := range problems {
		if p.Default {
			continue // told once, see judgement
		}
		found = append(found, remark{
			Row: row, Column: p.Column, Value: p.Value, Severity: grave, Kind: string(p.Kind),
			What: p.What, Advice: p.Advice, field: p.Field,
		})
	}
	return found
}
