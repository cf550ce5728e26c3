package graph

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"guestlist/internal/assert"
)

func TestAttributesByName(t *testing.T) {
	assert.Equal(t, "attributes", len(AllAttributes()), 11+Extensions)
	for _, a := range AllAttributes() {
		got, err := ParseAttribute(strings.ToUpper(string(a)))
		assert.Equal(t, string(a), fmt.Sprint(got, err), string(a)+"<nil>")
	}
	for name, want := range map[string]string{
		"companynam": "did you mean companyName?", "extensionAttribute16": "did you mean extensionAttribute1", "extensionAttribute0": "", "extensionAttribute01": "",
		"accountEnabled": "unknown attribute", "mail": "unknown attribute", "": "unknown attribute", "displayName": "unknown attribute",
	} {
		_, err := ParseAttribute(name)
		unknown, ok := errors.AsType[*AttributeError](err)
		if !ok || !strings.Contains(err.Error(), want) || !strings.Contains(unknown.Hint(), "companyName") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestValuesOfAttributes(t *testing.T) {
	for _, test := range []struct {
		a     Attribute
		value string
		wrong string
	}{
		{CompanyName, strings.Repeat("é", 64), ""},
		{CompanyName, strings.Repeat("é", 65), "companyName has 65 characters; at most 64 are allowed"},
		{EmployeeID, "12345678901234567", "employeeId has 17 characters; at most 16 are allowed"},
		{Extension(15), strings.Repeat("x", 1024), ""},
		{Extension(15), strings.Repeat("x", 1025), "extensionAttribute15 has 1025 characters; at most 1024 are allowed"},
		{Division, strings.Repeat("x", 5000), ""},
		{UsageLocation, "NL", ""},
		{UsageLocation, "", ""},
		{UsageLocation, "nl", "usageLocation must be"},
		{UsageLocation, "NLD", "usageLocation must be"},
		{UsageLocation, "É", "usageLocation must be"},
	} {
		err := test.a.Check(test.value)
		if (err != nil) != (test.wrong != "") || err != nil && !strings.HasPrefix(err.Error(), test.wrong) {
			t.Errorf("%s %.20q: %v", test.a, test.value, err)
		}
	}
}

// An empty value leaves alone what is there, and employeeOrgData never loses a part.
func TestChanges(t *testing.T) {
	for name, test := range map[string]struct{ want, have, changes Attributes }{
		"nothing wanted":     {nil, Attributes{CompanyName: "x"}, nil},
		"empty is no change": {Attributes{CompanyName: "", Division: ""}, Attributes{CompanyName: "x", Division: "y"}, nil},
		"equal":              {Attributes{CompanyName: "x", Division: "y"}, Attributes{CompanyName: "x", Division: "y", CostCenter: "z"}, nil},
		"some differ":        {Attributes{CompanyName: "x", Department: "a"}, Attributes{CompanyName: "X", Department: "a"}, Attributes{CompanyName: "x"}},
		"one part":           {Attributes{Division: "y"}, Attributes{Division: "Y", CostCenter: "z"}, Attributes{Division: "y", CostCenter: "z"}},
		"the only part":      {Attributes{CostCenter: "z"}, nil, Attributes{CostCenter: "z", Division: ""}},
		"both parts":         {Attributes{CostCenter: "z", Division: "y"}, Attributes{CostCenter: "Z", Division: "y"}, Attributes{CostCenter: "z", Division: "y"}},
	} {
		assert.Equal(t, name, test.want.Changes(test.have), test.changes)
	}
	assert.Equal(t, "names", Attributes{JobTitle: "x", Department: "", CompanyName: "y"}.Names(), []Attribute{CompanyName, JobTitle})
}

// What Changes gives can be sent, and leads to what was wanted with the rest as it was.
func FuzzChanges(f *testing.F) {
	f.Add("Fabrikam", "", "Sales", "", "Contoso", "NL", "", "7")
	f.Fuzz(func(t *testing.T, company, country, division, extension, hasCompany, hasCountry, hasDivision, hasCenter string) {
		want := Attributes{CompanyName: company, Country: country, Division: division, Extension(3): extension}
		have := Attributes{CompanyName: hasCompany, Country: hasCountry, Division: hasDivision, CostCenter: hasCenter}
		for a, value := range want {
			if a.Check(value) != nil || !utf8.ValidString(value) {
				return
			}
		}
		for a, value := range have {
			if a.Check(value) != nil {
				return
			}
		}
		changes := want.Changes(have)
		if changes == nil {
			return
		}
		if err := SetAttributes(guestID, changes).Err(); err != nil {
			t.Fatalf("%v: %v", changes, err)
		}
		after := maps.Clone(have)
		maps.Copy(after, changes)
		if after[CostCenter] != hasCenter {
			t.Errorf("the cost center became %q", after[CostCenter])
		}
		for _, a := range slices.Sorted(maps.Keys(want)) {
			if after[a] != want[a] && want[a] != "" || want[a] == "" && after[a] != have[a] {
				t.Errorf("%s: wanted %q, was %q, is %q", a, want[a], have[a], after[a])
			}
		}
	})
}
