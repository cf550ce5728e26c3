package sheet

import (
	"bytes"
	"cmp"
	"fmt"
	"io"

	"github.com/richardlehane/mscfb"
	"github.com/xuri/excelize/v2"
)

// encryptedLimit is the size of an encrypted workbook, in bytes, up to which it
// is decrypted: it is held in memory then, so that no plain text reaches a disk.
const encryptedLimit = 128 << 20

// builtInPassword is what Excel itself encrypts a workbook with that is protected
// against changes alone; it opens such a one without asking (ECMA-376, MS-OFFCRYPTO
// 2.4.2.3).
const builtInPassword = "VelvetSweatshop"

// openProtected opens a workbook behind a password; everything else that comes in
// such a file is no list.
func openProtected(file *sourceFile, opt Options) (table, headingMatch, error) {
	streams, err := streamNames(file.handle)
	if err != nil {
		return nil, headingMatch{}, &faultError{what: "the file is damaged or was not copied completely", hint: fetchAgain}
	}
	if err := foreignCompound(streams); err != nil {
		return nil, headingMatch{}, err
	}
	if file.size > encryptedLimit {
		return nil, headingMatch{}, &faultError{
			what: fmt.Sprintf("the workbook is protected by a password and larger than %d MiB", encryptedLimit>>20),
			hint: "Save it without the password, or copy the list alone into a new workbook.",
		}
	}
	content, err := decrypt(file.content(), cmp.Or(opt.Password, builtInPassword))
	if err != nil && opt.Password == "" {
		return nil, headingMatch{}, &faultError{
			what: "the workbook is protected by a password",
			hint: "Set the environment variable GUESTLIST_LIST_PASSWORD to the password, or save the workbook without one.",
		}
	}
	if err != nil {
		return nil, headingMatch{}, err
	}
	return openWorkbook(bytes.NewReader(content), int64(len(content)), nil, "", opt)
}

// decrypt returns the workbook behind the password.
func decrypt(file io.Reader, password string) (content []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil { // damage that neither library expects
			err = &faultError{what: "the encryption of the workbook is damaged", hint: saveAgain}
		}
	}()
	raw, err := io.ReadAll(file)
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
