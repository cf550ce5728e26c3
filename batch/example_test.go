package batch_test

import (
	"fmt"

	"guestlist/batch"
	"guestlist/batch/judge"
)

// A plan decides what a run does about each row: what the list says, and what
// earlier runs have done, become steps.
func ExamplePlan() {
	header := batch.Header{
		Columns: []string{"Email", "Name"},
		Fields:  map[batch.Field]int{batch.Email: 0, batch.Name: 1},
	}
	defaults := judge.Defaults{RedirectURL: "https://myapplications.microsoft.com"}
	var history batch.History
	history.Update("anna@fabrikam.com", func(a *batch.AddressHistory) { a.Settled(batch.Invited, 0) })

	actions := map[batch.Action]string{batch.Skip: "skip", batch.Send: "send", batch.LookUp: "look up"}
	plan := batch.Plan{History: &history}
	for i, cells := range [][]string{
		{"anna@fabrikam.com", "Anna Berg"},
		{"bo@fabrikam.com", "Bo Lind"},
		{"carl.fabrikam.com", "Carl Ek"},
		{"BO@Fabrikam.com", "Bo"},
	} {
		step := plan.Add(judge.Row(header, defaults, batch.Row{Line: i + 2, Cells: cells}))
		fmt.Printf("row %d is %s: %s\n", step.Row.Line, step.Status, actions[step.Action])
	}
	// Output:
	// row 2 is invited: skip
	// row 3 is pending: send
	// row 4 is invalid: skip
	// row 5 is duplicate: skip
}
