package sheet

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// unpackLimit bounds a part of a workbook, in bytes unpacked. A million rows of
// ten columns take some 600 MB of XML.
const unpackLimit = 1 << 30

const (
	repair = "Open the workbook in Excel, let it repair the file, check that nothing is missing, and save it under a new name."
	bloat  = "Copy the list alone into a new workbook and save that."
)

// parts are the files in a workbook, by name in lower case: names differ in
// capitals between what a workbook has and what it says it has.
type parts map[string]*zip.File

// readParts lists the parts of a workbook. It refuses two of one name, of which
// programs take either.
func readParts(archive *zip.Reader) (parts, error) {
	found := make(parts, len(archive.File))
	for _, part := range archive.File {
		if part.FileInfo().IsDir() {
			continue
		}
		name := partName(part.Name)
		if _, twice := found[name]; twice {
			return nil, damaged(part.Name, fmt.Errorf("there are two parts of that name"))
		}
		found[name] = part
	}
	return found, nil
}

// partName is what a part is known by.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean(strings.ReplaceAll(name, "\\", "/")), "/"))
}

// openPart opens a part for reading to its end: there the checksum is compared.
// The ZIP reader gives no more than the archive says there is.
func openPart(part *zip.File) (io.ReadCloser, error) {
	if part.UncompressedSize64 > unpackLimit {
		return nil, tooLarge()
	}
	return part.Open()
}

// tooLarge stops a workbook that would fill memory or disk.
func tooLarge() error {
	return &faultError{what: fmt.Sprintf("it is too large unpacked, more than %d MiB", unpackLimit>>20), hint: bloat}
}

// damaged says which part of a workbook cannot be read, and why. What has a hint
// of its own, a full disk for one, is no damage.
func damaged(part string, err error) error {
	fault, known := errors.AsType[*faultError](err)
	switch {
	case known && fault.hint == bloat:
		return &faultError{what: "cannot read the workbook (part " + part + ")", hint: bloat, cause: err}
	case known && !errors.Is(err, errLeash):
		return err
	}
	return &faultError{what: "the workbook is damaged (part " + part + ")", hint: repair, cause: damage(err)}
}

// damage says in our words what the libraries for ZIP files complain about.
func damage(err error) error {
	corrupt := new(flate.CorruptInputError)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("its end is missing")
	case errors.Is(err, zip.ErrChecksum):
		return errors.New("its content was changed by accident (the checksum differs)")
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.As(err, corrupt):
		return errors.New("it cannot be unpacked")
	}
	return err
}

// elements calls visit for each element of a part, however deep it stands, when
// it opens.
func (p parts) elements(name string, visit func(x *xmlPart) error) error {
	part := p[partName(name)]
	if part == nil {
		return damaged(name, fmt.Errorf("it is missing"))
	}
	x, err := openXML(part)
	if err != nil {
		return damaged(name, err)
	}
	defer x.close()
	for {
		x.slacken()
		found, err := x.next()
		if err == nil && found == tokenOpen {
			err = visit(x)
		}
		if err != nil {
			return damaged(name, err)
		}
		if found == tokenEOF {
			return nil
		}
	}
}

// readStyles reads the part with the number formats, which a workbook need not have.
func (p parts) readStyles(name string) ([]byte, error) {
	part := p[partName(name)]
	if part == nil {
		return nil, nil //nolint:nilnil // none, as the comment says
	}
	if part.UncompressedSize64 > stylesLimit {
		return nil, damaged(name, &faultError{what: fmt.Sprintf("it is larger than %d MiB", stylesLimit>>20), hint: bloat})
	}
	// excelize takes what it can of a damaged part.
	if err := p.elements(name, func(*xmlPart) error { return nil }); err != nil {
		return nil, err
	}
	file, err := openPart(part)
	if err != nil {
		return nil, damaged(name, err)
	}
	defer func() { _ = file.Close() }()
	styles, err := io.ReadAll(file)
	if err != nil {
		return nil, damaged(name, err)
	}
	return styles, nil
}
