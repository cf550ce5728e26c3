package selection_test

import (
	"fmt"

	"guestlist/batch/selection"
)

// Rows are named as a spreadsheet shows them; a range without an end goes on to
// the end of the list.
func ExampleParseRowRanges() {
	rows, err := selection.ParseRowRanges("305, 10-200, 150-210, 1000-")
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(rows)
	fmt.Println(rows.Has(9), rows.Has(10), rows.Has(305), rows.Has(5000))
	_, err = selection.ParseRowRanges("20-10")
	fmt.Println(err)
	// Output:
	// 10-210,305,1000-
	// false true true true
	// 20-10 runs backwards
}
