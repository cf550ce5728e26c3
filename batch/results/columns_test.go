package results

import (
	"slices"
	"testing"

	"guestlist/batch"
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
	carried := Carried(batch.Header{Columns: list, Unheaded: []int{5}}, false)
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
	places := PlaceColumns(carried, false)
	if places.List != len(list) || slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5}, places.IsResult) {
		t.Errorf("a column of the list is filled in: %q", places.Headings)
	}
}

// A column without a heading is known to have none when the results are read as a list;
// one that only holds remarks gets a name.
func TestColumnsWithoutAHeadingStayKnown(t *testing.T) {
	carried := Carried(batch.Header{Columns: []string{"", "Email", " "}, Unheaded: []int{2}}, false)
	placed := PlaceColumns(carried, false).Headings[:3]
	if want := []string{"Column1", "Email", "Column3 (no heading)"}; !slices.Equal(placed, want) {
		t.Errorf("%q", placed)
	}
	if again := PlaceColumns(placed, false).Headings[:3]; !slices.Equal(again, placed) {
		t.Errorf("again %q", again)
	}
	for heading, want := range map[string]bool{
		"": true, "\u00a0": true, Unheaded(4): true, Unheaded(4) + " ": true, "Column5": false, "Email": false, "Note (no heading)": false,
	} {
		if IsUnheaded(heading) != want {
			t.Errorf("%q: %v", heading, !want)
		}
	}
	if Original(Unheaded(4)) != "" {
		t.Errorf("original %q", Original(Unheaded(4)))
	}
}
