package cli

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// writeBomb writes a workbook of exceljs whose sheet is spaces: some megabytes
// that unpack to as many as size says, whatever they claim.
func writeBomb(t *testing.T, path string, size, claimed uint64) {
	t.Helper()
	model, err := zip.OpenReader(filepath.Join(listsFolder, "xlsx", "exceljs.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = model.Close() }()
	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	for _, part := range model.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			err = errors.Join(err, w.Copy(part))
			continue
		}
		spaces := deflatedSpaces(t, size)
		raw, createErr := w.CreateRaw(&zip.FileHeader{
			Name: part.Name, Method: zip.Deflate, CompressedSize64: uint64(len(spaces)), UncompressedSize64: claimed,
		})
		if createErr != nil {
			t.Fatal(createErr)
		}
		_, writeErr := raw.Write(spaces)
		err = errors.Join(err, writeErr)
	}
	if err = errors.Join(err, w.Close(), os.WriteFile(path, bomb.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// deflatedSpaces is so many spaces, packed without packing them all: a flushed
// block can stand there any number of times.
func deflatedSpaces(t *testing.T, size uint64) []byte {
	t.Helper()
	const block = 16 << 20
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(bytes.Repeat([]byte(" "), block))
	err = errors.Join(err, w.Flush())
	once := bytes.Clone(packed.Bytes())
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Repeat(once, int(size/block)), packed.Bytes()[len(once):]...)
}
