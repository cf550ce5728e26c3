package journal

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"guestlist/internal/durable"
)

// minDatabase is the size of SQLite's smallest page, in bytes. SQLite takes a
// shorter file for an empty one and writes over it.
const minDatabase = 512

// create makes the file before SQLite does, which would make it readable for
// everybody. It does not touch a file that is there: closing one drops the
// locks that this process holds on it.
func create(path string) error {
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return &ForeignError{path, "is a folder"}
	case err == nil && info.Size() > 0 && info.Size() < minDatabase:
		return &ForeignError{path, "is not a journal"}
	case err == nil:
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &DiskError{path, err}
	}
	if err := errors.Join(f.Close(), durable.SyncFolder(filepath.Dir(path))); err != nil {
		return &DiskError{path, err}
	}
	return nil
}

// dsn opens with the settings that durability and network shares need. They
// must be set before anything is read.
func dsn(path string) string {
	path = filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		path = "/" + path
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	file.RawQuery = url.Values{"_pragma": {
		"busy_timeout(1000)",
		"locking_mode(EXCLUSIVE)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"fullfsync(ON)", // macOS: fsync alone leaves data in the drive's cache
		"checkpoint_fullfsync(ON)",
		"cache_size(-16384)", // 16 MiB: twice as fast as 2 with a million addresses in no order, and more is no faster
		"temp_store(MEMORY)", // addresses have no place in the system's temporary folder
	}}.Encode()
	return file.String()
}
