package xlsx

import (
	"archive/zip"
	"cmp"
	"errors"
	"math"
	"path"
	"slices"
	"strings"
)

// A workbook that is packed tighter than packLimit times is refused from packFree bytes
// unpacked on: reading takes time and memory by what it claims to hold, not by its size.
// Lists are packed 5 to 25 times, the same formula over and over some 40 times. Size alone
// is no reason: the results of a million guests are more than a gigabyte of XML.
const (
	packLimit = 60
	packFree  = 64 << 20
	// partSize is how much of what a part claims is counted: a claim of more is beyond
	// the limit in any case, and the sum must not overflow.
	partSize = 1 << 40
)

// parts are the files in a workbook, by name in lower case: the names that a
// workbook refers to may differ in capitals from those it has.
type parts map[string]*zip.File

// readParts lists the parts of a workbook. It refuses two of one name: which of
// them counts differs from program to program. It refuses what claims to hold more than
// fits into its bytes as well.
func readParts(archive *zip.Reader) (parts, error) {
	found := make(parts, len(archive.File))
	var places []place
	var packed, unpacked uint64
	for _, part := range archive.File {
		if part.FileInfo().IsDir() {
			continue
		}
		name := partName(part.Name)
		if _, twice := found[name]; twice {
			return nil, damaged(part.Name, errors.New("there are two parts of that name"))
		}
		found[name] = part
		packed, unpacked = packed+min(part.CompressedSize64, partSize), unpacked+min(part.UncompressedSize64, partSize)
		at, err := part.DataOffset()
		if err != nil {
			return nil, damaged(part.Name, err)
		}
		places = append(places, place{at, at + int64(min(part.CompressedSize64, math.MaxInt32)), part.Name})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(places); i++ {
		if places[i].start < places[i-1].end {
			return nil, damaged(places[i].name, errors.New("it shares its bytes with another part"))
		}
	}
	if unpacked > packFree && unpacked/packLimit > packed {
		return nil, &PackedError{Packed: packed, Unpacked: unpacked}
	}
	return found, nil
}

// place is where the bytes of a part are in the archive.
type place struct {
	start, end int64
	name       string
}

// partName is the name by which a part is found.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean(strings.ReplaceAll(name, "\\", "/")), "/"))
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
