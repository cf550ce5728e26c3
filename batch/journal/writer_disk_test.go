package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk sees every change that SQLite makes to the files of one folder, and may
// refuse it.
type disk struct {
	// refuse returns a result code of SQLite, 0 to let the change through. It
	// is called with the lock held.
	refuse func(change) int32
	// recording keeps changes in their order, with what was written.
	recording bool

	mu      sync.Mutex
	changes []change
}

// change is one call that alters a file.
type change struct {
	kind changeKind
	file string // its name in the folder
	at   int64  // offset, or the new size
	size int
	data []byte // when recording
}

type changeKind uint8

const (
	created changeKind = iota
	written
	truncated
	synced
	deleted
)

// watch puts a disk between SQLite and a new folder.
func watch(t *testing.T) (folder string, d *disk) {
	t.Helper()
	shim.install(t)
	folder, d = t.TempDir(), &disk{}
	shim.Lock()
	defer shim.Unlock()
	shim.disks[folder] = d
	return folder, d
}

// seen is how many changes there were so far.
func (d *disk) seen() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.changes)
}

// mend lets everything pass from now on.
func (d *disk) mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = nil
}

// fill leaves no more room on the disk than the files of the folder have now.
func (d *disk) fill(t *testing.T, folder string) {
	t.Helper()
	capacity := used(folder)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = func(c change) int32 {
		info, err := os.Stat(filepath.Join(folder, c.file))
		if c.kind != written || err != nil {
			return sqlite3.SQLITE_OK
		}
		if grows := c.at + int64(c.size) - info.Size(); grows > 0 && used(folder)+grows > capacity {
			return sqlite3.SQLITE_FULL
		}
		return sqlite3.SQLITE_OK
	}
}

func used(folder string) (bytes int64) {
	files, _ := os.ReadDir(folder)
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// change is asked before every change.
func (d *disk) change(c change) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		if code := d.refuse(c); code != 0 {
			return code
		}
	}
	if d.recording {
		d.changes = append(d.changes, c)
	}
	return sqlite3.SQLITE_OK
}

// shim is SQLite's way to the system with our calls in front of those that
// change files. It is installed for the whole process and lets everything pass
// outside of the folders that are watched.
var shim = &vfsShim{disks: map[string]*disk{}, files: map[uintptr]watched{}}

type vfsShim struct {
	sync.Mutex

	once   sync.Once
	disks  map[string]*disk // by folder
	files  map[uintptr]watched
	system sqlite3.Tsqlite3_vfs
	tables map[uintptr]uintptr // our copies of the system's tables of methods
	calls  []any               // keeps our functions alive: C memory does not
}

// watched is an open file in a watched folder.
type watched struct {
	*disk

	name   string
	system *sqlite3.Tsqlite3_io_methods
}

// at reads a C pointer.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// callable makes a Go function of a C function pointer.
func callable[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

// pointer is the opposite.
func pointer[F any](s *vfsShim, f F) uintptr {
	s.calls = append(s.calls, f)
	return *(*uintptr)(unsafe.Pointer(&f))
}

// copied gives a copy in C memory, which stays for as long as the process.
func copied[T any](original *T) *T {
	tls := libc.NewTLS()
	defer tls.Close()
	ours := at[T](libc.Xmalloc(tls, types.Size_t(unsafe.Sizeof(*original))))
	*ours = *original
	return ours
}

type (
	openFunc     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	deleteFunc   = func(*libc.TLS, uintptr, uintptr, int32) int32
	closeFunc    = func(*libc.TLS, uintptr) int32
	writeFunc    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	truncateFunc = func(*libc.TLS, uintptr, int64) int32
	syncFunc     = func(*libc.TLS, uintptr, int32) int32
)

func (s *vfsShim) install(t *testing.T) {
	t.Helper()
	s.once.Do(func() {
		tls := libc.NewTLS()
		defer tls.Close()
		ours := copied(at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0)))
		s.system, s.tables = *ours, map[uintptr]uintptr{}
		name, err := libc.CString("watched")
		if err != nil {
			t.Fatal(err)
		}
		ours.FzName = name
		ours.FxOpen = pointer[openFunc](s, s.open)
		ours.FxDelete = pointer[deleteFunc](s, s.delete)
		if code := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(ours)), 1); code != 0 {
			t.Fatalf("register: %d", code)
		}
	})
}

// locate tells whether a file is in a watched folder.
func (s *vfsShim) locate(path uintptr) (*disk, string) {
	if path == 0 {
		return nil, ""
	}
	folder, name := filepath.Split(libc.GoString(path))
	s.Lock()
	defer s.Unlock()
	return s.disks[strings.TrimSuffix(folder, string(filepath.Separator))], name
}

func (s *vfsShim) open(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	d, name := s.locate(path)
	if d != nil && flags&sqlite3.SQLITE_OPEN_CREATE != 0 {
		if code := d.change(change{kind: created, file: name}); code != 0 {
			at[sqlite3.Tsqlite3_file](file).FpMethods = 0
			return code
		}
	}
	code := callable[openFunc](s.system.FxOpen)(tls, vfs, path, file, flags, out)
	if code != 0 || d == nil {
		return code
	}
	s.Lock()
	defer s.Unlock()
	f := at[sqlite3.Tsqlite3_file](file)
	s.files[file] = watched{d, name, at[sqlite3.Tsqlite3_io_methods](f.FpMethods)}
	f.FpMethods = s.front(f.FpMethods)
	return code
}

// front gives a copy of a table of methods with our calls in it.
func (s *vfsShim) front(system uintptr) uintptr {
	if ours, ok := s.tables[system]; ok {
		return ours
	}
	ours := copied(at[sqlite3.Tsqlite3_io_methods](system))
	ours.FxClose = pointer[closeFunc](s, s.close)
	ours.FxWrite = pointer[writeFunc](s, s.write)
	ours.FxTruncate = pointer[truncateFunc](s, s.truncate)
	ours.FxSync = pointer[syncFunc](s, s.sync)
	s.tables[system] = uintptr(unsafe.Pointer(ours))
	return s.tables[system]
}

func (s *vfsShim) file(file uintptr) watched {
	s.Lock()
	defer s.Unlock()
	return s.files[file]
}

func (s *vfsShim) close(tls *libc.TLS, file uintptr) int32 {
	f := s.file(file)
	s.Lock()
	delete(s.files, file)
	s.Unlock()
	return callable[closeFunc](f.system.FxClose)(tls, file)
}

func (s *vfsShim) write(tls *libc.TLS, file, from uintptr, size int32, offset int64) int32 {
	f := s.file(file)
	c := change{kind: written, file: f.name, at: offset, size: int(size)}
	if f.recording {
		c.data = append([]byte(nil), unsafe.Slice(at[byte](from), size)...)
	}
	code := f.change(c)
	if code != 0 {
		size /= 2 // a disk that fills up takes a part
	}
	if failed := callable[writeFunc](f.system.FxWrite)(tls, file, from, size, offset); failed != 0 {
		return failed
	}
	return code
}

func (s *vfsShim) truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := s.file(file)
	if code := f.change(change{kind: truncated, file: f.name, at: size}); code != 0 {
		return code
	}
	return callable[truncateFunc](f.system.FxTruncate)(tls, file, size)
}

// sync lets SQLite believe that the disk did it: what is on disk is decided by
// the tests, and they run in a tenth of the time.
func (s *vfsShim) sync(_ *libc.TLS, file uintptr, _ int32) int32 {
	f := s.file(file)
	return f.change(change{kind: synced, file: f.name})
}

func (s *vfsShim) delete(tls *libc.TLS, vfs, path uintptr, syncFolder int32) int32 {
	if d, name := s.locate(path); d != nil {
		if code := d.change(change{kind: deleted, file: name}); code != 0 {
			return code
		}
	}
	return callable[deleteFunc](s.system.FxDelete)(tls, vfs, path, syncFolder)
}
