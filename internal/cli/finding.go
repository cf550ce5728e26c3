package cli

import "guestlist/batch"

// finding is one thing to say about a cell of the list. Its JSON names are a
// promise to programs.
type finding struct {
	Row      int            `json:"row"`
	Column   string         `json:"column"`
	Value    string         `json:"value"`
	Severity batch.Severity `json:"severity"`
	Kind     batch.Kind     `json:"kind"`
	What     string         `json:"what"`
	Advice   string         `json:"advice"`
	// Repeats is the row that has the address first, for a duplicate.
	Repeats int `json:"repeats,omitempty"`

	field batch.Field
}

// findings are all that is to be said about a row.
func findings(header batch.Header, step batch.Step) []finding {
	var all []finding
	for _, p := range step.Findings(header) {
		all = append(all, finding{
			Row: step.Row.Line, Column: p.Column, Value: p.Value, Severity: p.Severity, Kind: p.Kind,
			What: p.What, Advice: p.Advice, Repeats: p.Repeats, field: p.Field,
		})
	}
	return all
}
