// Package xlsx writes the workbooks of guestlist: the results, the packages for
// account managers and the list with its problems marked. They look alike, print
// alike and hold foreign texts as texts, and they are written row by row, so that
// memory does not grow with them.
//
// A [Book] has [Sheet]s, which are filled from top to bottom. What excelize does
// not do, or does in quadratic time, is done here: links, comments, Excel tables
// whose headings hold line breaks, and a zip file that goes straight to its writer.
package xlsx

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/durable"
)

// SandboxBanner marks every sheet of a workbook that a simulated tenant made.
const SandboxBanner = "SANDBOX - no one was invited: the tenant was simulated"

// Options are what all sheets of a [Book] share.
type Options struct {
	// Scratch is a folder for what memory should not hold, see [NewScratch].
	Scratch string
	// Sandbox puts the [SandboxBanner] on every printed page and into the title,
	// and gives headings and tabs another colour.
	Sandbox bool
	// Footer is in the middle of the foot of every printed page, "" for nothing.
	Footer string
	// Sealed puts the digest of the sheets into the properties of the file, so that
	// [Unchanged] can tell later whether another program has saved it.
	Sealed bool
}

// Book is a workbook in the making. It must be closed.
type Book struct {
	// File is the workbook underneath, for what only one kind of workbook has:
	// charts, conditional formats.
	File *excelize.File
	// Styles are those that all workbooks share.
	Styles Styles

	options Options
	sheets  []*Sheet
	// front is the sheet that opens, nil for the first.
	front *Sheet
	// blank is the part of a sheet in which nothing is yet.
	blank any
	// patches are what goes into the parts when they are packed, packed those of the
	// workbook before, nil where there was none.
	patches map[string][]zipPatch
	packed  map[string]packedPart
	// seal is the digest of the parts written so far, nil where the workbook gets none.
	seal   hash.Hash
	tables int
	// drawings are the sheets with comments so far, shapeBlocks the blocks of
	// shape numbers that they have taken.
	drawings, shapeBlocks int
	// err is the first error of Style.
	err error
}

// scratchPattern names the folders that a killed process may leave behind, so
// that a later one finds them.
const scratchPattern = "guestlist-report-*"

// NewScratch makes a folder for the temporary files of workbooks: excelize keeps
// a sheet of more than 16 MiB on disk until it is zipped. The caller removes it.
func NewScratch() (*durable.TempFolder, error) {
	durable.Sweep(os.TempDir(), scratchPattern)
	return durable.NewTempFolder("", scratchPattern)
}

// New makes a workbook without sheets.
func New(o Options) (*Book, error) {
	b := &Book{
		File:    excelize.NewFile(excelize.Options{TmpDir: o.Scratch}),
		options: o, patches: make(map[string][]zipPatch),
	}
	if o.Sealed {
		b.seal = sha256.New()
	}
	b.blank, _ = b.File.Pkg.Load(firstSheet)
	b.Styles = b.newStyles()
	if b.err != nil {
		return nil, errors.Join(b.err, b.File.Close())
	}
	return b, nil
}

// firstSheet is the part with the sheet that a new workbook has.
const firstSheet = sheetFolder + "sheet1.xml"

// Reset empties a workbook that was written, for the next one with the same options and
// styles. Of the time that a small workbook takes, most goes into parts that such workbooks
// have alike: these are made and packed once. It is for one sheet, without an Excel table or
// comments.
func (b *Book) Reset() error {
	if len(b.sheets) != 1 || b.tables+b.drawings > 0 {
		return fmt.Errorf("a workbook of %d sheets, %d tables and %d drawings cannot be written again", len(b.sheets), b.tables, b.drawings)
	}
	if err := b.Close(); err != nil { // which excelize takes for the end of its temporary files alone
		return err
	}
	rels := b.sheets[0].part(".rels")
	b.File.Relationships.Delete(rels)
	b.File.Pkg.Delete(rels)
	b.File.Pkg.Store(firstSheet, b.blank)
	b.File.WorkBook.DefinedNames = nil
	// These have become parts, which would be made anew each time.
	b.File.Styles, b.File.Theme = nil, nil
	b.sheets, b.front = nil, nil
	clear(b.patches)
	if b.packed == nil {
		b.packed = make(map[string]packedPart)
	}
	return nil
}

// Close frees the temporary files. The scratch folder stays.
func (b *Book) Close() error {
	errs := []error{b.File.Close()}
	for _, s := range b.sheets {
		if s.links != nil {
			errs = append(errs, s.links.close())
		}
	}
	return errors.Join(errs...)
}

// Describe sets the properties by which the file can be found and judged without
// opening it. The Creator also counts as the program that made it.
func (b *Book) Describe(p excelize.DocProperties) error {
	if b.options.Sandbox {
		p.Title = SandboxBanner + ": " + p.Title
	}
	p.LastModifiedBy = p.Creator
	if b.seal != nil {
		p.Identifier = sealMark
		b.patches[propertiesPart] = append(b.patches[propertiesPart], sealPatch(b.seal))
	}
	if err := b.File.SetAppProps(&excelize.AppProperties{Application: p.Creator}); err != nil {
		return err
	}
	return b.File.SetDocProps(&p)
}

// Open makes a sheet with frozen headings the one that opens.
func (b *Book) Open(s *Sheet) {
	for i, each := range b.sheets {
		if each == s && i > 0 {
			b.front = s
			b.File.WorkBook.BookViews.WorkBookView[0].ActiveTab = i
		}
	}
}

// Finish ends all sheets. Only Write and Close may follow.
func (b *Book) Finish() error {
	if b.err != nil {
		return b.err
	}
	for _, s := range b.sheets {
		if err := s.finish(); err != nil {
			return err
		}
	}
	return nil
}

// Write zips the finished workbook into w, until ctx ends. Excelize would build
// the whole archive in memory first; with a zip writer of our own it goes
// straight to w.
func (b *Book) Write(ctx context.Context, w io.Writer) error {
	out := writerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return w.Write(p)
	})
	b.File.SetZipWriter(func(io.Writer) excelize.ZipWriter {
		return &patchedZip{Writer: zip.NewWriter(out), patches: b.patches, packed: b.packed, seal: b.seal}
	})
	return b.File.Write(io.Discard)
}

// writerFunc is a function that writes.
type writerFunc func(p []byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }
