package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
)

// keep copies a list that comes from a reader into a private file.
func (l *List) keep(r io.Reader) (err error) {
	if l.spool, err = newScratch(); err != nil {
		return err
	}
	if l.file, err = os.OpenFile(filepath.Join(l.spool, "list"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return noRoom(err)
	}
	digest := sha256.New()
	if l.size, err = spool(io.MultiWriter(l.file, digest), r); err != nil {
		return err
	}
	info, err := l.file.Stat()
	if err != nil {
		return unreadable(err)
	}
	l.modified = info.ModTime()
	l.sum = hex.EncodeToString(digest.Sum(nil))
	return nil
}

// spool copies, and tells a reader that fails from a folder that is full.
func spool(to io.Writer, from io.Reader) (int64, error) {
	kept := &recorder{w: to}
	n, err := io.Copy(kept, from)
	switch {
	case kept.err != nil:
		return n, noRoom(kept.err)
	case err != nil:
		return n, &faultError{what: "cannot read the list", cause: withoutPath(err)}
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

// noRoom says that the temporary folder does not take what must be kept there.
func noRoom(err error) error {
	return &faultError{
		what:  "cannot keep a copy of the list in the temporary folder " + os.TempDir(),
		hint:  "Free some room there, or name another folder in the environment variable TMPDIR (TMP on Windows).",
		cause: withoutPath(err),
	}
}
