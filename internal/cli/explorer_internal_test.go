package cli

import (
	"strings"
	"testing"
)

func TestWhoClicksReadsWhatToType(t *testing.T) {
	for want, files := range map[string][]string{
		`.\guestlist template partners.xlsx`:  nil,
		".\\guestlist check a.csv\n":          {"a.csv", "b c.csv"},
		".\\guestlist check \"b c.csv\"\n":    {"a.csv", "b c.csv"},
		".\\guestlist invite a.csv --sandbox": {"a.csv"},
	} {
		if got := explorerHelp(files); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
