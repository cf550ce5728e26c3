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
		fmt.Println(step.Row.Line, step.Status, actions[step.Action], step.Outcome().Error)
	}
	// Output:
	// 2 invited skip
	// 3 pending send
	// 4 invalid skip Email: "carl.fabrikam.com" is not an address like name@example.com
	// 5 duplicate skip The address is already in row 3.
}
