package durable

import (
	"testing"

	"guestlist/internal/assert"
)

const kim = "S-1-5-21-1-2-3-1001"

func TestRightsAreTheOwners(t *testing.T) {
	assert.Equal(t, "file", rightsOf(kim, ofFile), "D:P(A;;FA;;;S-1-5-21-1-2-3-1001)(A;;FA;;;SY)(A;;FA;;;BA)")
	assert.Equal(t, "folder", rightsOf(kim, ofFolder), "D:P(A;OICI;FA;;;S-1-5-21-1-2-3-1001)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")
	for _, inherit := range []string{ofFile, ofFolder} {
		if grantsOthers(rightsOf(kim, inherit), kim) {
			t.Error("what is ours is not taken for ours")
		}
	}
}

func TestWhoElseMayReadIsFound(t *testing.T) {
	for list, want := range map[string]bool{
		"":                          true, // a drive that keeps no rights
		"D:NO_ACCESS_CONTROL":       true,
		"D:P":                       true,
		"O:BAG:SYD:PAI(A;;FA;;;OW)": false,
		"D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;" + kim + ")":       false,
		"D:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;FA;;;" + kim + ")": true, // users may read
		"D:P(A;;FA;;;" + kim + ")(A;;FA;;;S-1-5-21-1-2-3-1002)":         true,
		"D:P(A;;FA;;;" + kim + ")(A;OICIIO;GA;;;CO)":                    false,
		"D:P(D;;FA;;;WD)(A;;FA;;;" + kim + ")":                          false,
		"D:P(A;;FA;;;" + kim + ")S:(AU;SAFA;FA;;;WD)":                   false,
		"D:P(A;;FA;;;LA)":                      true,
		"D:P(A;;FA;;;" + kim + ")(A;;FR;;;WD)": true,
	} {
		assert.Equal(t, list, grantsOthers(list, kim), want)
	}
	assert.Equal(t, "the local administrator", grantsOthers("D:P(A;;FA;;;LA)", "S-1-5-21-1-2-3-500"), false)
}
