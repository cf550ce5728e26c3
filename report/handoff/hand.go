package handoff

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"guestlist/batch"
	"guestlist/internal/durable"
)

// hand is a hand-off that is about to be written.
type hand struct {
	opt     Options
	summary batch.RunFacts
	packs   []pack
}

// add writes a hand-off and puts it into its place: instead of the earlier one
// or, with Options.OnlyNew, inside its folder.
func (h *home) add(ctx context.Context, x hand, index Index) (Index, error) {
	s, err := h.newStage()
	if err != nil {
		return Index{}, err
	}
	defer s.remove()
	for i := range x.packs {
		if err := x.writePack(ctx, s, &x.packs[i]); err != nil {
			return Index{}, h.blame(err)
		}
		index.Packs[i].Files = x.packs[i].Files
	}
	if err := x.writeIndex(s); err != nil {
		return Index{}, h.blame(err)
	}
	l := ledger{Kind: ledgerKind, Version: ledgerVersion, Tool: x.summary.Tool, Made: x.opt.At.UTC(), Handed: h.ledger.Handed}
	l.enter(x.packs, x.opt)
	if x.opt.OnlyNew && h.ledger.Kind != "" {
		index.Folder, err = h.addInside(ctx, s, l, x.opt.At)
	} else {
		index.Folder, err = h.path, h.replace(ctx, s, l)
	}
	return index, err
}

// blame makes a [*FolderError] of what the file system refused.
func (h *home) blame(err error) error {
	if errors.As(err, new(*fs.PathError)) || errors.As(err, new(*os.LinkError)) {
		return notWritten(h.path, err)
	}
	return err
}

// writePack writes the folder of one pack.
func (x hand) writePack(ctx context.Context, s *stage, p *pack) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.Name == "" {
		return nil
	}
	if err := s.mkdir(p.Name); err != nil {
		return err
	}
	files, err := x.files(ctx, s, p)
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
func (x hand) files(ctx context.Context, s *stage, p *pack) ([]attachment, error) {
	workbook, err := p.workbook(ctx, s.scratch(), x.summary)
	if err != nil {
		return nil, err
	}
	files := []attachment{{name: p.Name + ".xlsx", kind: kindWorkbook, content: workbook}}
	if len(p.linked) > 0 {
		messages, err := p.messages(x.opt.Template)
		if err != nil {
			return nil, err
		}
		files = append(files, attachment{name: p.Name + ".txt", kind: kindText, content: messages})
	}
	if x.opt.GuestMail {
		return x.guestDrafts(ctx, p, files)
	}
	eml, err := p.ownerDraft(x.opt.Template, files)
	return append(files, attachment{name: p.Name + ".eml", content: eml}), err
}

// guestDrafts adds a draft for each guest with a link.
func (x hand) guestDrafts(ctx context.Context, p *pack, files []attachment) ([]attachment, error) {
	names := newNamer()
	for i, g := range p.linked {
		if i%checkRows == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		eml, err := p.guestDraft(x.opt.Template, g)
		if err != nil {
			return nil, err
		}
		files = append(files, attachment{name: names.name(g.EmailAddress) + ".eml", content: eml})
	}
	return files, nil
}

// writeIndex writes the workbook that says what went where.
func (x hand) writeIndex(s *stage) error {
	content, err := indexBook(s.scratch(), x.summary, x.packs)
	if err != nil {
		return err
	}
	return s.write(indexName, content)
}

// replace puts the hand-off into the place of the earlier one, which is deleted.
func (h *home) replace(ctx context.Context, s *stage, l ledger) error {
	l.Files = s.files
	text, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	if err := writeNew(filepath.Join(s.packs(), ledgerName), text); err != nil {
		return h.blame(err)
	}
	if err := s.sync(ctx); err != nil {
		return h.blame(err)
	}
	return h.put(s.packs())
}

// addInside puts the hand-off into a folder of its own inside the earlier one
// and tells the ledger then: after a crash in between, guests are handed out
// once more rather than never.
func (h *home) addInside(ctx context.Context, s *stage, l ledger, now time.Time) (string, error) {
	name := now.Format("2006-01-02 15.04.05")
	folder := filepath.Join(h.path, name)
	for i := 2; exists(folder); i++ {
		folder = filepath.Join(h.path, name+" ("+strconv.Itoa(i)+")")
	}
	l.Files = maps.Clone(h.ledger.Files)
	for file, sum := range s.files {
		l.Files[filepath.Base(folder)+"/"+file] = sum
	}
	text, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return "", err
	}
	made := filepath.Join(s.root, ledgerName)
	for _, step := range []func() error{
		func() error { return writeNew(made, text) },
		func() error { return s.sync(ctx) },
		func() error { return os.Rename(s.packs(), folder) },
		func() error { return os.Rename(made, filepath.Join(h.path, ledgerName)) },
		func() error { return durable.SyncFolder(h.path) },
	} {
		if err := step(); err != nil {
			return "", h.blame(err)
		}
	}
	return folder, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
