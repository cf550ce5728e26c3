package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Bounds of a workbook, in bytes unpacked. A million rows of ten columns take
// some 600 MB of XML; the parts that excelize keeps in memory, which are all but
// sheets and shared strings, are a few kilobytes in an honest list.
const (
	unpackLimit = 1 << 30
	memoryLimit = 128 << 20
	// spillLimit is the size from which excelize unpacks a sheet to disk.
	spillLimit = 4 << 20
)

const (
	repair = "Open the workbook in Excel, let it repair the file, check that nothing is missing, and save it under a new name."
	bloat  = "Copy the list alone into a new workbook and save that."
)

// stringsPart is where excelize looks for shared strings, whatever the workbook says.
const stringsPart = "xl/sharedStrings.xml"

// parts are the files in a workbook, by name.
type parts map[string]*zip.File

// readParts reads every part of a workbook to its end, which checks its
// checksum: excelize does not, and takes what it got for the whole. It bounds
// what is unpacked and refuses two parts of one name, of which excelize would
// take either.
func readParts(archive *zip.Reader) (parts, error) {
	found := make(parts, len(archive.File))
	var total, kept uint64
	for _, part := range archive.File {
		name := partName(part.Name)
		if _, twice := found[name]; twice {
			return nil, damaged(name, fmt.Errorf("there are two parts of that name"))
		}
		found[name] = part
		total += part.UncompressedSize64
		if !spills(name) {
			kept += part.UncompressedSize64
		}
		if total > unpackLimit || kept > memoryLimit || part.UncompressedSize64 > unpackLimit {
			return nil, &faultError{
				what: fmt.Sprintf("the workbook is too large unpacked (part %s, limits %d MiB for sheets and %d MiB for all else)",
					name, unpackLimit>>20, memoryLimit>>20),
				hint: bloat,
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if err := readThrough(found[name]); err != nil {
			return nil, damaged(name, err)
		}
	}
	return found, nil
}

// readThrough reads a part to its end. The ZIP reader compares size and
// checksum there, so that what was declared above is what there is.
func readThrough(part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return err
	}
	if _, err = io.Copy(io.Discard, io.LimitReader(r, unpackLimit+1)); err != nil {
		return err
	}
	return r.Close()
}

// spills reports whether excelize unpacks a part to disk when it is large.
func spills(name string) bool {
	return name == stringsPart || strings.HasPrefix(strings.ToLower(name), "xl/worksheets/sheet")
}

// partName is a part's name as excelize spells it.
func partName(name string) string {
	name = strings.ReplaceAll(name, "\\", "/")
	if strings.EqualFold(name, stringsPart) {
		return stringsPart
	}
	return name
}

// damaged says which part of a workbook cannot be read, and why.
func damaged(part string, err error) error {
	return &faultError{what: "the workbook is damaged (part " + part + ")", hint: repair, cause: err}
}
