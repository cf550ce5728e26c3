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

	"guestlist/batch"
	"guestlist/internal/durable"
)

// writer writes the files of a hand-off.
type writer struct {
	opt   Options
	facts batch.RunFacts
	packs []pack
}

// writePack writes the folder of one pack.
func (w writer) writePack(ctx context.Context, s *stage, p *pack) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.Name == "" {
		return nil
	}
	if err := s.mkdir(p.Name); err != nil {
		return err
	}
	files, err := w.files(ctx, s, p)
	if err != nil {
		return err
	}
	for _, f := range files {
		name := p.Name + "/" + f.name
		if err := s.write(name, f.content); err != nil {
			return err
		}
		p.Files = append(p.Files, name)
	}
	return nil
}

// files makes the workbook, the messages and the drafts of a pack.
func (w writer) files(ctx context.Context, s *stage, p *pack) ([]attachment, error) {
	workbook, err := p.workbook(ctx, s.scratch(), w.facts)
	if err != nil {
		return nil, err
	}
	files := []attachment{{name: p.Name + ".xlsx", kind: kindWorkbook, content: workbook}}
	if len(p.linked) > 0 {
		messages, err := p.messages(w.opt.Template)
		if err != nil {
			return nil, err
		}
		files = append(files, attachment{name: p.Name + ".txt", kind: kindText, content: messages})
	}
	if w.opt.GuestMail {
		return w.guestDrafts(ctx, p, files)
	}
	eml, err := p.ownerDraft(w.opt.Template, files)
	return append(files, attachment{name: p.Name + ".eml", content: eml}), err
}

// guestDrafts adds a draft for each guest with a link.
func (w writer) guestDrafts(ctx context.Context, p *pack, files []attachment) ([]attachment, error) {
	names := newNamer()
	for i, g := range p.linked {
		if i%checkRows == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		eml, err := p.guestDraft(w.opt.Template, g)
		if err != nil {
			return nil, err
		}
		files = append(files, attachment{name: names.name(g.EmailAddress) + ".eml", content: eml})
	}
	return files, nil
}

// writeIndex writes the workbook that says what went where.
func (w writer) writeIndex(ctx context.Context, s *stage) error {
	content, err := indexWorkbook(ctx, s.scratch(), w.facts, w.packs)
	if err != nil {
		return err
	}
	return s.write(indexName, content)
}

// stage is the folder in which a hand-off is made. It is beside the final place,
// so that one rename is enough to make the hand-off appear there.
type stage struct {
	root *durable.TempFolder
	// files are the SHA-256 of what was written, by path with slashes.
	files map[string]string
}

// newStage makes the folder: packs inside becomes the hand-off, scratch is for
// temporary files of the workbooks, which hold links as well.
func newStage(parent string) (*stage, error) {
	root, err := durable.NewTempFolder(parent, stagePattern)
	if err != nil {
		return nil, err
	}
	s := &stage{root: root, files: make(map[string]string)}
	if err := errors.Join(durable.MkdirPrivate(s.packs()), durable.MkdirPrivate(s.scratch())); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *stage) packs() string   { return filepath.Join(s.root.Path, "packs") }
func (s *stage) scratch() string { return filepath.Join(s.root.Path, "scratch") }

// remove deletes what is left of the stage.
func (s *stage) remove() { _ = s.root.Remove() }

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
	f, err := durable.CreatePrivate(path, os.O_WRONLY|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// syncers is how many files are synced at the same time: a disk writes many
// together nearly as fast as one.
const syncers = 16

// sync puts everything that the stage has made on disk.
func (s *stage) sync(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(syncers)
	err := filepath.WalkDir(s.root.Path, func(path string, d fs.DirEntry, err error) error {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if path == s.scratch() {
			return fs.SkipDir
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
	f, err := os.OpenFile(path, os.O_WRONLY, 0) // Windows cannot sync a file that is open for reading
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
