package sheet_test

import (
	"errors"
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/batch/sheet"
)

// A list is opened as far as its headings, then its rows are read. What people
// should know about it is in the notices.
func ExampleOpenReader() {
	list, err := sheet.OpenReader("partners.csv", strings.NewReader(
		"Guests of Fabrikam;;\nE-Mail;Full name;City\nanna@fabrikam.example;Anna Berg;Oslo\nbo@fabrikam.example;Berg; Bo;Oslo\n",
	), sheet.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = list.Close() }() // it was only read
	for row, err := range list.Rows() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("row %d: %s, %s\n", row.Line, list.Header().Value(row, batch.Email), list.Header().Value(row, batch.Name))
	}
	for _, notice := range list.Notices() {
		fmt.Println(notice)
	}
	// Output:
	// row 3: anna@fabrikam.example, Anna Berg
	// row 4: bo@fabrikam.example, Berg
	// Row 4 has more cells than there are headings: a semicolon inside a cell needs quotes around the cell.
}

// A list without an address column says what it has, and how to name the column.
func ExampleError() {
	_, err := sheet.OpenReader("partners.csv", strings.NewReader("Contact,Boss\nanna@fabrikam.example,kim@contoso.example\n"), sheet.Options{})
	fmt.Println(err)
	if bad, ok := errors.AsType[*sheet.Error](err); ok {
		fmt.Println(bad.Hint())
	}
	// Output:
	// partners.csv: no column with email addresses; headings found: "Contact", "Boss"
	// The columns "Contact", "Boss" hold addresses: name that of the guests with --map email=HEADING, or call it Email.
}
