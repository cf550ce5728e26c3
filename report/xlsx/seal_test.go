package xlsx

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestAChangedWorkbookIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.xlsx")
	write := func(o Options) {
		t.Helper()
		content := packed(t, o, func(b *Book) {
			s := added(t, b, "List", Layout{})
			do(t, s.Add([]any{excelize.Cell{Value: "anna@fabrikam.example"}}, 0), b.Describe(excelize.DocProperties{Creator: "guestlist"}))
		})
		do(t, os.WriteFile(path, content, 0o600))
	}
	expect := func(what string, want bool) {
		t.Helper()
		if got, err := Unchanged(path); err != nil || got != want {
			t.Errorf("%s: unchanged %v, %v", what, got, err)
		}
	}
	write(Options{Sealed: true})
	expect("as it was written", true)

	f, err := excelize.OpenFile(path)
	do(t, err, f.SetCellStr("List", "A1", "bo@fabrikam.example"), f.Save(), f.Close())
	expect("after another program saved it", false)

	write(Options{})
	expect("without a seal", false)
}
