package xlsx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/assert"
)

// packed makes a workbook as it is in the file.
func packed(t *testing.T, o Options, fill func(*Book)) []byte {
	t.Helper()
	o.Scratch = t.TempDir()
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	fill(b)
	var out bytes.Buffer
	do(t, b.Finish(), b.Write(t.Context(), &out), b.Close())
	return out.Bytes()
}

// written makes a workbook and opens it again.
func written(t *testing.T, o Options, fill func(*Book)) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(packed(t, o, fill)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// added adds a sheet.
func added(t *testing.T, b *Book, name string, l Layout) *Sheet {
	t.Helper()
	s, err := b.AddSheet(name, l)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do expects no errors.
func do(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestASandboxSaysSoOnEverySheet(t *testing.T) {
	for sandbox, header := range map[bool]string{true: `&C&"-,Bold"` + SandboxBanner, false: ""} {
		f := written(t, Options{Sandbox: sandbox, Footer: "personal"}, func(b *Book) {
			for _, name := range []string{"One", "Two"} {
				do(t, added(t, b, name, Layout{}).Add([]any{"x"}, 0))
			}
			do(t, b.Describe(excelize.DocProperties{Title: "Guests", Creator: "guestlist 1"}))
		})
		assert.Equal(t, "sheets", f.GetSheetList(), []string{"One", "Two"})
		for _, name := range f.GetSheetList() {
			page, err := f.GetHeaderFooter(name)
			if err != nil || page.OddHeader != header || page.OddFooter != "&L&A&Cpersonal&RPage &P of &N" {
				t.Errorf("%s: %+v, %v", name, page, err)
			}
		}
		p, err := f.GetDocProps()
		do(t, err)
		title := "Guests"
		if sandbox {
			title = SandboxBanner + ": Guests"
		}
		assert.Equal(t, "properties", []string{p.Title, p.Creator, p.LastModifiedBy}, []string{title, "guestlist 1", "guestlist 1"})
	}
}

func TestWriteEndsWithItsContext(t *testing.T) {
	b, err := New(Options{Scratch: t.TempDir()})
	do(t, err)
	defer func() { _ = b.Close() }()
	do(t, added(t, b, "One", Layout{}).Add([]any{"x"}, 0), b.Finish())
	broken := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(broken)
	if err := b.Write(ctx, io.Discard); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestAStyleThatFailsIsAnErrorOfTheBook(t *testing.T) {
	b, err := New(Options{Scratch: t.TempDir()})
	do(t, err)
	defer func() { _ = b.Close() }()
	b.Style(excelize.Style{Font: &excelize.Font{Size: 1000}})
	if _, err := b.AddSheet("One", Layout{}); err == nil {
		t.Error("AddSheet says nothing")
	}
	if err := b.Finish(); err == nil {
		t.Error("Finish says nothing")
	}
}

func TestScratchFoldersAreForTheirOwnerAlone(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	folder, err := NewScratch()
	do(t, err)
	defer func() { do(t, folder.Remove()) }()
	info, err := os.Stat(folder.Path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestAnEmptiedBookIsLikeANewOne writes workbooks one after the other, and each alone: with
// and without links, of other sizes and titles.
func TestAnEmptiedBookIsLikeANewOne(t *testing.T) {
	again, err := New(Options{Sandbox: true, Scratch: t.TempDir()})
	do(t, err)
	defer func() { do(t, again.Close()) }()
	for _, title := range []string{"first", "second", "second", "", "last"} {
		fill := func(b *Book) {
			do(t, b.Describe(excelize.DocProperties{Title: title, Creator: "guestlist 1"}))
			sheet := added(t, b, "Guests "+title, Layout{Landscape: true, RowStyle: b.Styles.Text})
			do(t, sheet.SetWidths(float64(10+len(title)), 20), sheet.Freeze(1, 0))
			sheet.Filter(2)
			do(t, sheet.Add([]any{"Name", Cell("Link", b.Styles.Heading)}, HeadingHeight))
			for range len(title) {
				if title != "last" {
					_, err := sheet.Link(1, "https://x.example/"+title)
					do(t, err)
				}
				do(t, sheet.Add([]any{title, Cell("open", b.Styles.Link)}, 0))
			}
		}
		alone := packed(t, Options{Sandbox: true}, fill)
		fill(again)
		var out bytes.Buffer
		do(t, again.Finish(), again.Write(t.Context(), &out))
		assert.Equal(t, title, assert.Zip(t, out.Bytes()), assert.Zip(t, alone))
		do(t, again.Reset())
	}
	added(t, again, "One", Layout{})
	added(t, again, "Two", Layout{})
	if err := again.Reset(); err == nil {
		t.Error("a workbook of two sheets is emptied, and one of them stays")
	}
}
