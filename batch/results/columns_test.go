package results

import (
	"slices"
	"testing"
)

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

// A list's own column is not written over by the results, and keeps its name for
// those who read the results as a list.
func TestAListsOwnColumnsAreCarriedUnderAnotherName(t *testing.T) {
	list := []string{"Email", "Status", " redeem url ", "Invited at", "Note (list)", ""}
	want := []string{"Email", "Status (list)", "redeem url (list)", "Invited at (list)", "Note (list)", ""}
	carried := Carried(list)
	if !slices.Equal(carried, want) {
		t.Errorf("%q", carried)
	}
	for i, heading := range carried {
		if _, ours := Column(heading); ours {
			t.Errorf("%q is a result column", heading)
		}
		if back, _ := Column(list[i]); back != "" {
			if again, _ := Column(Original(heading)); again != back {
				t.Errorf("%q becomes %q", heading, Original(heading))
			}
		} else if Original(heading) != heading {
			t.Errorf("%q becomes %q", heading, Original(heading))
		}
	}
	places := PlaceColumns(carried)
	if places.List != len(list) || slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5}, places.IsResult) {
		t.Errorf("a column of the list is filled in: %q", places.Headings)
	}
}
