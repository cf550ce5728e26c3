package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"guestlist/batch"
	"guestlist/internal/durable"
)

// writer writes the files of a hand-off.
type writer struct {
	opt   Options
	most  bounds
	facts batch.RunFacts
	packs []pack
}

// writePacks writes the folders of all packs, as many at a time as there are processors.
func (w writer) writePacks(ctx context.Context, s *stage) error {
	total := 0
	for i := range w.packs {
		total += w.packs[i].served()
	}
	packers := make([]*packer, runtime.GOMAXPROCS(0))
	for i := range packers {
		guests, err := s.guests.Reader()
		if err != nil {
			return err
		}
		packers[i] = &packer{writer: w, stage: s, guests: guests}
	}
	var mu sync.Mutex
	done := 0
	group, stop := errgroup.WithContext(ctx)
	next := make(chan *pack)
	group.Go(func() error {
		defer close(next)
		for i := range w.packs {
			select {
			case next <- &w.packs[i]:
			case <-stop.Done():
				return context.Cause(stop)
			}
		}
		return nil
	})
	for _, packer := range packers {
		group.Go(func() (err error) {
			if packer.book, err = newBook(s.scratch(), w.facts); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, packer.book.Close()) }()
			for p := range next {
				if err := packer.writePack(ctx, p); err != nil {
					return err
				}
				mu.Lock()
				done += p.served()
				w.opt.progress(done, total)
				mu.Unlock()
			}
			return nil
		})
	}
	return group.Wait()
}

// packer writes packs, one at a time.
type packer struct {
	writer

	stage  *stage
	guests *durable.RecordReader[keptGuest]
	// book is empty but while a workbook is made with it.
	book *book
}

// part is the guests of a pack who go into one workbook and one draft: all of them,
// unless they are too many for an email.
type part struct {
	*pack

	// number counts the parts from 1.
	number int
	// links, free and later are the guests of the pack's linked, ready and waiting that are
	// in this part.
	links, free, later []Guest
}

// name is what the files of the part are called.
func (p *part) name() string {
	if p.Parts == 1 {
		return p.Name
	}
	return fmt.Sprintf("%s %s", p.Name, p.which())
}

// which says which part of the pack it is.
func (p *part) which() string { return fmt.Sprintf("%d of %d", p.number, p.Parts) }

// writePack writes the folder of one pack: in as few parts as are small enough.
func (w *packer) writePack(ctx context.Context, p *pack) error {
	if p.Name == "" {
		return nil
	}
	p.Parts = max(1, (p.served()+w.most.guests-1)/w.most.guests)
	for {
		largest, err := w.writeParts(ctx, p)
		if err != nil || largest <= w.most.bytes || p.Parts >= p.served() {
			return err
		}
		if err := w.stage.removePack(p); err != nil {
			return err
		}
		p.Files = nil
		p.Parts = min(p.served(), max(p.Parts+1, p.Parts*largest/w.most.bytes+1))
	}
}

// writeParts writes the parts of a pack, each with its share of the guests of every kind.
// It returns the size of the largest draft to the pack's owner.
func (w *packer) writeParts(ctx context.Context, p *pack) (largest int, err error) {
	if err := w.stage.mkdir(p.Name); err != nil {
		return 0, err
	}
	names := newNamer() // of drafts for guests
	for n := range p.Parts {
		share := func(places []int64) ([]Guest, error) {
			return w.read(ctx, p, places[len(places)*n/p.Parts:len(places)*(n+1)/p.Parts])
		}
		part := &part{pack: p, number: n + 1}
		if part.links, err = share(p.linked); err != nil {
			return 0, err
		}
		if part.free, err = share(p.ready); err != nil {
			return 0, err
		}
		if part.later, err = share(p.waiting); err != nil {
			return 0, err
		}
		size, err := w.writePart(ctx, part, names)
		if err != nil {
			return 0, err
		}
		largest = max(largest, size)
	}
	return largest, nil
}

// read reads guests of a pack again.
func (w *packer) read(ctx context.Context, p *pack, places []int64) ([]Guest, error) {
	guests := make([]Guest, len(places))
	for i, at := range places {
		if i%checkRows == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		kept, err := w.guests.Read(at)
		if err != nil {
			return nil, err
		}
		guests[i] = kept.guest(p)
	}
	return guests, nil
}

// writePart writes the workbook, the messages and the drafts of a part. It returns the
// size of the draft to the pack's owner.
func (w *packer) writePart(ctx context.Context, p *part, names *namer) (draft int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	workbook, err := p.workbook(ctx, w.book)
	if err != nil {
		return 0, err
	}
	files := []attachment{{name: p.name() + ".xlsx", kind: kindWorkbook, content: workbook}}
	if len(p.links) > 0 {
		messages, err := p.messages(w.opt.Template)
		if err != nil {
			return 0, err
		}
		files = append(files, attachment{name: p.name() + ".txt", kind: kindText, content: messages})
	}
	for _, f := range files {
		if err := w.write(p.pack, f); err != nil {
			return 0, err
		}
	}
	if w.opt.GuestMail {
		return 0, w.writeGuestDrafts(ctx, p, names)
	}
	eml, err := p.ownerDraft(w.opt.Template, files)
	if err != nil {
		return 0, err
	}
	return len(eml), w.write(p.pack, attachment{name: p.name() + ".eml", content: eml})
}

// writeGuestDrafts writes a draft for each guest with a link.
func (w *packer) writeGuestDrafts(ctx context.Context, p *part, names *namer) error {
	for i, g := range p.links {
		if i%checkRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		eml, err := p.guestDraft(w.opt.Template, g)
		if err != nil {
			return err
		}
		if err := w.write(p.pack, attachment{name: names.name(g.EmailAddress) + ".eml", content: eml}); err != nil {
			return err
		}
	}
	return nil
}

// write writes a file of a pack.
func (w *packer) write(p *pack, f attachment) error {
	name := p.Name + "/" + f.name
	p.Files = append(p.Files, name)
	return w.stage.write(name, f.content)
}

// writeIndex writes the workbook that says what went where.
func (w writer) writeIndex(ctx context.Context, s *stage) error {
	guests, err := s.guests.Reader()
	if err != nil {
		return err
	}
	content, err := indexWorkbook(ctx, s.scratch(), w.facts, w.packs, guests)
	if err != nil {
		return err
	}
	return s.write(indexName, content)
}

// stage is the folder in which a hand-off is made. It is beside the final place,
// so that one rename is enough to make the hand-off appear there.
type stage struct {
	root *durable.TempFolder
	// guests are those of all packs, ledger is what the folder will remember of them.
	guests *durable.Records[keptGuest]
	ledger *ledgerWriter

	mu sync.Mutex
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
	err = errors.Join(durable.MkdirPrivate(s.packs()), durable.MkdirPrivate(s.scratch()))
	if err == nil {
		s.guests, err = durable.NewRecords[keptGuest](s.scratch())
	}
	if err == nil {
		s.ledger, err = newLedgerWriter(s.scratch())
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *stage) packs() string   { return filepath.Join(s.root.Path, "packs") }
func (s *stage) scratch() string { return filepath.Join(s.root.Path, "scratch") }

// remove deletes what is left of the stage. What cannot be deleted, a later run removes.
func (s *stage) remove() error {
	var err error
	if s.guests != nil {
		err = s.guests.Close()
	}
	if s.ledger != nil {
		err = errors.Join(err, s.ledger.close())
	}
	_ = s.root.Remove()
	return err
}

// mkdir makes the folder of a pack.
func (s *stage) mkdir(name string) error { return os.Mkdir(filepath.Join(s.packs(), name), 0o700) }

// write makes a file that only its owner can read.
func (s *stage) write(name string, content []byte) error {
	if err := writeNew(filepath.Join(s.packs(), filepath.FromSlash(name)), content); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = hex.EncodeToString(sum[:])
	return nil
}

// removePack removes the folder of a pack, which is about to be written in another way.
func (s *stage) removePack(p *pack) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range p.Files {
		delete(s.files, name)
	}
	return os.RemoveAll(filepath.Join(s.packs(), p.Name))
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
