package marked

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

// scratchPattern is that of package report, whose sweep removes what a killed
// process left behind.
const scratchPattern = "guestlist-report-marked-*"

// Write writes the list with its marks as a workbook. Nothing reaches w before
// all rows are read, and memory does not grow with them. It ends with the
// context's cause when ctx ends, and with any error that the rows yield. A list
// too wide for a sheet is a [*WidthError].
func Write(ctx context.Context, w io.Writer, l List) error {
	scratch, err := os.MkdirTemp("", scratchPattern)
	if err != nil {
		return fmt.Errorf("make the marked list: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()

	f := excelize.NewFile(excelize.Options{TmpDir: scratch})
	defer func() { _ = f.Close() }()
	b, err := newBook(f, l)
	if err != nil {
		return err
	}
	if err := b.addAll(ctx, l.Rows); err != nil {
		return err
	}
	if err := b.finish(); err != nil {
		return err
	}
	return pack(ctx, f, w)
}

// pack zips f into w. Excelize would build the whole archive in memory first;
// with a zip writer of our own it goes straight to w.
func pack(ctx context.Context, f *excelize.File, w io.Writer) error {
	out := writerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return w.Write(p)
	})
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
	return f.Write(io.Discard)
}

// writerFunc is a function that writes.
type writerFunc func(p []byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }
