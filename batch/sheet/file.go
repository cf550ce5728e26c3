package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// openFile opens the file, makes sure it can be read more than once, and takes its digest.
func (l *List) openFile() error {
	info, err := os.Stat(l.path)
	if err != nil {
		return &faultError{what: "cannot open the list", hint: "Check the path of the list.", cause: withoutPath(err)}
	}
	if info.IsDir() {
		return folder(l.path)
	}
	if !info.Mode().IsRegular() {
		return &faultError{what: "this is not a regular file, and a list is read twice", hint: "Save the list to a file, or give - and pipe it to standard input."}
	}
	l.size, l.modified = info.Size(), info.ModTime()
	if l.file, err = os.Open(l.path); err != nil {
		return &faultError{
			what: "cannot open the list", cause: withoutPath(err),
			hint: "Check that you may read it and that no other program holds it open.",
		}
	}
	digest := sha256.New()
	if _, err = io.Copy(digest, l.file); err != nil {
		return unreadable(err)
	}
	l.sum = hex.EncodeToString(digest.Sum(nil))
	return nil
}

// folder says what to do with a folder. Documents of Apple's programs are
// folders to all other programs.
func folder(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".numbers", ".pages", ".key":
		return &NotListError{What: "an Apple Numbers, Pages or Keynote document", advice: exportAsCSV}
	}
	return &faultError{what: "this is a folder, not a file", hint: "Give the file in it that holds the list."}
}

// unchanged refuses a file that somebody wrote to in the meantime: the rows that
// were judged would not be those that are sent. A new file put in its place, as
// Excel does it, leaves ours as it was.
func (l *List) unchanged() error {
	info, err := l.file.Stat()
	if err != nil {
		return unreadable(err)
	}
	if info.Size() == l.size && info.ModTime().Equal(l.modified) {
		return nil
	}
	return &faultError{
		what: "the list was changed while it was being used",
		hint: "Save and close it in other programs, then run the command again.",
	}
}

// content reads the file's bytes from the start.
func (l *List) content() io.Reader { return io.NewSectionReader(l.file, 0, l.size) }

// head is the beginning of the file, headSize bytes at most.
func (l *List) head() ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(l.content(), head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, unreadable(err)
	}
	return head[:n], nil
}

// unreadable says that the file cannot be read.
func unreadable(err error) error {
	return &faultError{
		what: "cannot read the list", cause: withoutPath(err),
		hint: "Copy it to a folder of this machine and give that copy.",
	}
}
