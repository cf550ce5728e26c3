package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"guestlist/internal/durable"
)

// probeSize is what [Reserve] writes to find a full disk: more than a file
// system may keep inside its own tables.
const probeSize = 64 << 10

// Reserve proves that the results at path can be written later, and leaves
// nothing behind: its folder takes a new file, and a file that is already
// there may be replaced and is not open in a spreadsheet program. Its errors
// are [*FileError].
func Reserve(path string) error {
	if err := folderWritable(path); err != nil {
		return err
	}
	if err := replaceable(path); err != nil {
		return err
	}
	return notOpen(path)
}

// folderWritable creates, fills and removes a file beside path.
func folderWritable(path string) error {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, durable.TempPattern)
	if errors.Is(err, fs.ErrNotExist) {
		return &FileError{Path: path, Reason: "the folder " + folder + " does not exist", Next: "make the folder, or " + nextOut}
	}
	if err != nil {
		return &FileError{Path: path, Reason: "the folder " + folder + " cannot be written to", Next: nextOut + " in a folder of your own", Err: durable.Cause(err)}
	}
	_, err = f.Write(make([]byte, probeSize))
	if err := errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return &FileError{Path: path, Reason: "the folder " + folder + " takes no more", Next: "make room there, or " + nextOut, Err: durable.Cause(err)}
	}
	return nil
}

// replaceable refuses a folder, a device and a read-only file. A rename would
// get past the read-only mark, but its owner set it for a reason. Opening the
// file finds a program that holds it, where the system tells (Windows).
func replaceable(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &FileError{Path: path, Reason: "cannot be looked at", Next: nextOut, Err: durable.Cause(err)}
	}
	if !info.Mode().IsRegular() {
		return &FileError{Path: path, Reason: "is not a file but a " + kind(info), Next: nextOut}
	}
	if info.Mode().Perm()&0o200 == 0 {
		return &FileError{Path: path, Reason: "is marked read-only", Next: "take the mark off, or " + nextOut}
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
				Next: nextClose + "; if nobody has it open, delete " + owner,
			}
		}
	}
	return nil
}
