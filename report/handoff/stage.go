package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

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

// write makes a file that only its owner can read.
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
	return errors.Join(err, f.Close())
}

// syncers is how many files are put on disk at a time: a disk takes many
// together in the time of one.
const syncers = 16

// sync puts everything in the stage on disk.
func (s *stage) sync(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(syncers)
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		group.Go(func() error {
			if d.IsDir() {
				return durable.SyncFolder(path)
			}
			return syncFile(path)
		})
		return nil
	})
	return errors.Join(group.Wait(), err)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0) // Windows syncs no file that is open to read
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
