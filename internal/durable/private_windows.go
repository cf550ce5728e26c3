package durable

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// user is the SID of who runs the program.
var user = sync.OnceValues(func() (string, error) {
	who, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", err
	}
	return who.User.Sid.String(), nil
})

// descriptor is what a new file or folder is made with; inherit is ofFile or ofFolder.
func descriptor(inherit string) (*windows.SECURITY_DESCRIPTOR, error) {
	sid, err := user()
	if err != nil {
		return nil, err
	}
	return windows.SecurityDescriptorFromString(rightsOf(sid, inherit))
}

func attributes(inherit string) (*windows.SecurityAttributes, error) {
	rights, err := descriptor(inherit)
	if err != nil {
		return nil, err
	}
	a := &windows.SecurityAttributes{SecurityDescriptor: rights}
	a.Length = uint32(unsafe.Sizeof(*a))
	return a, nil
}

// CreatePrivate opens a new file that only its owner, the system and administrators can
// read, as [os.OpenFile] does with O_CREATE: nobody else can from the moment in which it
// is there. Flag is O_RDWR or O_WRONLY, and O_EXCL or O_TRUNC.
func CreatePrivate(path string, flag int) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	rights, err := attributes(ofFile)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	access := uint32(windows.GENERIC_WRITE)
	if flag&os.O_RDWR != 0 {
		access |= windows.GENERIC_READ
	}
	how := uint32(windows.OPEN_ALWAYS)
	switch {
	case flag&os.O_EXCL != 0:
		how = windows.CREATE_NEW
	case flag&os.O_TRUNC != 0:
		how = windows.CREATE_ALWAYS
	}
	handle, err := windows.CreateFile(name, access, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, rights, how, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}

// MkdirPrivate makes a folder that only its owner, the system and administrators can
// enter, and so all that is made in it.
func MkdirPrivate(path string) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	rights, err := attributes(ofFolder)
	if err == nil {
		err = windows.CreateDirectory(name, rights)
	}
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return nil
}

// MakePrivate takes a file away from everybody but its owner, the system and
// administrators.
func MakePrivate(path string) error {
	rights, err := descriptor(ofFile)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return &fs.PathError{Op: "chmod", Path: path, Err: err}
	}
	const access, share = windows.WRITE_DAC | windows.READ_CONTROL, windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	handle, err := windows.CreateFile(name, access, share, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err == nil {
		err = errors.Join(windows.SetKernelObjectSecurity(handle, windows.DACL_SECURITY_INFORMATION, rights), windows.CloseHandle(handle))
	}
	if err != nil {
		return &fs.PathError{Op: "chmod", Path: path, Err: err}
	}
	return nil
}

// IsPrivate reports whether nobody but its owner, the system and administrators can read
// a file. Some drives and shares keep no such rights.
func IsPrivate(path string) bool {
	sid, err := user()
	if err != nil {
		return false
	}
	rights, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	return err == nil && !grantsOthers(rights.String(), sid)
}

// createTemp is [os.CreateTemp] for a private file.
func createTemp(folder, pattern string) (f *os.File, err error) {
	err = unusedName(folder, pattern, func(path string) error {
		f, err = CreatePrivate(path, os.O_RDWR|os.O_EXCL)
		return err
	})
	return f, err
}

// mkdirTemp is [os.MkdirTemp] for a private folder.
func mkdirTemp(parent, pattern string) (made string, err error) {
	err = unusedName(parent, pattern, func(path string) error {
		made = path
		return MkdirPrivate(path)
	})
	return made, err
}

// unusedName makes something under a name that nothing has yet.
func unusedName(folder, pattern string, create func(path string) error) error {
	if folder == "" {
		folder = os.TempDir()
	}
	before, after, _ := strings.Cut(pattern, "*")
	const tries = 10_000
	for try := 1; ; try++ {
		err := create(filepath.Join(folder, before+strconv.FormatUint(rand.Uint64(), 36)+after)) //nolint:gosec // a name need not be hard to guess
		if try == tries || !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}
