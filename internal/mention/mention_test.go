package mention_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"guestlist/internal/mention"
)

const person = "o'neil+x@fabrikam.example"

func isPerson(address string) bool { return address == person }

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t *testing.T, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	part, err := w.Create(name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func utf16Text(text string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

func lines(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i += 76 {
		b.WriteString(text[i:min(i+76, len(text))] + "\r\n")
	}
	return b.String()
}

func TestFilesThatNameSomebody(t *testing.T) {
	cell := `<row><c t="inlineStr"><is><t>O&#39;Neil+x@fabrikam.example</t></is></c></row>`
	for name, content := range map[string]string{
		"list.csv":      "Email,Name\r\nother@fabrikam.example,A\r\nO'Neil+x@Fabrikam.example,B\r\n",
		"quoted.csv":    `"A","'o'neil+x@fabrikam.example","B"`,
		"unicode.txt":   utf16Text("Name\to'neil+x@fabrikam.example\r\n"),
		"page.html":     `<td title="a">o&#39;neil&#43;x@fabrikam.example</td>`,
		"script.html":   `["o\u0027neil\u002bx@fabrikam.example"]`,
		"mailto.html":   `<a href="mailto:o'neil+x@fabrikam.example?subject=x">`,
		"log.txt":       "to=o'neil+x@fabrikam.example.",
		"lines.jsonl":   `{"email":"o'neil+x@fabrikam.example"}`,
		"results.xlsx":  packed(t, "xl/worksheets/sheet1.xml", cell),
		"archive.zip":   packed(t, "inner.xlsx", packed(t, "xl/sharedStrings.xml", cell)),
		"to.eml":        "To: \"O'Neil\" <o'neil+x@fabrikam.example>\r\nSubject: x\r\n\r\nHello\r\n",
		"printable.eml": "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<td>o'neil+x@fabri=\r\nkam.example</td>\r\n",
		"attached.eml": "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n" +
			"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			lines(base64.StdEncoding.EncodeToString([]byte(packed(t, "xl/worksheets/sheet1.xml", cell)))) + "--b--\r\n",
		"some.db": "SQLite format 3\x00\x01\xffo'neil+x@fabrikam.example\x02",
	} {
		found, err := mention.In(write(t, name, []byte(content)), isPerson)
		if err != nil || !found {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		others := strings.NewReplacer("il+x@", "il+y@", "il&#43;x@", "il&#43;y@", `il\u002bx@`, `il\u002by@`).Replace(content)
		if others == content {
			continue // packed
		}
		if found, err := mention.In(write(t, name, []byte(others)), isPerson); err != nil || found {
			t.Errorf("%s without the person: %v, %v", name, found, err)
		}
	}
}

func TestFilesThatNameNobody(t *testing.T) {
	for name, content := range map[string]string{
		"empty.txt": "", "at.txt": "@", "end.txt": "a@", "start.txt": "@b.example", "cut.zip": "PK\x03\x04xx", "odd.eml": "no header",
		"longer.txt": "xo'neil+x@fabrikam.example.com o'neil+x@fabrikam.example1",
	} {
		if found, err := mention.In(write(t, name, []byte(content)), isPerson); err != nil || found {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	if _, err := mention.In(filepath.Join(t.TempDir(), "missing"), isPerson); err == nil {
		t.Error("a file that is not there")
	}
}
