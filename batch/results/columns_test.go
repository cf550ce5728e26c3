package results

import "testing"

func TestResultColumn(t *testing.T) {
	tests := map[string]string{ // heading: column, "" for none
		"Status":              ColumnStatus,
		" redeem url ":        ColumnRedeemURL,
		"Invited At (UTC)":    ColumnInvitedAt,
		"INVITED AT":          ColumnInvitedAt,
		"Status2":             "",
		"Invited At (Berlin)": "",
		"":                    "",
	}
	for heading, want := range tests {
		if got, ok := Column(heading); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", heading, got, ok)
		}
	}
}
