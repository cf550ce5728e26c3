package results

import (
	"testing"
	"time"

	"guestlist/batch"
)

func TestLayoutReadsTheTimeOfAnInvitation(t *testing.T) {
	at := time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC)
	tests := map[string]struct {
		heading, cell string
		want          time.Time
	}{
		"as the workbook shows it": {ColumnInvitedAt, "2026-09-14 12:00:07", at},
		"as CSV has it":            {ColumnInvitedAt, "2026-09-14T12:00:07Z", at},
		"an earlier workbook":      {"Invited At", "2026-09-14T12:00:07Z", at},
		"another zone":             {ColumnInvitedAt, "2026-09-14T14:00:07+02:00", at},
		"words":                    {ColumnInvitedAt, "yesterday", time.Time{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			layout, ok := FindLayout([]string{"Email", ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnSourceRow, test.heading})
			if !ok {
				t.Fatal("no results workbook")
			}
			row := batch.Row{Line: 2, Cells: []string{"a@x.example", "invited", "", "", "2", test.cell}}
			o, sent := layout.Outcome(batch.Judged{Row: row, Address: "a@x.example"})
			if !sent || !o.At.Equal(test.want) || o.At.Location() != time.UTC {
				t.Errorf("%v, %v", o.At, sent)
			}
		})
	}
}
