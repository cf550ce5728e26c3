package journal

import (
	"testing"

	"guestlist/internal/assert"
)

// A journal may lie on a share, on a mapped drive and under a long path.
func TestPathsAsSQLiteTakesThem(t *testing.T) {
	for _, test := range []struct{ system, path, want string }{
		{"linux", "/srv/a b/p.journal.db", "file:///srv/a%20b/p.journal.db"},
		{"linux", "p.journal.db", "file:p.journal.db"},
		{"linux", "//srv/p.journal.db", "file:////srv/p.journal.db"}, // srv is no machine
		{"linux", `/srv/a\b?c#d%.db`, "file:///srv/a%5Cb%3Fc%23d%25.db"},
		{"darwin", "/Users/é/p.db", "file:///Users/%C3%A9/p.db"},
		{"windows", `C:\lists\p.journal.db`, "file:///C:/lists/p.journal.db"},
		{"windows", `C:p.journal.db`, "file:///C:p.journal.db"}, // of the drive's own folder
		{"windows", `\lists\p.journal.db`, "file:///lists/p.journal.db"},
		{"windows", `lists\p.journal.db`, "file:lists/p.journal.db"},
		{"windows", `\\server\share\a b\p.db`, "file:////server/share/a%20b/p.db"},
		{"windows", `//server/share/p.db`, "file:////server/share/p.db"},
		{"windows", `\\?\C:\lists\p#1.db`, `file:%5C%5C%3F%5CC:%5Clists%5Cp%231.db`},
		{"windows", `\\?\UNC\server\share\p.db`, `file:%5C%5C%3F%5CUNC%5Cserver%5Cshare%5Cp.db`},
	} {
		assert.Equal(t, test.system+" "+test.path, fileURI(test.system, test.path), test.want)
	}
}
