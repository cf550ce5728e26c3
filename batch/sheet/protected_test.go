package sheet

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

func TestProtectedWorkbooks(t *testing.T) {
	need.Time(t, "makes passwords to keys, again and again")
	// excelize cannot read what it encrypts when that is smaller than 4 KiB.
	filler := map[string]string{"docProps/app.xml": strings.Repeat("<a/>", 2000)}
	standard, err := excelize.Encrypt(xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Parts: filler}.Bytes(), &excelize.Options{Password: "Grüße 2026"})
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"standard encryption":      write(t, "list.xlsx", string(standard)),
		"agile encryption, Office": filepath.Join("testdata", "protected.xlsx"),
	} {
		tmp := ownTemp(t)
		l := open(t, path, Options{Password: "Grüße 2026"})
		assert.Equal(t, name, l.Header().Value(all(t, l)[0], batch.Email), "a@x.example")
		assert.Equal(t, name+" leaves", folders(t, tmp), []string(nil))

		for password, want := range map[string]string{
			"":           "the workbook is protected by a password\n",
			"grüße 2026": "protected by a password, and the one given does not open it\n",
		} {
			bad := firstError(t, path, Options{Password: password})
			if !strings.Contains(bad.Error()+"\n", want) || !strings.Contains(bad.Hint(), "GUESTLIST_LIST_PASSWORD") {
				t.Errorf("%s, password %q: %v, %q", name, password, bad, bad.Hint())
			}
		}
	}
}

// TestProtectedWorkbookStaysOffTheDisk opens one with more texts than are kept
// in memory of an open one.
func TestProtectedWorkbookStaysOffTheDisk(t *testing.T) {
	need.Time(t, "a workbook too large to be kept in memory")
	plain, err := os.ReadFile(largeShared(t))
	if err != nil {
		t.Fatal(err)
	}
	tmp := ownTemp(t)
	opened, _, err := openWorkbook(bytes.NewReader(plain), int64(len(plain)), nil, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.close() }()
	for _, err := range opened.rows(func(string) {}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	assert.Equal(t, "folders", folders(t, tmp), []string(nil))
}

func TestProtectedWorkbookTooLarge(t *testing.T) {
	t.Parallel()
	need.Time(t, "a password is made a key by hashing it 100,000 times")
	content, err := excelize.Encrypt(xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings}.Bytes(), &excelize.Options{Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "list.xlsx", string(content))
	if err := os.Truncate(path, encryptedLimit+1); err != nil {
		t.Fatal(err)
	}
	bad := firstError(t, path, Options{Password: "x"})
	if !strings.Contains(bad.Error(), "larger than 128 MiB") || bad.Hint() == "" {
		t.Errorf("got %v", bad)
	}
}

func FuzzCompound(f *testing.F) {
	content, err := excelize.Encrypt(xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows)}.Bytes(), &excelize.Options{Password: "x"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	agile, err := os.ReadFile(filepath.Join("testdata", "protected.xlsx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(agile)
	f.Fuzz(func(t *testing.T, content []byte) {
		if l, err := Open(write(t, "list", string(content)), Options{Password: "x"}); err == nil {
			_ = l.Close()
		}
	})
}
