package graph_test

import (
	"fmt"

	"guestlist/graph"
)

// A whole line, pasted from a workbook or a log, finds its entry.
func ExampleExplain() {
	line := "row 17, group.a@fabrikam.example: 400 BadRequest: Group email address is not supported."
	for _, e := range graph.Explain(graph.Catalogue(), line) {
		fmt.Println(e.Name)
		fmt.Println(e.Meaning)
		fmt.Println(e.Advice)
	}
	// Output:
	// GroupAddress
	// The address belongs to a group, not a person.
	// Replace it with the addresses of the people in the group.
}
