package sheet

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/richardlehane/mscfb"
	"github.com/xuri/excelize/v2"
)

// encryptedLimit is the size of an encrypted workbook, in bytes, up to which it
// is decrypted: it is held in memory then, so that no plain text reaches a disk.
const encryptedLimit = 128 << 20

// openCompound opens a workbook behind a password; all else that comes in such
// a file is no list.
func (l *List) openCompound(opt Options) (found, error) {
	streams, err := streamNames(io.NewSectionReader(l.file, 0, l.size))
	if err != nil {
		return found{}, &faultError{what: "the file is damaged or was not copied completely", hint: fetchAgain}
	}
	if err := foreignCompound(streams); err != nil {
		return found{}, err
	}
	switch {
	case opt.Password == "":
		return found{}, &faultError{
			what: "the workbook is protected by a password",
			hint: "Set the environment variable GUESTLIST_LIST_PASSWORD to the password, or save the workbook without one.",
		}
	case l.size > encryptedLimit:
		return found{}, &faultError{
			what: fmt.Sprintf("the workbook is protected by a password and larger than %d MiB", encryptedLimit>>20),
			hint: "Save it without the password, or copy the list alone into a new workbook.",
		}
	}
	content, err := l.decrypt(opt.Password)
	if err != nil {
		return found{}, err
	}
	return l.openWorkbook(packed{bytes.NewReader(content), int64(len(content)), true}, opt)
}

// decrypt gives the workbook behind the password.
func (l *List) decrypt(password string) (content []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil { // damage that neither library expects
			err = &faultError{what: "the encryption of the workbook is damaged", hint: saveAgain}
		}
	}()
	raw, err := io.ReadAll(l.content())
	if err != nil {
		return nil, unreadable(err)
	}
	content, err = excelize.Decrypt(raw, &excelize.Options{Password: password})
	if err != nil {
		return nil, &faultError{
			what: "the workbook cannot be decrypted", cause: err,
			hint: "Open it in Excel with the password, and save it without one.",
		}
	}
	// A wrong password gives noise, and no error.
	if !bytes.HasPrefix(content, []byte("PK")) {
		return nil, &faultError{
			what: "the workbook is protected by a password, and the one given does not open it",
			hint: "Check GUESTLIST_LIST_PASSWORD: capitals and small letters count.",
		}
	}
	return content, nil
}

// streamNames lists what is in a compound file.
func streamNames(file io.ReaderAt) (names []string, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("its directory cannot be read")
		}
	}()
	doc, err := mscfb.New(file)
	if err != nil {
		return nil, err
	}
	for _, entry := range doc.File {
		names = append(names, entry.Name)
	}
	return names, nil
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
