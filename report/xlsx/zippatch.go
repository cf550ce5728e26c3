package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash"
	"io"
	"strings"
)

// zipPatch is what goes into a part of a workbook in front of a mark: what
// excelize cannot write, or not without keeping all of it in memory.
type zipPatch struct {
	mark  string
	write func(io.Writer) error
	// dropsMark leaves the mark out.
	dropsMark bool
}

// dimension says how large a sheet is, which is said above its rows.
func dimension(ref string) zipPatch {
	return zipPatch{mark: "<sheetViews", write: func(w io.Writer) error {
		_, err := io.WriteString(w, `<dimension ref="`+ref+`"/>`)
		return err
	}}
}

// selected is how excelize marks the sheet that opens: the first one.
const selected = ` tabSelected="true"`

// deselect takes the mark from a sheet, and selectTab gives it to another: with two of them
// Excel would write into both what people type into one.
func deselect() zipPatch {
	return zipPatch{mark: selected, dropsMark: true, write: func(io.Writer) error { return nil }}
}

func selectTab() zipPatch {
	return zipPatch{mark: ` workbookViewId=`, write: func(w io.Writer) error {
		_, err := io.WriteString(w, selected)
		return err
	}}
}

// patchedZip is the zip file that excelize puts the parts of a workbook into.
type patchedZip struct {
	*zip.Writer

	// patches are those of the parts that still have to come, by name, in the
	// order of their marks.
	patches map[string][]zipPatch
	// packed are parts of the workbook before, nil for none: those that come out the same go
	// into this one as they are. It may be written again, too.
	packed map[string]packedPart
	// seal takes what is sealed, nil for nothing.
	seal hash.Hash
	// open is the part that is being written, whole what it has so far, nil where it goes
	// straight into the zip file.
	open  *patcher
	whole *bytes.Buffer
}

// Create begins a part.
func (z *patchedZip) Create(name string) (io.Writer, error) {
	if err := z.finishPart(); err != nil {
		return nil, err
	}
	part := &patcher{name: name, rest: z.patches[name]}
	if z.packed != nil && !strings.HasPrefix(name, sheetFolder) { // no two sheets are alike, and they may be large
		z.whole = new(bytes.Buffer)
		part.w = z.whole
	} else {
		w, err := z.Writer.Create(name)
		if err != nil {
			return nil, err
		}
		part.w = w
	}
	if z.seal != nil && isSealed(name) {
		_, _ = io.WriteString(z.seal, name) // a hash takes everything
		part.w = io.MultiWriter(part.w, z.seal)
	}
	delete(z.patches, name)
	z.open = part
	return part, nil
}

// Close ends the archive. A patch that found no place is an error: a workbook
// without its links must not pass for whole.
func (z *patchedZip) Close() error {
	if err := z.finishPart(); err != nil {
		return err
	}
	for name := range z.patches {
		return fmt.Errorf("the workbook has no part %s", name)
	}
	return z.Writer.Close()
}

func (z *patchedZip) finishPart() error {
	if z.open == nil {
		return nil
	}
	part, whole := z.open, z.whole
	z.open, z.whole = nil, nil
	if err := part.finish(); err != nil || whole == nil {
		return err
	}
	return z.addPacked(part.name, whole.Bytes())
}

// packedPart is a part of a workbook, and how it is in its zip file.
type packedPart struct {
	content, packed []byte
	header          zip.FileHeader
}

// addPacked adds a part, which is packed unless that was done before.
func (z *patchedZip) addPacked(name string, content []byte) (err error) {
	part := z.packed[name]
	if !bytes.Equal(part.content, content) {
		if part, err = packPart(name, content); err != nil {
			return err
		}
		z.packed[name] = part
	}
	w, err := z.CreateRaw(&part.header)
	if err != nil {
		return err
	}
	_, err = w.Write(part.packed)
	return err
}

// packPart packs a part, in a zip file of its own.
func packPart(name string, content []byte) (packedPart, error) {
	part := packedPart{content: content}
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	w, err := z.Create(name)
	if err != nil {
		return part, err
	}
	if _, err := w.Write(content); err != nil {
		return part, err
	}
	if err := z.Close(); err != nil {
		return part, err
	}
	r, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		return part, err
	}
	raw, err := r.File[0].OpenRaw()
	if err != nil {
		return part, err
	}
	part.header = r.File[0].FileHeader
	part.packed, err = io.ReadAll(raw)
	return part, err
}

// patcher passes a part on, with what goes in front of its marks.
type patcher struct {
	w    io.Writer
	name string
	rest []zipPatch
	// held is what may hold the beginning of the next mark.
	held []byte
}

func (p *patcher) Write(content []byte) (int, error) {
	if len(p.rest) == 0 {
		return p.w.Write(content)
	}
	p.held = append(p.held, content...)
	for len(p.rest) > 0 {
		at := bytes.Index(p.held, []byte(p.rest[0].mark))
		if at < 0 {
			break
		}
		if err := p.pass(at); err != nil {
			return 0, err
		}
		if err := p.rest[0].write(p.w); err != nil {
			return 0, err
		}
		if p.rest[0].dropsMark {
			p.held = append(p.held[:0], p.held[len(p.rest[0].mark):]...)
		}
		p.rest = p.rest[1:]
	}
	keep := 0
	if len(p.rest) > 0 {
		keep = min(len(p.held), len(p.rest[0].mark)-1)
	}
	return len(content), p.pass(len(p.held) - keep)
}

// pass writes the first n bytes of what is held.
func (p *patcher) pass(n int) error {
	_, err := p.w.Write(p.held[:n])
	p.held = append(p.held[:0], p.held[n:]...)
	return err
}

// finish passes on what is left.
func (p *patcher) finish() error {
	if len(p.rest) > 0 {
		return fmt.Errorf("the part %s of the workbook has no %s", p.name, p.rest[0].mark)
	}
	return p.pass(len(p.held))
}
