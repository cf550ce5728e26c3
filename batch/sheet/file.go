package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"guestlist/batch/sheet/xlsx"
	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// sourceFile is the file of a list. It is read more than once and must stay as it
// is meanwhile.
type sourceFile struct {
	handle   *os.File
	size     int64
	modified time.Time
	sum      string
	// folder is that of a list that came from a reader, nil for none.
	folder *durable.TempFolder
}

// openFile opens a file that can be read more than once, and takes its digest.
func openFile(path string) (*sourceFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &faultError{what: "cannot open the list", hint: "Check the path of the list; guestlist template writes a list to fill in.", cause: durable.Cause(err)}
	}
	if info.IsDir() {
		return nil, folderError(path)
	}
	if !info.Mode().IsRegular() {
		return nil, &faultError{what: "this is not a regular file, and a list is read twice", hint: "Save the list to a file, or give - and pipe it to standard input."}
	}
	f := &sourceFile{size: info.Size(), modified: info.ModTime()}
	if f.handle, err = durable.OpenShared(path); err != nil {
		return nil, &faultError{
			what: "cannot open the list", cause: durable.Cause(err),
			hint: "Check that you may read it and that no other program holds it open.",
		}
	}
	digest := sha256.New()
	if _, err = io.Copy(digest, f.handle); err != nil {
		_ = f.close()
		return nil, unreadable(err)
	}
	f.sum = hex.EncodeToString(digest.Sum(nil))
	return f, nil
}

// folderError says what to do with a folder. Documents of Apple's programs are
// folders to all other programs.
func folderError(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".numbers", ".pages", ".key":
		return &NotListError{What: "an Apple Numbers, Pages or Keynote document", advice: exportAsCSV}
	}
	return &faultError{what: "this is a folder, not a file", hint: "Give the file in it that holds the list."}
}

// keepFile copies a list that comes from a reader into a private file.
func keepFile(r io.Reader) (*sourceFile, error) {
	kept, err := newScratchFile("list")
	if err != nil {
		return nil, err
	}
	f := &sourceFile{handle: kept.File, folder: kept.folder}
	digest := sha256.New()
	if f.size, err = copyList(io.MultiWriter(f.handle, digest), r); err == nil {
		var info os.FileInfo
		if info, err = f.handle.Stat(); err == nil {
			f.modified, f.sum = info.ModTime(), hex.EncodeToString(digest.Sum(nil))
			return f, nil
		}
		err = unreadable(err)
	}
	_ = f.close()
	return nil, err
}

// copyList copies a list. Its error says whether the reader failed or the folder is
// full.
func copyList(to io.Writer, from io.Reader) (int64, error) {
	kept := &recorder{w: to}
	n, err := io.Copy(kept, from)
	switch {
	case kept.err != nil:
		return n, noRoom(kept.err)
	case err != nil:
		return n, &faultError{what: "cannot read the list", cause: durable.Cause(err)}
	}
	return n, nil
}

// recorder remembers why a write failed.
type recorder struct {
	w   io.Writer
	err error
}

func (r *recorder) Write(p []byte) (n int, err error) {
	n, r.err = r.w.Write(p)
	return n, r.err
}

// content reads the file's bytes from the start.
func (f *sourceFile) content() io.Reader { return io.NewSectionReader(f.handle, 0, f.size) }

// head is the beginning of the file, headSize bytes at most.
func (f *sourceFile) head() ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(f.content(), head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, unreadable(err)
	}
	return head[:n], nil
}

// checkUnchanged refuses a file that was written to in the meantime: the rows that
// were checked would not be those that are sent. A new file put in its place, as
// Excel does it, leaves ours as it was.
func (f *sourceFile) checkUnchanged() error {
	info, err := f.handle.Stat()
	if err != nil {
		return unreadable(err)
	}
	if info.Size() == f.size && info.ModTime().Equal(f.modified) {
		return nil
	}
	return &faultError{
		what: "the list was changed while it was being used",
		hint: "Save and close it in other programs, then run the command again.",
	}
}

// close closes the file, and removes it if it is a copy.
func (f *sourceFile) close() error {
	err := f.handle.Close()
	if f.folder != nil {
		err = errors.Join(err, f.folder.Remove())
	}
	return err
}

// unreadable says that the file cannot be read.
func unreadable(err error) error {
	return &faultError{
		what: "cannot read the list", cause: durable.Cause(err),
		hint: "Copy it to a folder of this machine and give that copy.",
	}
}

// scratchPrefix is what the names of our folders among the temporary files begin
// with.
const scratchPrefix = "guestlist-list-"

// scratchFile is a file in a private folder of its own (mode 0700).
type scratchFile struct {
	*os.File

	// folder is nil where the file is in none any more.
	folder *durable.TempFolder
}

// newScratchFile makes such a file, and removes what killed runs left behind. Where the
// system lets an open file be deleted, it has no name from the start: whatever ends the
// program, nothing of the list stays.
func newScratchFile(name string) (*scratchFile, error) {
	durable.Sweep(os.TempDir(), scratchPrefix+"*")
	folder, err := durable.NewTempFolder("", scratchPrefix+"*")
	if err != nil {
		return nil, &faultError{
			what: "cannot make a folder for the list in the temporary folder " + text.Printable(os.TempDir()),
			hint: roomHint, cause: durable.Cause(err),
		}
	}
	file, err := durable.CreatePrivate(filepath.Join(folder.Path, name), os.O_RDWR|os.O_EXCL)
	if err != nil {
		_ = folder.Remove()
		return nil, noRoom(err)
	}
	if runtime.GOOS == "windows" {
		return &scratchFile{file, folder}, nil
	}
	if err := folder.Remove(); err != nil {
		_ = file.Close()
		return nil, noRoom(err)
	}
	return &scratchFile{file, nil}, nil
}

// newSpill makes a file for the texts of a workbook that do not fit into memory.
func newSpill() (xlsx.Spill, error) {
	file, err := newScratchFile("strings")
	if err != nil {
		return nil, err
	}
	return file, nil
}

// WriteAt explains a full disk.
func (f *scratchFile) WriteAt(p []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(p, at)
	if err != nil {
		err = noRoom(err)
	}
	return n, err
}

// Close removes the file.
func (f *scratchFile) Close() error {
	_ = f.File.Close() // it goes with its folder
	if f.folder == nil {
		return nil
	}
	return f.folder.Remove()
}

const roomHint = "Free some room there, or name another folder in the environment variable " + durable.TempVariable + "."

// noRoom says that the temporary folder does not take what must be kept there.
func noRoom(err error) error {
	return &faultError{
		what: "cannot keep a copy of the list in the temporary folder " + text.Printable(os.TempDir()),
		hint: roomHint, cause: durable.Cause(err),
	}
}
