package sheet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestProtectedWorkbooks(t *testing.T) {
	// excelize cannot read what it encrypts when that is smaller than 4 KiB.
	filler := map[string]string{"docProps/app.xml": strings.Repeat("<a/>", 2000)}
	standard, err := excelize.Encrypt(rawBook{sheet: sheetXML(goodRows), strings: stringsXML, parts: filler}.bytes(t), &excelize.Options{Password: "Grüße 2026"})
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
	plain, err := os.ReadFile(largeShared(t))
	if err != nil {
		t.Fatal(err)
	}
	tmp := ownTemp(t)
	l := &List{path: "list"}
	defer func() { _ = l.Close() }()
	if _, err := l.openWorkbook(packed{strings.NewReader(string(plain)), int64(len(plain)), true}, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, err := range l.read() {
		if err != nil {
			t.Fatal(err)
		}
	}
	assert.Equal(t, "folders", folders(t, tmp), []string(nil))
}

func TestProtectedWorkbookTooLarge(t *testing.T) {
	t.Parallel()
	content, err := excelize.Encrypt(rawBook{sheet: sheetXML(goodRows), strings: stringsXML}.bytes(t), &excelize.Options{Password: "x"})
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

func TestForeignCompounds(t *testing.T) {
	t.Parallel()
	for streams, want := range map[string]string{
		"Root Entry|Workbook": "an old Excel workbook (.xls)", "Book": "an old Excel workbook (.xls)", "WordDocument|1Table": "an old Word document",
		"PowerPoint Document": "an old PowerPoint", "__nameid_version1.0|__properties_version1.0": "an Outlook message",
		"VisioDocument": "a file of an old Office program", "EncryptedPackage": "protected by rights management",
		"EncryptedPackage|EncryptionInfo|DRMEncryptedDataSpace": "protected by rights management", "EncryptedPackage|EncryptionInfo": "",
	} {
		err := foreignCompound(strings.Split(streams, "|"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", streams, err, want)
		}
	}
	bad := firstError(t, write(t, "list.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest"), Options{})
	if !strings.Contains(bad.Error(), "damaged or was not copied completely") || bad.Hint() == "" {
		t.Errorf("a cut compound file: %v", bad)
	}
}

func FuzzCompound(f *testing.F) {
	content, err := excelize.Encrypt(rawBook{sheet: sheetXML(goodRows)}.bytes(f), &excelize.Options{Password: "x"})
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
