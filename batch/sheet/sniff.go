package sheet

import "bytes"

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
	saveAsXLSX  = `Open it and save it as "Excel Workbook (.xlsx)" or as "CSV UTF-8".`
	exportAsCSV = `Export the list as an Excel workbook (.xlsx) or as "CSV UTF-8".`
	copyTable   = `Copy its table into Excel, save that as "Excel Workbook (.xlsx)", and give it.`
	askForList  = `Ask for the list itself, as an Excel workbook (.xlsx) or as "CSV UTF-8".`
	unprotect   = "Remove the protection (a sensitivity label, for example) in Excel and save it."
	saveAsUTF8  = `Open it in Excel and save it as "CSV UTF-8 (Comma delimited)".`
	unpackFirst = "Unpack it and give the list that is in it."
	saveAnew    = `Open it with the program that made it, and save it as "Excel Workbook (.xlsx)" or as "CSV UTF-8".`
	fetchAgain  = "Fetch it again from where it came, or save it again under a new name."
	saveAgain   = "Save the list again, or fetch it again from where it came."
)

// sniff tells CSV from XLSX by the start of a file, and refuses with a
// [NotListError] what is neither.
func sniff(head []byte) (kind, error) {
	switch {
	case len(head) == 0:
		return 0, &NotListError{What: "an empty file", advice: saveAgain}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return kindWorkbook, nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return kindCompound, nil
	}
	if other := foreignBytes(head); other != nil {
		return 0, other
	}
	if other := foreignText(readable(head)); other != nil {
		return 0, other
	}
	return kindCSV, nil
}

// readable is the start of a text as far as its kind can be told by it, in lower
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
