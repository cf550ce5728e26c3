package shell

import (
	"testing"

	"guestlist/internal/assert"
)

func TestFile(t *testing.T) {
	for name, want := range map[string]string{
		"list.csv": "list.csv", "-rf.csv": "./-rf.csv", "--out=x.csv": "./--out=x.csv", "-my list.csv": `"./-my list.csv"`, "-": "-", "a/-rf.csv": "a/-rf.csv", "": `""`,
	} {
		assert.Equal(t, name, file("linux", name), want)
	}
	for name, want := range map[string]string{
		`C:\lists\list.csv`: `C:\lists\list.csv`, "-rf.csv": `.\-rf.csv`, "-my list.csv": `".\-my list.csv"`, "-": "-", `\\server\share\a b.xlsx`: `"\\server\share\a b.xlsx"`,
	} {
		assert.Equal(t, name, file("windows", name), want)
	}
}

// A word comes out as it was on the other side of the shell, and none of it is run there.
func TestQuote(t *testing.T) {
	for _, test := range []struct{ word, unix, windows string }{
		{"Company=Fabrikam", "Company=Fabrikam", "Company=Fabrikam"},
		{"10-200,305", "10-200,305", `"10-200,305"`},
		{"@x.example", "@x.example", `"@x.example"`},
		{"Account manager", `"Account manager"`, `"Account manager"`},
		{"a & calc", `"a & calc"`, `"a & calc"`},
		{"it's", `"it's"`, `"it's"`},
		{"$(calc)", "'$(calc)'", "\"`$(calc)\""},
		{"a`b", "'a`b'", "\"a``b\""},
		{"”; calc; “", `"”; calc; “"`, "\"`”; calc; `“\""},
		{`a" & calc & "b`, `'a" & calc & "b'`, `"a"" & calc & ""b"`},
		{`a\" b`, `'a\" b'`, `"a\\"" b"`},
		{`C:\My lists\`, `'C:\My lists\'`, `"C:\My lists\\"`},
		{`\\server\a b`, `'\\server\a b'`, `"\\server\a b"`},
		{"a\nb", "\"a\nb\"", `"a b"`},
		{"100%", `"100%"`, `"100%"`},
	} {
		assert.Equal(t, test.word, quote("linux", test.word), test.unix)
		assert.Equal(t, test.word, quote("darwin", test.word), test.unix)
		assert.Equal(t, test.word, quote("windows", test.word), test.windows)
	}
}
