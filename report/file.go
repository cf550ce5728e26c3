package report

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// probeSize is what [Reserve] writes to find a full disk: more than a file
// system may keep inside its own tables.
const probeSize = 64 << 10

// Reserve proves that the results at path can be written later, and leaves
// nothing behind: its folder takes a new file, and a file that is already
// there may be replaced and is not open in a spreadsheet program. A workbook needs
// the temporary folder as well. Its errors are [*FileError].
func Reserve(path string) error {
	if err := folderWritable(path); err != nil {
		return err
	}
	if strings.EqualFold(filepath.Ext(path), ".xlsx") {
		scratch, err := newScratch(path)
		if err != nil {
			return err
		}
		_ = scratch.Remove() // what stays is swept
	}
	if err := replaceable(path); err != nil {
		return err
	}
	return InUse(path)
}

// InUse looks for a program that has the file at path open and would lose what is written
// there, or keep it from being written. Its errors are [*FileError].
func InUse(path string) error {
	if err := durable.Replaceable(path); err != nil {
		return &FileError{Path: path, Reason: "is open in another program", Next: nextClose, Err: durable.Cause(err)}
	}
	return notOpen(path)
}

// folderWritable creates, fills and removes a file beside path.
func folderWritable(path string) error {
	folder := filepath.Dir(path)
	f, err := durable.TempFile(folder, durable.TempPattern)
	if errors.Is(err, fs.ErrNotExist) {
		return &FileError{Path: path, Reason: "the folder " + folder + " does not exist", Next: "create the folder, or " + nextOut}
	}
	if err != nil {
		return &FileError{Path: path, Reason: "the folder " + folder + " cannot be written to", Next: nextOut + " in a folder of your own", Err: durable.Cause(err)}
	}
	_, err = f.Write(make([]byte, probeSize))
	if err := errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return &FileError{Path: path, Reason: "the folder " + folder + " has no room left", Next: "free some space there, or " + nextOut, Err: durable.Cause(err)}
	}
	return nil
}

// replaceable refuses a folder, a device and a read-only file. A rename would
// get past the read-only attribute, but its owner set it for a reason. Opening the
// file finds a program that holds it, where the system tells (Windows).
func replaceable(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &FileError{Path: path, Reason: "cannot be accessed", Next: nextOut, Err: durable.Cause(err)}
	}
	if !info.Mode().IsRegular() {
		return &FileError{Path: path, Reason: "is not a file but a " + kind(info), Next: nextOut}
	}
	if info.Mode().Perm()&0o200 == 0 {
		return &FileError{Path: path, Reason: "is marked read-only", Next: "clear the read-only attribute, and run the same command again"}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return &FileError{Path: path, Reason: "cannot be replaced; it may be open in a spreadsheet program", Next: nextClose, Err: durable.Cause(err)}
	}
	return f.Close()
}

func kind(info fs.FileInfo) string {
	if info.IsDir() {
		return "folder"
	}
	return "device or pipe"
}

// notOpen looks for the owner file that a spreadsheet program keeps beside an
// open workbook: its next save would undo ours.
func notOpen(path string) error {
	folder, name := filepath.Split(path)
	owners := []struct{ file, program string }{
		{".~lock." + name + "#", "LibreOffice"},
		{"~$" + name, "Excel"},
	}
	for _, o := range owners {
		owner := filepath.Join(folder, o.file)
		if _, err := os.Lstat(owner); err == nil {
			return &FileError{
				Path: path, Reason: "is open in " + o.program,
				Next: nextClose + "; if no one has it open, delete " + owner,
			}
		}
	}
	return nil
}

// Replace is [durable.Replace] with a [*FileError] that wraps its error.
func Replace(path string, fill func(io.Writer) error) error {
	if err := durable.Replace(path, fill); err != nil {
		return &FileError{Path: path, Reason: "was not written", Next: nextAgain, Err: durable.Cause(err)}
	}
	return nil
}

// What an operator can do about a file that cannot be written.
const (
	nextOut   = "name another file with --out"
	nextClose = "close it, and run the same command again"
	nextSpace = "free some space there, or set " + durable.TempVariable + " to another folder, and run the same command again; the journal has every answer"
	nextAgain = "fix the cause and run the same command again; the journal has every answer"
)

// FileError says why the workbook, file or folder at Path cannot be written.
type FileError struct {
	Path string
	// Kind says what should be there; "" is a workbook or a file, by its name.
	Kind string
	// Reason is the cause in words, Next is what to do about it.
	Reason, Next string
	// Err is the system's own error, nil where Reason says everything.
	Err error
}

// Error names the file, the reason and the system's error.
func (e *FileError) Error() string {
	kind := cmp.Or(e.Kind, "file")
	if e.Kind == "" && strings.EqualFold(filepath.Ext(e.Path), ".xlsx") {
		kind = "workbook"
	}
	message := kind + " " + text.Line(e.Path) + ": " + e.Reason
	if e.Err != nil {
		message += ": " + text.Error(e.Err)
	}
	return message
}

// Unwrap returns the system's error.
func (e *FileError) Unwrap() error { return e.Err }

// Hint says what to do next.
func (e *FileError) Hint() string { return e.Next }
