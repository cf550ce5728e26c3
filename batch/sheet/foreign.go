package sheet

import (
	"bytes"
	"encoding/json"
	"strings"
)

// signatures are how files begin that people give by mistake.
var signatures = []struct{ magic, what, advice string }{
	{"%PDF-", "a PDF document", askForList},
	{"\x89PNG", "a picture", askForList},
	{"\xFF\xD8\xFF", "a picture", askForList},
	{"GIF8", "a picture", askForList},
	{"II*\x00", "a picture", askForList},
	{"MM\x00*", "a picture", askForList},
	{"{\\rtf", "a rich text document", copyTable},
	{"\x1F\x8B", "a gzip archive", unpackFirst},
	{"BZh91AY&SY", "a bzip2 archive", unpackFirst},
	{"\xFD7zXZ\x00", "an xz archive", unpackFirst},
	{"\x28\xB5\x2F\xFD", "a Zstandard archive", unpackFirst},
	{"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", unpackFirst},
	{"Rar!\x1A\x07", "a RAR archive", unpackFirst},
	{"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut to a file", "Give the file that the shortcut points to."},
	{"SQLite format 3\x00", "an SQLite database", exportAsCSV},
	{"\x00\x01\x00\x00Standard ", "an Access database", exportAsCSV},
	{"\x09\x00\x04\x00", "an Excel workbook of 1990 (.xls)", saveAsXLSX},
	{"\x09\x02\x06\x00", "an Excel workbook of 1991 (.xls)", saveAsXLSX},
	{"\x09\x04\x06\x00", "an Excel workbook of 1992 (.xls)", saveAsXLSX},
}

// foreignBytes names kinds of binary file, nil for what may be text.
func foreignBytes(head []byte) error {
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.magic)) {
			return &NotListError{What: s.what, advice: s.advice}
		}
	}
	at := func(offset int, magic string) bool {
		return len(head) > offset && bytes.HasPrefix(head[offset:], []byte(magic))
	}
	switch {
	case at(0, "RIFF") && at(8, "WEBP"), at(0, "BM") && at(6, "\x00\x00\x00\x00"), at(4, "ftyp"):
		return &NotListError{What: "a picture or a film", advice: askForList}
	case at(257, "ustar"):
		return &NotListError{What: "a tar archive", advice: unpackFirst}
	case at(0, "bplist00") && bytes.Contains(head, []byte("NSURLNameKey")):
		return &NotListError{
			What:   "a placeholder of iCloud Drive for a file that is not on this machine",
			advice: "Open the folder in Finder, download the file, and give that.",
		}
	case at(0, "bplist00"):
		return &NotListError{What: "an Apple property list", advice: exportAsCSV}
	}
	return nil
}

// foreignText names kinds of text that are no list, nil for what may be one. The
// text is in lower case.
func foreignText(text string) error {
	switch {
	case strings.HasPrefix(text, "<"):
		return foreignMarkup(text)
	case strings.HasPrefix(text, "mime-version:") && strings.Contains(text, "multipart/related"):
		return &NotListError{What: "a web archive (MHTML)", advice: saveAsXLSX}
	case mail(text):
		return &NotListError{What: "an e-mail message", advice: "Save the list that is attached to it and give that."}
	case strings.HasPrefix(text, "begin:vcard"):
		return &NotListError{What: "a vCard file of contacts", advice: exportContacts}
	case strings.HasPrefix(text, "begin:vcalendar"):
		return &NotListError{What: "a calendar file", advice: exportContacts}
	case strings.HasPrefix(text, "[internetshortcut]"):
		return &NotListError{What: "a shortcut to a web address", advice: "Open it, download the list, and give that."}
	case strings.HasPrefix(text, "id;p") && strings.Contains(text, "\nc;"):
		return &NotListError{What: "a SYLK file (.slk)", advice: saveAsXLSX}
	case strings.HasPrefix(text, "table\r\n0,1"), strings.HasPrefix(text, "table\n0,1"):
		return &NotListError{What: "a DIF file (.dif)", advice: saveAsXLSX}
	case looksLikeJSON(text) && strings.Contains(text, `"doc_id"`):
		return &NotListError{
			What:   "a link to a Google document",
			advice: "Open it in the browser, choose File > Download > Microsoft Excel (.xlsx), and give that.",
		}
	case looksLikeJSON(text):
		return &NotListError{What: "JSON", advice: exportAsCSV}
	}
	return nil
}

const exportContacts = `Export the contacts as "CSV" from the program that holds them.`

// foreignMarkup names HTML and XML. A heading that begins with < is none.
func foreignMarkup(text string) error {
	has := func(mark string) bool { return strings.Contains(text, mark) }
	switch {
	case has("urn:schemas-microsoft-com:office:spreadsheet"):
		return &NotListError{What: "an XML Spreadsheet 2003", advice: saveAsXLSX}
	case has("urn:oasis:names:tc:opendocument"):
		return &NotListError{What: "a flat OpenDocument file (.fods)", advice: saveAsXLSX}
	case has("urn:schemas-microsoft-com:office:excel"):
		return &NotListError{What: "a web page (HTML) under the name of a workbook", advice: saveAsXLSX}
	case has("apple//dtd plist"):
		return &NotListError{What: "an Apple property list", advice: exportAsCSV}
	}
	for _, tag := range []string{"!doctype html", "html", "table", "head", "body", "meta", "style", "div", "tr", "!--"} {
		if strings.HasPrefix(text[1:], tag) || strings.HasPrefix(text, "<?xml") && has("<html") {
			return &NotListError{What: "a web page (HTML)", advice: saveAsXLSX}
		}
	}
	if strings.HasPrefix(text, "<?xml") {
		return &NotListError{What: "an XML document", advice: saveAsXLSX}
	}
	return nil
}

// mail reports whether a text begins as messages do: lines of header, one of
// them telling the subject or the number.
func mail(text string) bool {
	first, _, _ := strings.Cut(text, ":")
	switch first {
	case "return-path", "received", "mime-version", "delivered-to", "from", "to", "date", "subject", "message-id", "x-sender":
		return strings.Contains(text, "\nsubject:") || strings.Contains(text, "\nmessage-id:") || strings.Contains(text, "\nmime-version:")
	}
	return false
}

// looksLikeJSON reports whether a text begins with an object or an array of
// JSON. A heading in brackets does not: no value stands in them.
func looksLikeJSON(text string) bool {
	if text == "" || text[0] != '{' && text[0] != '[' {
		return false
	}
	inside := strings.TrimSpace(text[1:])
	return json.Valid([]byte(text)) || strings.IndexAny(inside, `{["`) == 0 && strings.Contains(inside, `":`)
}
