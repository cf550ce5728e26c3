package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
)

// kind is what a file's content says it is.
type kind int

const (
	kindCSV kind = iota
	kindWorkbook
)

// headSize is how much of a file is looked at to tell what it is: room for
// twenty rows with long texts.
const headSize = 64 << 10

// What to do with a file of another kind.
const (
	saveAsXLSX  = `Open it and save it as "Excel Workbook (.xlsx)" or as "CSV UTF-8".`
	exportAsCSV = `Export the list as an Excel workbook (.xlsx) or as "CSV UTF-8".`
	saveAsUTF8  = `Open it in Excel and save it as "CSV UTF-8 (Comma delimited)".`
)

// sniff tells CSV from XLSX, and refuses with a [NotListError] what is neither.
func sniff(file *os.File) (kind, error) {
	head := make([]byte, headSize)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, &faultError{what: "cannot read the list", cause: withoutPath(err)}
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return kindWorkbook, nil
	}
	if other := foreign(head); other != nil {
		return 0, other
	}
	return kindCSV, nil
}

// foreign names the kinds of file that people give by mistake, nil for plain text.
func foreign(head []byte) error {
	signatures := []struct{ magic, what, advice string }{
		{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel workbook (.xls) or one protected by a password", saveAsXLSX},
		{"%PDF-", "a PDF document", exportAsCSV},
		{"\x89PNG", "a picture", exportAsCSV},
		{"\xFF\xD8\xFF", "a picture", exportAsCSV},
		{"GIF8", "a picture", exportAsCSV},
		{"{\\rtf", "a rich text document", exportAsCSV},
		{"\x1F\x8B", "a gzip archive", "Unpack it first."},
		{"\xFF\xFE", "UTF-16 text", saveAsUTF8},
		{"\xFE\xFF", "UTF-16 text", saveAsUTF8},
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.magic)) {
			return &NotListError{What: s.what, advice: s.advice}
		}
	}
	text := strings.ToLower(string(head[:min(len(head), 512)]))
	text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF"))
	for _, tag := range []string{"<!doctype html", "<html", "<table", "<head", "<body", "<meta"} {
		if strings.HasPrefix(text, tag) {
			return &NotListError{What: "a web page (HTML)", advice: saveAsXLSX}
		}
	}
	if strings.HasPrefix(text, "<?xml") {
		return &NotListError{What: "an XML document", advice: saveAsXLSX}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return &NotListError{What: "binary data (it has NUL bytes) or UTF-16 text", advice: saveAsUTF8}
	}
	return nil
}

// foreignZip names the kinds of ZIP file that are no Excel workbook, nil for one that is.
func foreignZip(archive *zip.Reader) error {
	what := "a ZIP archive without a workbook in it"
	for _, part := range archive.File {
		switch name := part.Name; {
		case name == "xl/workbook.bin":
			what = "a binary Excel workbook (.xlsb)"
		case strings.HasPrefix(name, "word/"):
			what = "a Word document"
		case strings.HasPrefix(name, "Index/"):
			what = "an Apple Numbers or Pages document"
		case name == "content.xml":
			what = "an OpenDocument file (.ods)"
		case strings.HasPrefix(name, "ppt/"):
			what = "a PowerPoint presentation"
		case strings.HasSuffix(name, "[Content_Types].xml"), strings.HasPrefix(name, "xl/"):
			if hasWorkbook(archive) {
				return nil
			}
		}
	}
	return &NotListError{What: what, advice: saveAsXLSX}
}

// hasWorkbook reports whether there is a part that can only be a workbook's.
func hasWorkbook(archive *zip.Reader) bool {
	for _, part := range archive.File {
		if strings.HasSuffix(part.Name, "workbook.xml") {
			return true
		}
	}
	return false
}
