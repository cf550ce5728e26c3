package report

import (
	"path/filepath"
	"strings"
)

// What an operator can do about a file that cannot be written.
const (
	nextOut   = "name another file with --out"
	nextClose = "close it, or " + nextOut
	nextSpace = "make room there, or let TMPDIR name another folder, and run the same command again; the journal holds every answer"
	nextAgain = "see to the cause and run the same command again; the journal holds every answer"
)

// FileError says why the workbook or file at Path cannot be written.
type FileError struct {
	Path string
	// Reason is the cause in words, Next what to do about it.
	Reason, Next string
	// Err is the system's own word, nil where Reason says everything.
	Err error
}

// Error names the file, the reason and the system's word.
func (e *FileError) Error() string {
	kind := "file "
	if strings.EqualFold(filepath.Ext(e.Path), ".xlsx") {
		kind = "workbook "
	}
	text := kind + e.Path + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the system's error.
func (e *FileError) Unwrap() error { return e.Err }

// Hint says what to do next.
func (e *FileError) Hint() string { return e.Next }
