package shell_test

import (
	"testing"

	"guestlist/internal/assert"
	"guestlist/internal/shell"
)

func TestFile(t *testing.T) {
	for name, want := range map[string]string{
		"list.csv": "list.csv", "-rf.csv": "./-rf.csv", "--out=x.csv": "./--out=x.csv", "-my list.csv": `"./-my list.csv"`, "-": "-", "a/-rf.csv": "a/-rf.csv", "": `""`,
	} {
		assert.Equal(t, name, shell.File(name), want)
	}
}
