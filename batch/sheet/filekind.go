package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// kind is what a file's content says it is.
type kind int

const (
	kindCSV kind = iota
	kindWorkbook
	// kindCompound is a file system in a file: an old Excel workbook, or a new one
	// behind a password.
	kindCompound
)

// headSize is how much of a file is looked at to tell what it is: room for
// twenty rows with long texts.
const headSize = 64 << 10

// What to do with a file of another kind.
const (
	saveAsXLSX     = `Open it and save it as "Excel Workbook (.xlsx)" or as "CSV UTF-8".`
	exportAsCSV    = `Export the list as an Excel workbook (.xlsx) or as "CSV UTF-8".`
	copyTable      = `Copy its table into Excel, save that as "Excel Workbook (.xlsx)", and give it.`
	askForList     = `Ask for the list itself, as an Excel workbook (.xlsx) or as "CSV UTF-8".`
	unprotect      = "Remove the protection (a sensitivity label, for example) in Excel and save it."
	saveAsUTF8     = `Open it in Excel and save it as "CSV UTF-8 (Comma delimited)".`
	nameTheList    = "Name the list itself; close it there first if you want the last changes."
	unpackFirst    = "Unpack it and give the list that is in it."
	saveAnew       = `Open it with the program that made it, and save it as "Excel Workbook (.xlsx)" or as "CSV UTF-8".`
	exportContacts = `Export the contacts as "CSV" from the program that holds them.`
	fetchAgain     = "Fetch it again from where it came, or save it again under a new name."
	saveAgain      = "Save the list again, or fetch it again from where it came."
)

// kindOf finds out by its start what a file is, CSV or XLSX, and refuses with a
// [NotListError] what is neither.
func kindOf(head []byte) (kind, error) {
	switch {
	case len(head) == 0:
		return 0, &NotListError{What: "an empty file", advice: saveAgain}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return kindWorkbook, nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return kindCompound, nil
	}
	if isOwnerFile(head) {
		return 0, &NotListError{What: "the lock file that Office keeps while the list is open", advice: nameTheList}
	}
	if other := foreignBytes(head); other != nil {
		return 0, other
	}
	if other := foreignText(readable(head)); other != nil {
		return 0, other
	}
	return kindCSV, nil
}

// isOwnerFile recognizes what Office keeps beside an open file, ~$list.xlsx: the
// name of the person who has it open, in bytes and again in UTF-16, padded with
// spaces; and what LibreOffice keeps there, .~lock.list.xlsx#.
func isOwnerFile(head []byte) bool {
	const word, excel = 162, 165 // bytes
	if n := len(head); n == word || n == excel {
		width := (n - 3) / 3
		return head[0] > 0 && int(head[0]) <= width && head[width+1] == head[0] && head[width+2] == 0
	}
	return lockLine.Match(head)
}

var lockLine = regexp.MustCompile(`^,[^,\r\n]*,[^,\r\n]*,[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2},file:///[^\r\n]*;\s*$`)

// readable is the start of a text in which its kind can be recognized, in lower
// case: without byte order mark, and with the ASCII of UTF-16.
func readable(head []byte) string {
	if utf16Order(head) != "" {
		head = bytes.ReplaceAll(head, []byte{0}, nil)
	}
	for _, mark := range []string{"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"} {
		head = bytes.TrimPrefix(head, []byte(mark))
	}
	return string(bytes.ToLower(bytes.TrimSpace(head)))
}

// binary refuses what is no text in any encoding, nil for text. A few stray control
// characters are left to the reader, which names their row.
func binary(head []byte) error {
	zeros, controls := 0, 0
	for _, b := range head {
		switch {
		case b == 0:
			zeros++
		case b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != '\v':
			controls++
		}
	}
	switch {
	case zeros == len(head):
		return &NotListError{What: "a file of zeros, whose content was lost", advice: fetchAgain}
	case zeros > 0 && zeros+controls > len(head)/20, controls > len(head)/5:
		return &NotListError{What: "neither text nor a workbook", advice: saveAnew}
	}
	return nil
}

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
	case isMail(text):
		return &NotListError{What: "an email message", advice: "Save the list that is attached to it and give that."}
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

// isMail reports whether a text begins as messages do: lines of header, one of
// them telling the subject or the number.
func isMail(text string) bool {
	first, _, _ := strings.Cut(text, ":")
	switch first {
	case "return-path", "received", "mime-version", "delivered-to", "from", "to", "date", "subject", "message-id", "x-sender":
		return strings.Contains(text, "\nsubject:") || strings.Contains(text, "\nmessage-id:") || strings.Contains(text, "\nmime-version:")
	}
	return false
}

// looksLikeJSON reports whether a text begins with an object or an array of
// JSON. A heading in brackets does not: there is no value in them.
func looksLikeJSON(text string) bool {
	if text == "" || text[0] != '{' && text[0] != '[' {
		return false
	}
	inside := strings.TrimSpace(text[1:])
	return json.Valid([]byte(text)) || strings.IndexAny(inside, `{["`) == 0 && strings.Contains(inside, `":`)
}

// foreignZip names the kinds of ZIP file that are no Excel workbook, nil for one that is.
func foreignZip(archive *zip.Reader) error {
	var held []string
	// Before all else: its list of parts, which comes first, mentions what .xlsx has.
	if slices.ContainsFunc(archive.File, func(part *zip.File) bool { return strings.EqualFold(part.Name, "xl/workbook.bin") }) {
		return &NotListError{What: "a binary Excel workbook (.xlsb)", advice: saveAsXLSX}
	}
	for _, part := range archive.File {
		switch name := part.Name; {
		case strings.HasPrefix(name, "word/"):
			return &NotListError{What: "a Word document", advice: copyTable}
		case strings.HasPrefix(name, "ppt/"):
			return &NotListError{What: "a PowerPoint presentation", advice: copyTable}
		case strings.HasPrefix(name, "Index/") || name == "Index.zip" || strings.HasSuffix(name, ".iwa"):
			return &NotListError{What: "an Apple Numbers, Pages or Keynote document", advice: exportAsCSV}
		case name == "content.xml":
			return openDocument(archive)
		case strings.EqualFold(path.Base(strings.ReplaceAll(name, "\\", "/")), "workbook.xml"),
			strings.EqualFold(name, "[Content_Types].xml") && mentions(part, "spreadsheetml"):
			return nil
		}
		if !isJunk(part) {
			held = append(held, part.Name)
		}
	}
	return &NotListError{What: zipOf(held), advice: unpackFirst}
}

// openDocument names the kind of an OpenDocument file, which the file itself says.
func openDocument(archive *zip.Reader) error {
	for _, part := range archive.File {
		if part.Name == "mimetype" && !mentions(part, "spreadsheet") {
			return &NotListError{What: "an OpenDocument file, and no spreadsheet", advice: copyTable}
		}
	}
	return &NotListError{What: "an OpenDocument spreadsheet (.ods)", advice: saveAsXLSX}
}

// mentions reports whether a word is at the start of a part.
func mentions(part *zip.File, word string) bool {
	file, err := part.Open()
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	start, err := io.ReadAll(io.LimitReader(file, headSize))
	return err == nil && strings.Contains(string(start), word)
}

// zipOf names the list in an archive, if there is one alone.
func zipOf(held []string) string {
	lists := slices.DeleteFunc(slices.Clone(held), func(name string) bool {
		return !slices.Contains([]string{".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"}, strings.ToLower(path.Ext(name)))
	})
	switch {
	case len(lists) == 1:
		return fmt.Sprintf("a ZIP archive with the list %q in it", clipped(lists[0]))
	case len(held) == 0:
		return "an empty ZIP archive"
	case len(held) == 1:
		return fmt.Sprintf("a ZIP archive with %q in it", clipped(held[0]))
	}
	return fmt.Sprintf("a ZIP archive with %d files in it", len(held))
}

// isJunk reports what the systems of Apple and folders leave in an archive.
func isJunk(part *zip.File) bool {
	return strings.HasPrefix(part.Name, "__MACOSX/") || path.Base(part.Name) == ".DS_Store" || part.FileInfo().IsDir()
}

// foreignCompound names the kinds of compound file that are no encrypted
// workbook, nil for one that is.
func foreignCompound(streams []string) error {
	for _, kind := range []struct{ stream, what, advice string }{
		{"DRMContent", "a workbook protected by rights management", unprotect},
		{"Workbook", "an old Excel workbook (.xls)", saveAsXLSX},
		{"Book", "an old Excel workbook (.xls)", saveAsXLSX},
		{"WordDocument", "an old Word document (.doc)", copyTable},
		{"PowerPoint Document", "an old PowerPoint presentation (.ppt)", copyTable},
		{"_properties_version1.0", "an Outlook message (.msg)", "Save the list that is attached to it and give that."},
		{"__properties_version1.0", "an Outlook message (.msg)", "Save the list that is attached to it and give that."},
	} {
		if slices.Contains(streams, kind.stream) {
			return &NotListError{What: kind.what, advice: kind.advice}
		}
	}
	switch {
	case !slices.Contains(streams, "EncryptedPackage"):
		return &NotListError{What: "a file of an old Office program", advice: saveAsXLSX}
	case !slices.Contains(streams, "EncryptionInfo") || slices.Contains(streams, "DRMEncryptedTransform") || slices.Contains(streams, "DRMEncryptedDataSpace"):
		return &NotListError{
			What:   "a workbook protected by rights management",
			advice: unprotect,
		}
	}
	return nil
}
