package report

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// throughOffice opens a workbook with LibreOffice and saves it again.
func throughOffice(t *testing.T, path string) *excelize.File {
	t.Helper()
	need.Time(t, "starts LibreOffice")
	program := need.Program(t, "apt-get install libreoffice-calc", "libreoffice", "soffice")
	folder := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-env:UserInstallation=file://"+filepath.Join(folder, "profile"),
		"--headless", "--convert-to", "xlsx", "--outdir", folder, path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return opened(t, filepath.Join(folder, filepath.Base(path)))
}

func TestLibreOfficeReadsTheWorkbook(t *testing.T) {
	r := hard()
	path := filepath.Join(t.TempDir(), "out.xlsx")
	if err := Write(t.Context(), path, r); err != nil {
		t.Fatal(err)
	}
	ours, theirs := opened(t, path), throughOffice(t, path)
	c := placeColumns(r.Columns, false)
	url, err := excelize.CoordinatesToCellName(c.At(results.ColumnRedeemURL)+1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range []string{"Results", "Failed"} {
		assert.Equal(t, sheet, rowsOf(t, theirs, sheet)[1:], rowsOf(t, ours, sheet)[1:])
		tables, err := theirs.GetTables(sheet)
		if err != nil || len(tables) != 1 || tables[0].Name != sheet {
			t.Errorf("%s: tables %v, %v", sheet, tables, err)
		}
		rules, err := theirs.GetConditionalFormats(sheet)
		if err != nil || len(rules) != 1 {
			t.Errorf("%s: rules %v, %v", sheet, rules, err)
		}
	}
	linked, target, err := theirs.GetCellHyperLink("Results", url)
	want := rowsOf(t, ours, "Results")[1][c.At(results.ColumnRedeemURL)]
	if err != nil || !linked || !strings.EqualFold(target, want) { // it writes %3a as %3A
		t.Errorf("the link leads to %q, not %q: %v", target, want, err)
	}
}
