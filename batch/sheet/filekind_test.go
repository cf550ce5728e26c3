package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestForeignFiles(t *testing.T) {
	t.Parallel()
	const xml = `<?xml version="1.0"?>` + "\n"
	for _, tt := range []struct{ content, want, hint string }{
		{"", "an empty file", "Save the list again"},
		{"%PDF-1.7\n", "a PDF document, not a list", "Ask for the list itself"},
		{"\x89PNG\r\n", "a picture", "Ask for the list itself"},
		{"\x00\x00\x00\x18ftypheic\x00\x00", "a picture", "Ask for the list itself"},
		{"{\\rtf1\\ansi", "a rich text document, which cannot be read", "Copy its table into Excel"},
		{"\x1F\x8B\x08", "a gzip archive", "Unpack"},
		{"7z\xBC\xAF\x27\x1C\x00", "a 7-Zip archive", "Unpack"},
		{"Rar!\x1A\x07\x01", "a RAR archive", "Unpack"},
		{strings.Repeat("list.csv\x00", 30)[:257] + "ustar\x00", "a tar archive", "Unpack"},
		{"L\x00\x00\x00\x01\x14\x02\x00\x00", "a Windows shortcut", "points to"},
		{"bplist00\xd4\x01NSURLNameKey", "a placeholder of iCloud Drive", "download"},
		{"bplist00\xd4", "an Apple property list", "CSV UTF-8"},
		{"[InternetShortcut]\r\nURL=https://x.example", "a shortcut to a web address", "download"},
		{`{"url":"https://docs.google.com/open?id=1","doc_id":"1"}`, "a link to a Google document", "Download"},
		{"[\n  {\"email\": \"a@x.example\"}\n]", "JSON", "CSV UTF-8"},
		{`{"value":[{"mail":"a@x.example"`, "JSON", "CSV UTF-8"},
		{"BEGIN:VCARD\r\nVERSION:3.0", "a vCard file", "contacts"},
		{"BEGIN:VCALENDAR\r\n", "a calendar file", "contacts"},
		{"ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K\"Email\"\r\n", "a SYLK file (.slk), which cannot be read", ".xlsx"},
		{"TABLE\r\n0,1\r\n\"\"\r\nVECTORS\r\n", "a DIF file", ".xlsx"},
		{"From: a@x.example\r\nSubject: list\r\n\r\n", "an email message", "attached"},
		{"Return-Path: <a@x.example>\r\nMessage-ID: <1>\r\n", "an email message", "attached"},
		{"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n", "a web archive (MHTML)", ".xlsx"},
		{"\n<HTML><table>", "a web page (HTML)", ".xlsx"},
		{"<!DOCTYPE html>", "a web page (HTML)", ".xlsx"},
		{xml + "<html xmlns=\"http://www.w3.org/1999/xhtml\">", "a web page (HTML)", ".xlsx"},
		{"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", "a web page (HTML) under the name of a workbook", ".xlsx"},
		{xml + `<?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, "an XML Spreadsheet 2003", ".xlsx"},
		{xml + `<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">`, "a flat OpenDocument file (.fods)", ".xlsx"},
		{"\uFEFF" + xml + "<list/>", "an XML document", ".xlsx"},
		{encode(t, utf16Encoding(unicode.LittleEndian), "\uFEFF"+xml+"<html><body>"), "a web page (HTML)", ".xlsx"},
		{"SQLite format 3\x00", "an SQLite database", "CSV UTF-8"},
		{"\x00\x01\x00\x00Standard Jet DB\x00", "an Access database", "CSV UTF-8"},
		{"\x09\x04\x06\x00\x00\x00", "an Excel workbook of 1992", ".xlsx"},
		{"\xFF\xFE\x00\x00E\x00\x00\x00", "UTF-32 text", "CSV UTF-8"},
		{"Email\x00\n", "neither text nor a workbook", "the program that made it"},
		{strings.Repeat("\x00", 4096), "a file of zeros", "Fetch it again"},
		{"\x7fELF\x02\x01\x01\x03\x04\x05\x06\x08\x0e\x0f", "neither text nor a workbook", "CSV UTF-8"},
	} {
		err := firstError(t, write(t, "list.csv", tt.content), Options{})
		if _, ok := errors.AsType[*NotListError](err); !ok || !strings.Contains(err.Error(), "this is "+tt.want) || !strings.Contains(err.Hint(), tt.hint) {
			t.Errorf("%.40q: %v, %q; want %q", tt.content, err, err.Hint(), tt.want)
		}
	}
}

// TestHeadingsThatLookForeign opens lists that begin as other files do.
func TestHeadingsThatLookForeign(t *testing.T) {
	t.Parallel()
	for _, headings := range []string{
		"[inviteeEmail],Name", "Email <work>,Name", "<Email>,Email", "ID;Project;Email", "BMW contact,Email", "From,To,Email", "{id},Email", "PK,Email",
		"Date: received,Email",
	} {
		row := "a@x.example;a@x.example;a@x.example\n"
		if !strings.Contains(headings, ";") {
			row = strings.ReplaceAll(row, ";", ",")
		}
		l, err := Open(write(t, "list.csv", headings+"\n"+row), Options{Map: mapped("message", "no")})
		if _, foreign := errors.AsType[*NotListError](err); foreign {
			t.Errorf("%s: %v", headings, err)
		}
		if err == nil {
			_ = l.Close()
		}
	}
}

func TestForeignArchives(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{
		"word/document.xml": "a Word document", "content.xml": "an OpenDocument spreadsheet (.ods)", "xl/workbook.bin": "(.xlsb)",
		"Index/Document.iwa": "Apple Numbers", "photos/1.jpg": `a ZIP archive with "photos/1.jpg" in it`, "ppt/presentation.xml": "a PowerPoint",
		"": "an empty ZIP archive", "Partners/|Partners/list.csv|__MACOSX/._list.csv|read me.pdf": `a ZIP archive with the list "Partners/list.csv" in it`,
		"a.csv|b.xlsx|c.pdf": "a ZIP archive with 3 files in it",
	} {
		err := firstError(t, write(t, "list.xlsx", string(zipped(t, names))), Options{})
		if !strings.Contains(err.Error(), want) || err.Hint() == "" {
			t.Errorf("%s: got %v, want %q and a hint", names, err, want)
		}
	}
}

// zipped makes an archive of empty files.
func zipped(tb testing.TB, names string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name := range strings.SplitSeq(names, "|") {
		if name == "" {
			continue
		}
		if _, err := w.Create(name); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestOpenDocumentText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range map[string]string{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""} {
		part, err := w.Create(name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := firstError(t, write(t, "list.odt", out.String()), Options{}); !strings.Contains(err.Error(), "an OpenDocument file, and no spreadsheet") {
		t.Errorf("got %v", err)
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
