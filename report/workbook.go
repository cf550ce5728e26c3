package report

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/durable"
)

// Results is what a workbook is made of: always the journal's view, never a run's.
type Results struct {
	// Columns are the headings of the list, in their order. Where they are empty
	// or repeated, what is written has others (Column3, Email2).
	Columns []string
	// Records are ranged over once, in the order of the list; rows that have
	// left the list (Line 0) come last. A record may have fewer cells than
	// Columns, or more: those stand right of the last column, without a heading.
	Records iter.Seq2[batch.Record, error]
	// Summary is printed as it stands, but for its Counts: the summary sheet
	// counts the records, so that it always agrees with the other sheets.
	Summary batch.RunFacts
}

// Write writes the workbook: the sheet Results with a row for each record, the
// sheet Failed with those that need care, the most frequent error first, and a
// summary. Both lists are Excel tables; rows that do not fit go on in "Results 2"
// and so on. A redeem URL is a link on up to 65,530 rows of a sheet, as many as
// Excel takes, and text beyond.
//
// It is written whole or not at all, as [Replace] does it: on any error, also one
// that Records yields, an existing workbook stays as it was. Memory does not
// grow with the records. What the file system refuses comes as a [*FileError];
// a cancelled ctx ends it with the context's cause.
func Write(ctx context.Context, path string, r Results) error {
	scratch, err := newScratch()
	if err != nil {
		return &FileError{Path: path, Reason: "the temporary folder " + os.TempDir() + " cannot be used", Next: nextSpace, Err: durable.Cause(err)}
	}
	defer func() { _ = os.RemoveAll(scratch) }()

	f := excelize.NewFile(excelize.Options{TmpDir: scratch})
	defer func() { _ = f.Close() }()

	b, err := newBook(f, scratch, r)
	if err != nil {
		return notMade(path, err)
	}
	defer func() { _ = b.close() }()
	if err := b.fill(ctx, r); err != nil {
		return notMade(path, err)
	}
	return Replace(path, func(w io.Writer) error { return b.pack(ctx, w) })
}

func notMade(path string, err error) error {
	return fmt.Errorf("make workbook %s: %w", path, err)
}

// fill makes all sheets.
func (b *book) fill(ctx context.Context, r Results) error {
	if err := b.addAll(ctx, r.Records); err != nil {
		return err
	}
	return b.finish(r.Summary)
}

// pack zips the workbook into w. Excelize would build the whole archive in
// memory first; with a zip writer of our own it goes straight to the file.
func (b *book) pack(ctx context.Context, w io.Writer) error {
	out := writerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return w.Write(p)
	})
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter {
		return &archive{Writer: zip.NewWriter(out), insertions: b.insertions}
	})
	return b.file.Write(io.Discard)
}

// writerFunc is a function that writes.
type writerFunc func(p []byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }
