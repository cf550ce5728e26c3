package xlsx

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"guestlist/internal/assert"
)

func writes(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestPatchesGoInFrontOfTheirMarks(t *testing.T) {
	const part = "<a><<b/><bb/></a>"
	for name, reader := range map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "in halves": iotest.HalfReader,
	} {
		t.Run(name, func(t *testing.T) {
			var packed bytes.Buffer
			a := &patchedZip{Writer: zip.NewWriter(&packed), patches: map[string][]zipPatch{
				"x": {{mark: "<a>", write: writes("1")}, {mark: "<b/>", write: writes("2<b/>")}, {mark: "</a>", write: writes("3")}},
			}}
			for _, part1 := range []string{"x", "y"} {
				w, err := a.Create(part1)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(struct{ io.Writer }{w}, reader(strings.NewReader(part))); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			got := assert.Zip(t, packed.Bytes())
			assert.Equal(t, "with patches", got["x"], "1<a><2<b/><b/><bb/>3</a>")
			assert.Equal(t, "without", got["y"], part)
		})
	}
}

func TestAPatchWithoutAPlaceIsAnError(t *testing.T) {
	for name, patches := range map[string]map[string][]zipPatch{
		"no part": {"y": {{mark: "<b/>", write: writes("1")}}},
		"no mark": {"x": {{mark: "<c/>", write: writes("1")}}},
	} {
		a := &patchedZip{Writer: zip.NewWriter(io.Discard), patches: patches}
		w, err := a.Create("x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "<a><b/></a>"); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
