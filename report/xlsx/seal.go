package xlsx

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash"
	"io"
	"strings"
)

const (
	// propertiesPart has the properties of the file. Excelize writes it after all sheets.
	propertiesPart = "docProps/core.xml"
	// sealMark is where the digest goes there, behind sealName.
	sealMark = "(seal)"
	sealName = "sha256:"
)

// isSealed reports whether the seal covers a part of the workbook: all that people can see of
// it. What is left out is the part with the seal itself, and what says which parts there are.
func isSealed(name string) bool { return strings.HasPrefix(name, "xl/") }

// sealPatch puts the digest of what was written before into the properties.
func sealPatch(seal hash.Hash) zipPatch {
	return zipPatch{mark: sealMark, dropsMark: true, write: func(w io.Writer) error {
		_, err := io.WriteString(w, sealOf(seal))
		return err
	}}
}

func sealOf(seal hash.Hash) string { return sealName + hex.EncodeToString(seal.Sum(nil)) }

// Unchanged reports whether the workbook at path was written with [Options.Sealed], and is
// as it was then: each program that saves a workbook writes its parts anew.
func Unchanged(path string) (bool, error) {
	file, err := zip.OpenReader(path)
	if err != nil {
		return false, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { _ = file.Close() }()
	seal := sha256.New()
	var properties struct {
		Identifier string `xml:"identifier"`
	}
	for _, part := range file.File {
		r, err := part.Open()
		if err != nil {
			return false, err
		}
		switch {
		case isSealed(part.Name):
			_, _ = io.WriteString(seal, part.Name)
			_, err = io.Copy(seal, r) //nolint:gosec // it is kept nowhere
		case part.Name == propertiesPart:
			err = xml.NewDecoder(r).Decode(&properties)
		}
		_ = r.Close()
		if err != nil {
			return false, fmt.Errorf("read the part %s of the workbook: %w", part.Name, err)
		}
	}
	return properties.Identifier == sealOf(seal), nil
}
