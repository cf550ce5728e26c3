package report

import (
	"strings"
	"testing"

	"guestlist/batch"
)

func TestALongCellIsMarkedInTheWorkbook(t *testing.T) {
	long := strings.Repeat("long ", 8000)
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email"}, Records: sequence(refused(2, "", batch.Invalid, "E", long))}), "Failed")
	if !strings.HasSuffix(rows[1][0], "… [cut here: 40,000 characters]") {
		t.Errorf("ends in %q", rows[1][0][len(rows[1][0])-40:])
	}
}
