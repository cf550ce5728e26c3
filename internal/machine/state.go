// Package machine is what the runs of a user on one machine know of each other:
// the journals that were written for a tenant, and which run works on the tenant
// now. It is kept in the user's state folder and contains paths and no addresses.
package machine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/durable"
)

// FolderVariable is the environment variable that names the state folder.
const FolderVariable = "GUESTLIST_STATE"

// DefaultFolder is the state folder of the user: what GUESTLIST_STATE says, else
// where programs of the system (a GOOS) keep their state. Env reads a variable of
// the environment, home is the user's home folder.
func DefaultFolder(system, home string, env func(string) string) (string, error) {
	const program = "guestlist"
	if folder := env(FolderVariable); folder != "" {
		if !filepath.IsAbs(folder) {
			return "", fmt.Errorf("%s names %q: what runs know of each other must not depend on the folder that they start in; give its full path", FolderVariable, folder)
		}
		return folder, nil
	}
	var base string
	switch system {
	case "windows":
		base = cmp.Or(env("LOCALAPPDATA"), below(home, "AppData", "Local"))
	case "darwin":
		base = below(home, "Library", "Application Support")
	default:
		if base = env("XDG_STATE_HOME"); !filepath.IsAbs(base) { // the XDG specification has it ignored then
			base = below(home, ".local", "state")
		}
	}
	if base == "" {
		return "", errors.New("the user has no home folder; set " + FolderVariable + " to a folder for guestlist's state")
	}
	return filepath.Join(base, program), nil
}

func below(home string, names ...string) string {
	if home == "" {
		return ""
	}
	return filepath.Join(append([]string{home}, names...)...)
}

// State is the state folder of a user. The folder need not exist.
type State struct{ Folder string }

// Copies is the folder for copies of journals that are in use, while they are read.
func (s State) Copies() string { return filepath.Join(s.Folder, "copies") }

// StateError says that the state folder cannot be used.
type StateError struct {
	Path string
	Err  error
}

func (e *StateError) Error() string {
	return fmt.Sprintf("state folder: %s: %v", e.Path, durable.Cause(e.Err))
}

// Unwrap returns the error of the system.
func (e *StateError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *StateError) Hint() string {
	return "see that the folder may be written to, or set " + FolderVariable + " to another one"
}

// Registered is a journal that was written on this machine. It may have been moved or
// deleted since.
type Registered struct {
	Path string
	// Batch is what the journal is known by wherever it stands, "" for one that an
	// earlier version registered.
	Batch string
	// Used is when it was registered last, Running whether a run began then that has not
	// come to its end: it may be going on, or was killed at any later time.
	Used    time.Time
	Running bool
	// Progress is the number that the journal had then; an older copy has a smaller one.
	Progress int64
}

// running is the mark in a note.
const running = "running"

// Register remembers that a journal is written for a tenant now, whatever its Used. Each
// journal has a file of its own, so that any number of processes may register at the same
// time.
func (s State) Register(tenant string, j Registered) error {
	path, err := filepath.Abs(j.Path)
	if err != nil {
		return &StateError{j.Path, err}
	}
	return writeNote(s.note(tenant, path), func(w io.Writer) error {
		mark := ""
		if j.Running {
			mark = running
		}
		_, err := fmt.Fprintf(w, "%s\n%s\n%d\n%s\n", path, j.Batch, j.Progress, mark)
		return err
	})
}

// writeNote replaces a file of the state folder, whose folders need not exist.
func writeNote(path string, write func(io.Writer) error) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = durable.Replace(path, write)
	}
	if err != nil {
		return &StateError{path, err}
	}
	return nil
}

// Forget removes a journal from those of a tenant. It has no effect on the journal.
func (s State) Forget(tenant, journal string) error {
	path, err := filepath.Abs(journal)
	if err != nil {
		return &StateError{journal, err}
	}
	note := s.note(tenant, path)
	if err := os.Remove(note); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &StateError{note, err}
	}
	return nil
}

// Journals returns the journals of a tenant, sorted by their paths.
func (s State) Journals(tenant string) ([]Registered, error) { return s.in(s.folderOf(tenant)) }

// in returns the journals whose notes are in a folder.
func (s State) in(folder string) ([]Registered, error) {
	notes, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &StateError{folder, err}
	}
	var journals []Registered
	for _, note := range notes {
		if filepath.Ext(note.Name()) != noteSuffix {
			continue // a file that is being written
		}
		content, err := durable.ReadFile(filepath.Join(folder, note.Name()))
		info, infoErr := note.Info()
		path, rest, _ := strings.Cut(string(content), "\n")
		batch, rest, _ := strings.Cut(rest, "\n")
		count, mark, _ := strings.Cut(rest, "\n")
		progress, _ := strconv.ParseInt(count, 10, 64) // none in a note of an earlier version
		switch err := errors.Join(err, infoErr); {
		case errors.Is(err, fs.ErrNotExist): // forgotten meanwhile
		case err != nil:
			return nil, &StateError{filepath.Join(folder, note.Name()), err}
		case filepath.IsAbs(path):
			journals = append(journals, Registered{path, batch, info.ModTime(), strings.TrimSpace(mark) == running, progress})
		}
	}
	slices.SortFunc(journals, func(a, b Registered) int { return strings.Compare(a.Path, b.Path) })
	return journals, nil
}

// AllJournals returns those of all tenants, sorted by their paths.
func (s State) AllJournals() ([]Registered, error) {
	folder := filepath.Join(s.Folder, "journals")
	tenants, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &StateError{folder, err}
	}
	var all []Registered
	for _, tenant := range tenants {
		journals, err := s.in(filepath.Join(folder, tenant.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, journals...)
	}
	slices.SortFunc(all, func(a, b Registered) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

const noteSuffix = ".journal"

// ofTenant is a file that a tenant has one of, by its ending.
func (s State) ofTenant(tenant, ending string) string {
	return filepath.Join(s.Folder, "tenants", fileName(tenant)+ending)
}

func (s State) folderOf(tenant string) string {
	return filepath.Join(s.Folder, "journals", fileName(tenant))
}

func (s State) note(tenant, path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(s.folderOf(tenant), hex.EncodeToString(sum[:12])+noteSuffix)
}

// fileName is a name for the files of a tenant: its id, which is a GUID, or a hash
// of another text.
func fileName(tenant string) string {
	name := strings.ToLower(tenant)
	if name == "" {
		return "unknown"
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(name) > 64 {
		sum := sha256.Sum256([]byte(name))
		return hex.EncodeToString(sum[:])
	}
	return name
}
