package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// foreignZip names the kinds of ZIP file that are no Excel workbook, nil for one that is.
func foreignZip(archive *zip.Reader) error {
	var held []string
	for _, part := range archive.File {
		switch name := part.Name; {
		case name == "xl/workbook.bin":
			return &NotListError{What: "a binary Excel workbook (.xlsb)", advice: saveAsXLSX}
		case strings.HasPrefix(name, "word/"):
			return &NotListError{What: "a Word document", advice: copyTable}
		case strings.HasPrefix(name, "ppt/"):
			return &NotListError{What: "a PowerPoint presentation", advice: copyTable}
		case strings.HasPrefix(name, "Index/") || name == "Index.zip" || strings.HasSuffix(name, ".iwa"):
			return &NotListError{What: "an Apple Numbers, Pages or Keynote document", advice: exportAsCSV}
		case name == "content.xml":
			return openDocument(archive)
		case strings.EqualFold(path.Base(strings.ReplaceAll(name, "\\", "/")), "workbook.xml"),
			strings.EqualFold(name, "[Content_Types].xml") && says(part, "spreadsheetml"):
			return nil
		}
		if !junk(part) {
			held = append(held, part.Name)
		}
	}
	return &NotListError{What: zipOf(held), advice: unpackFirst}
}

// openDocument tells the kinds of OpenDocument file by what they say themselves.
func openDocument(archive *zip.Reader) error {
	for _, part := range archive.File {
		if part.Name == "mimetype" && !says(part, "spreadsheet") {
			return &NotListError{What: "an OpenDocument file, and no spreadsheet", advice: copyTable}
		}
	}
	return &NotListError{What: "an OpenDocument spreadsheet (.ods)", advice: saveAsXLSX}
}

// says reports whether a word stands at the start of a part.
func says(part *zip.File, word string) bool {
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

// junk reports what the systems of Apple and folders leave in an archive.
func junk(part *zip.File) bool {
	return strings.HasPrefix(part.Name, "__MACOSX/") || path.Base(part.Name) == ".DS_Store" || part.FileInfo().IsDir()
}
