package xlsx

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"guestlist/internal/assert"
)

func TestUniqueHeadings(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := map[string]struct{ headings, want []string }{
		"fine":                  {[]string{"Email", "Name"}, []string{"Email", "Name"}},
		"empty":                 {[]string{"Email", "", "  "}, []string{"Email", "Column2", "Column3"}},
		"repeated":              {[]string{"Email", "EMAIL", "Email "}, []string{"Email", "EMAIL2", "Email 2"}},
		"a later one is taken":  {[]string{"Email", "Email", "Email2"}, []string{"Email", "Email3", "Email2"}},
		"a place that is taken": {[]string{"Column2", ""}, []string{"Column2", "Column3"}},
		"a place taken later":   {[]string{"", "Column1"}, []string{"Column2", "Column1"}},
		"line breaks stay":      {[]string{"E-mail\naddress"}, []string{"E-mail\naddress"}},
		"control characters":    {[]string{"a\x00b\xff"}, []string{"a\uFFFDb\uFFFD"}},
		"too long":              {[]string{long, long}, []string{long[:255], long[:254] + "2"}},
		"too long by pairs":     {[]string{strings.Repeat("😀", 200)}, []string{strings.Repeat("😀", 127)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := UniqueHeadings(test.headings)
			assert.Equal(t, "headings", got, test.want)
			assert.Equal(t, "once more", UniqueHeadings(got), got)
		})
	}
}

// FuzzUnique holds that any headings become those of a table, and stay so.
func FuzzUnique(f *testing.F) {
	for _, seed := range []string{"", "a|a|a2", "||", "Column1||Column3", "Ä|ä|A", "_x0041_|a\x00|\xff", "a| a |A2|a3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		got := UniqueHeadings(strings.Split(joined, "|"))
		seen := make(map[string]bool)
		for _, heading := range got {
			key := strings.ToLower(heading)
			if seen[key] || heading == "" || len(utf16.Encode([]rune(heading))) > maxHeading {
				t.Errorf("%q is repeated, empty or too long in %q", heading, got)
			}
			seen[key] = true
		}
		if again := UniqueHeadings(got); !slices.Equal(again, got) {
			t.Errorf("%q became %q", got, again)
		}
	})
}

func TestEscapeName(t *testing.T) {
	tests := map[string]string{ // heading: attribute
		"Email":           "Email",
		"E-mail\naddress": "E-mail_x000a_address",
		"a\r\nb\tc":       "a_x000d__x000a_b_x0009_c",
		"_x0041_":         "_x005F_x0041_",
		"ü & <":           "ü & <",
	}
	for heading, want := range tests {
		assert.Equal(t, heading, escapeName(heading), want)
		assert.Equal(t, heading+" read again", unescaped(want), heading)
	}
}
