package journal

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"guestlist/internal/durable"
)

// dataSource is the file as SQLite opens it, with the settings that durability,
// the lock and network shares need. They must be set before anything is read.
//
// The lock is SQLite's own: in exclusive mode a connection keeps the lock of its
// first transaction until it is closed, and needs no shared memory for the log.
func dataSource(path string) string {
	return fileURI(runtime.GOOS, path) + "?" + url.Values{"_pragma": {
		"busy_timeout(1000)",
		"locking_mode(EXCLUSIVE)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"fullfsync(ON)", // macOS: fsync alone leaves data in the drive's cache
		"checkpoint_fullfsync(ON)",
		"cache_size(-16384)", // 16 MiB: twice as fast as 2 for a million addresses in random order; more is no faster
		"temp_store(MEMORY)", // addresses must not get into the system's temporary folder
	}}.Encode()
}

// fileURI is a path of a system (a GOOS) as SQLite takes it (sqlite.org/uri.html). A
// full path follows an empty authority: what stands behind two slashes alone would be
// the name of a machine. On Windows, that of a share, \\server\share, thus begins with four;
// \\?\ turns off that Windows reads / as \, so that such a path keeps its own.
func fileURI(system, path string) string {
	if system == "windows" {
		switch path = windowsSlashes(path); {
		case strings.HasPrefix(path, `\\`):
			return "file:" + url.PathEscape(path)
		case len(path) > 1 && path[1] == ':':
			return "file:///" + (&url.URL{Path: path}).EscapedPath()
		}
	}
	escaped := (&url.URL{Path: path}).EscapedPath()
	if strings.HasPrefix(path, "/") {
		return "file://" + escaped
	}
	return "file:" + escaped
}

// windowsSlashes gives a path of Windows with slashes, unless it is one that Windows takes
// as it stands.
func windowsSlashes(path string) string {
	if strings.HasPrefix(path, `\\?\`) {
		return path
	}
	return strings.ReplaceAll(path, `\`, "/")
}

// Holder is the process that has a journal open.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// holderPath is a note beside the journal that names its holder. It decides
// nothing, SQLite's lock does: it is there because a locked database cannot be
// read.
func holderPath(path string) string { return path + ".lock" }

func readHolder(path string) Holder {
	var h Holder
	if text, err := os.ReadFile(holderPath(path)); err == nil && json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

func writeHolder(path string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	return durable.WritePrivate(holderPath(path), text)
}

// BusyError says that another process has the journal open, and which one as far
// as it left a note.
type BusyError struct {
	Path   string
	Holder Holder
}

func (e *BusyError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("journal %s: another process has it open", e.Path)
	}
	return fmt.Sprintf("journal %s: process %d on %s has had it open since %s",
		e.Path, e.Holder.PID, e.Holder.Host, e.Holder.Since.Format(time.RFC3339))
}

// Hint tells how to go on.
func (e *BusyError) Hint() string {
	return "wait for that run to end, or stop it; a lock of a process that died frees itself"
}
