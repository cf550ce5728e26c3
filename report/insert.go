package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
)

// insertion is what goes into a part of a workbook in front of a mark: what
// excelize cannot write, or not without keeping all of it in memory.
type insertion struct {
	mark  string
	write func(io.Writer) error
}

// dimension says how large a sheet is, which stands above its rows.
func dimension(ref string) insertion {
	return insertion{"<sheetViews", func(w io.Writer) error {
		_, err := io.WriteString(w, `<dimension ref="`+ref+`"/>`)
		return err
	}}
}

// archive is the zip file that excelize puts the parts of a workbook into.
type archive struct {
	*zip.Writer

	// insertions are those of the parts that still have to come, by name, in
	// the order of their marks.
	insertions map[string][]insertion
	// open is the part that is being written.
	open *inserter
}

// Create begins a part.
func (a *archive) Create(name string) (io.Writer, error) {
	if err := a.finishPart(); err != nil {
		return nil, err
	}
	w, err := a.Writer.Create(name)
	if err != nil {
		return nil, err
	}
	a.open = &inserter{w: w, name: name, rest: a.insertions[name]}
	delete(a.insertions, name)
	return a.open, nil
}

// Close ends the archive. What found no place is an error: a workbook without
// its links must not pass for whole.
func (a *archive) Close() error {
	if err := a.finishPart(); err != nil {
		return err
	}
	for name := range a.insertions {
		return fmt.Errorf("the workbook has no part %s", name)
	}
	return a.Writer.Close()
}

func (a *archive) finishPart() error {
	if a.open == nil {
		return nil
	}
	part := a.open
	a.open = nil
	return part.finish()
}

// inserter passes a part on, with what goes in front of its marks.
type inserter struct {
	w    io.Writer
	name string
	rest []insertion
	// held is what may hold the beginning of the next mark.
	held []byte
}

func (i *inserter) Write(p []byte) (int, error) {
	if len(i.rest) == 0 {
		return i.w.Write(p)
	}
	i.held = append(i.held, p...)
	for len(i.rest) > 0 {
		at := bytes.Index(i.held, []byte(i.rest[0].mark))
		if at < 0 {
			break
		}
		if err := i.pass(at); err != nil {
			return 0, err
		}
		if err := i.rest[0].write(i.w); err != nil {
			return 0, err
		}
		i.rest = i.rest[1:]
	}
	keep := 0
	if len(i.rest) > 0 {
		keep = min(len(i.held), len(i.rest[0].mark)-1)
	}
	return len(p), i.pass(len(i.held) - keep)
}

// pass writes the first n bytes of what is held.
func (i *inserter) pass(n int) error {
	_, err := i.w.Write(i.held[:n])
	i.held = append(i.held[:0], i.held[n:]...)
	return err
}

// finish passes on what is left.
func (i *inserter) finish() error {
	if len(i.rest) > 0 {
		return fmt.Errorf("the part %s of the workbook has no %s", i.name, i.rest[0].mark)
	}
	return i.pass(len(i.held))
}
