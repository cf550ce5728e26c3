package xlsx

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"
)

// partLimit bounds a part of a workbook, in bytes unpacked. A million rows of ten
// columns take some 600 MB of XML.
const partLimit = 1 << 30

// parts are the files in a workbook, by name in lower case: the names that a
// workbook refers to may differ in capitals from those it has.
type parts map[string]*zip.File

// readParts lists the parts of a workbook. It refuses two of one name: which of
// them counts differs from program to program.
func readParts(archive *zip.Reader) (parts, error) {
	found := make(parts, len(archive.File))
	for _, part := range archive.File {
		if part.FileInfo().IsDir() {
			continue
		}
		name := partName(part.Name)
		if _, twice := found[name]; twice {
			return nil, damaged(part.Name, errors.New("there are two parts of that name"))
		}
		found[name] = part
	}
	return found, nil
}

// partName is the name by which a part is found.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean(strings.ReplaceAll(name, "\\", "/")), "/"))
}

// openPart opens a part, which must be read to its end: its checksum is compared
// there. The ZIP reader gives no more bytes than the archive says there are.
func openPart(part *zip.File, limit uint64) (io.ReadCloser, error) {
	if part.UncompressedSize64 > limit {
		return nil, &TooLargeError{Part: part.Name, Limit: limit}
	}
	return part.Open()
}

// elements calls visit for each element of a part when it opens, however deep it
// is nested.
func (p parts) elements(name string, visit func(x *xmlReader) error) error {
	part := p[partName(name)]
	if part == nil {
		return damaged(name, errors.New("it is missing"))
	}
	x, err := openXML(part)
	if err != nil {
		return damaged(name, err)
	}
	defer x.close()
	for {
		x.reset()
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

// relation points from one part of a workbook to another, or out of it.
type relation struct{ id, kind, target string }

// relations calls visit for each relation of a part, or of the package itself
// for "". A part need not have any.
func (p parts) relations(of string, visit func(relation)) error {
	folder, base := path.Split(of)
	name := path.Join(folder, "_rels", base+".rels")
	if p[partName(name)] == nil {
		return nil
	}
	return p.elements(name, func(x *xmlReader) error {
		if x.name == "Relationship" {
			visit(relation{id: x.attribute("Id"), kind: path.Base(x.attribute("Type")), target: x.attribute("Target")})
		}
		return nil
	})
}

// resolve is the name of a target that is absolute or relative to a part.
func resolve(part, target string) string {
	target = strings.ReplaceAll(target, "\\", "/")
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join(path.Dir(part), target)
}
