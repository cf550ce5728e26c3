package marked

import (
	"bytes"
	"iter"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func sequence(rows ...Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func row(line int, cells ...string) Row { return Row{Row: batch.Row{Line: line, Cells: cells}} }

func (r Row) with(problems ...batch.Problem) Row {
	r.Problems = problems
	return r
}

// header has the address in the first of some columns.
func header(columns ...string) batch.Header {
	return batch.Header{Columns: columns, Fields: map[batch.Field]int{batch.Email: 0}}
}

// written writes a list and opens it again.
func written(t *testing.T, l List) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	if err := Write(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	return opened(t, out.Bytes())
}

func opened(t *testing.T, content []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func rowsOf(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// people is a list with every kind of mark.
func people() List {
	address := batch.Problem{Field: batch.Email, Severity: batch.SeverityInvalid, Value: "berta@", What: "is not an address like name@example.com", Advice: "Correct the address."}
	sign := batch.Problem{Field: batch.Email, Severity: batch.SeverityWarning, Value: "carl+x@fabrikam.example", What: "has the sign + in its user name", Advice: "Graph documents it as not permitted: see whether there is an address without it."}
	twice := batch.Problem{Field: batch.Email, Severity: batch.SeverityDuplicate, What: "repeats row 4", Advice: "Nothing to do.", Repeats: 4}
	sponsor := batch.Problem{Field: batch.Sponsors, Severity: batch.SeverityInvalid, Value: "boss", What: "is not an object id", Advice: "Give object ids of users or groups, with ; between them."}
	nowhere := batch.Problem{Field: batch.RedirectURL, Column: "redirect-url", Severity: batch.SeverityInvalid, Value: "portal", What: "is not an absolute address", Advice: "Give one."}
	return List{
		Name: "partners.xlsx", Sheet: "Guests", Header: batch.Header{
			Columns: []string{"Name", "Email", "Sponsors"},
			Fields:  map[batch.Field]int{batch.Name: 0, batch.Email: 1, batch.Sponsors: 2},
		},
		Rows: sequence(
			row(4, "Anna", "anna@fabrikam.example"),
			row(5, "Berta", "berta@", "6f1c9d3e-0000-4000-8000-000000000001; boss").with(sponsor, address),
			row(7, "Carl", "carl+x@fabrikam.example").with(sign),
			row(8, "Anna B.", "Anna@fabrikam.example").with(sign, twice),
			row(9, "Dora", "dora@fabrikam.example", "", "stray").with(nowhere),
		),
	}
}

func TestTheListComesBackWithWords(t *testing.T) {
	f := written(t, people())
	assert.Equal(t, "sheets", f.GetSheetList(), []string{"Guests", "Read me"})
	assert.Equal(t, "rows", rowsOf(t, f, "Guests"), [][]string{
		{"Name", "Email", "Sponsors", "What to correct"},
		{"Anna", "anna@fabrikam.example"},
		{
			"Berta", "berta@", "6f1c9d3e-0000-4000-8000-000000000001; boss",
			"Needs correction - Sponsors: “boss” is not an object id. Give object ids of users or groups, with ; between them.\n" +
				"Needs correction - Email: is not an address like name@example.com. Correct the address.",
		},
		{
			"Carl", "carl+x@fabrikam.example", "",
			"Please check - Email: has the sign + in its user name. Microsoft documents it as not permitted: see whether there is an address without it.",
		},
		{
			"Anna B.", "Anna@fabrikam.example", "",
			"Listed twice - Email: the same address as in row 2. Nothing to do.\n" +
				"Please check - Email: “carl+x@fabrikam.example” has the sign + in its user name. Microsoft documents it as not permitted: see whether there is an address without it.",
		},
		{"Dora", "dora@fabrikam.example", "", "Needs correction - redirect-url: “portal” is not an absolute address. Give one.", "stray"},
	})
}
