package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"guestlist/internal/durable"
)

// stage is the folder in which a hand-off is made, beside its final place, so
// that one rename makes it appear.
type stage struct {
	root string
	// files are the SHA-256 of what was written, by path with slashes.
	files map[string]string
}

// newStage makes the folder: packs inside becomes the hand-off, scratch is for
// the temporary files of others, which hold links as well.
func (h *home) newStage() (*stage, error) {
	root, err := os.MkdirTemp(filepath.Dir(h.path), h.stagePrefix()+"*") // mode 0700
	if err != nil {
		return nil, notWritten(h.path, err)
	}
	s := &stage{root: root, files: make(map[string]string)}
	if err := errors.Join(os.Mkdir(s.packs(), 0o700), os.Mkdir(s.scratch(), 0o700)); err != nil {
		s.remove()
		return nil, notWritten(h.path, err)
	}
	return s, nil
}

func (s *stage) packs() string   { return filepath.Join(s.root, "packs") }
func (s *stage) scratch() string { return filepath.Join(s.root, "scratch") }

// remove takes away what is left of the stage.
func (s *stage) remove() { _ = os.RemoveAll(s.root) }

// mkdir makes the folder of a pack.
func (s *stage) mkdir(name string) error { return os.Mkdir(filepath.Join(s.packs(), name), 0o700) }

// write makes a file that only its owner can read and puts it on disk.
func (s *stage) write(name string, content []byte) error {
	if err := writeNew(filepath.Join(s.packs(), filepath.FromSlash(name)), content); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	s.files[name] = hex.EncodeToString(sum[:])
	return nil
}

func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// sync puts the names in a folder of the stage on disk, "" for the packs themselves.
func (s *stage) sync(name string) error { return durable.SyncFolder(filepath.Join(s.packs(), name)) }
