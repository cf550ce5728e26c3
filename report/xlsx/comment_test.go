package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/assert"
)

// drawing is a part of boxes, as far as the tests look at it.
type drawing struct {
	Map struct {
		Data string `xml:"data,attr"`
	} `xml:"shapelayout>idmap"`
	Shapes []struct {
		ID     string `xml:"id,attr"`
		Anchor string `xml:"ClientData>Anchor"`
		Row    int    `xml:"ClientData>Row"`
		Column int    `xml:"ClientData>Column"`
	} `xml:"shape"`
}

func drawingOf(t *testing.T, f *excelize.File, number int) drawing {
	t.Helper()
	content, ok := f.Pkg.Load(fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", number))
	if !ok {
		t.Fatalf("there is no drawing %d", number)
	}
	var d drawing
	if err := xml.Unmarshal(content.([]byte), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestShapesAreNumberedInBlocksOfTheirOwn(t *testing.T) {
	f := written(t, Options{}, func(b *Book) {
		for i, rows := range []int{1999, 2000, 1000} {
			s := added(t, b, "Sheet "+strconv.Itoa(i), Layout{})
			for range rows {
				s.Comment(0, CommentPart{"T", "text"})
				do(t, s.Add([]any{"x"}, 0))
			}
		}
	})
	seen, blocks := map[string]bool{}, map[string]bool{}
	for number, rows := range map[int]int{1: 1999, 2: 2000, 3: 1000} {
		d := drawingOf(t, f, number)
		if len(d.Shapes) != rows {
			t.Errorf("drawing %d has %d shapes, not %d", number, len(d.Shapes), rows)
		}
		if s := d.Shapes[0].ID; !strings.HasSuffix(s, strconv.Itoa(atoi(strings.Split(d.Map.Data, ",")[0])*shapesBlock+1)) {
			t.Errorf("drawing %d begins with the shape %s in the blocks %s", number, s, d.Map.Data)
		}
		own := map[string]bool{}
		for block := range strings.SplitSeq(d.Map.Data, ",") {
			if blocks[block] {
				t.Errorf("drawing %d takes block %s, which another has", number, block)
			}
			own[block], blocks[block] = true, true
		}
		for _, s := range d.Shapes {
			id, err := strconv.Atoi(strings.TrimPrefix(s.ID, "_x0000_s"))
			if err != nil || seen[s.ID] || !own[strconv.Itoa(id/shapesBlock)] {
				t.Fatalf("drawing %d (blocks %s) has the shape %s, %v", number, d.Map.Data, s.ID, err)
			}
			seen[s.ID] = true
		}
	}
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// TestBoxesHoldTheirText measures boxes in the rows and columns that they cover.
func TestBoxesHoldTheirText(t *testing.T) {
	s := &Sheet{widths: []float64{20, 30, 8, 60}, heights: map[int]float64{1: HeadingHeight, 5: 60, 6: 409}}
	long := strings.Repeat("word ", 60)
	for _, c := range []comment{
		{row: 2, column: 0, parts: []CommentPart{{"T", "short"}}},
		{row: 4, column: 1, parts: []CommentPart{{"T", long}}},
		{row: 6, column: 3, parts: []CommentPart{{"T", long}, {"T", long}}},
		{row: 300, column: 200, parts: []CommentPart{{"T", "short"}}},
		{row: excelize.TotalRows, column: excelize.MaxColumns - 1, parts: []CommentPart{{"T", long}, {"T", long}}},
	} {
		var at [8]int
		anchor := s.commentBox(c)
		if _, err := fmt.Sscanf(anchor, "%d, %d, %d, %d, %d, %d, %d, %d", &at[0], &at[1], &at[2], &at[3], &at[4], &at[5], &at[6], &at[7]); err != nil {
			t.Fatal(err)
		}
		width := pixels(at[0], at[4], at[5]-at[1], s.columnPixels)
		height := pixels(at[2], at[6], at[7]-at[3], s.rowPixels)
		assert.Equal(t, anchor+" width", width, boxWidth)
		assert.Equal(t, anchor+" height", height, c.height())
		if at[4] >= excelize.MaxColumns || at[6] >= excelize.TotalRows {
			t.Errorf("%s is beyond the sheet", anchor)
		}
		if at[0] <= c.column && at[4] >= c.column || at[2] > c.row {
			t.Errorf("%s covers its cell in row %d, column %d", anchor, c.row, c.column)
		}
	}
}

func TestBoxesKnowTheRowsBelow(t *testing.T) {
	b, err := New(Options{Scratch: t.TempDir()})
	do(t, err)
	defer func() { _ = b.Close() }()
	s := added(t, b, "List", Layout{})
	do(t, s.Add([]any{"Email"}, HeadingHeight), s.Add([]any{"a\nb\nc"}, 45))
	s.Comment(0, CommentPart{"T", "text"})
	do(t, s.Add([]any{"a"}, 30))
	s.Comment(0, CommentPart{"T", "text"})
	do(t, s.Add([]any{"a"}, 30), s.Add([]any{"a"}, 0))
	s.Skip(boxMax / defaultRow)
	do(t, s.Add([]any{"a"}, 30))
	assert.Equal(t, "heights", s.heights, map[int]float64{1: HeadingHeight, 3: 30, 4: 30}) // others are above or below every box
}

// pixels adds up the columns or rows that a box covers.
func pixels(from, to, rest int, size func(int) int) int {
	for ; from < to; from++ {
		rest += size(from)
	}
	return rest
}

// FuzzCommentsAreXML writes any text into both kinds of parts.
func FuzzCommentsAreXML(f *testing.F) {
	for _, seed := range []string{"", "a<b>&\"'", "two\nlines\r\n", "\x00\x1f\xff\uFFFE", "_x0041_x0042_", "_x005F_x0041_", "]]>", "😀"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		content := commentsPart([]comment{{row: 1, parts: []CommentPart{{Title: text, Text: text}}}})
		var c struct {
			Texts []string `xml:"commentList>comment>text>r>t"`
		}
		if err := xml.Unmarshal(content, &c); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, content)
		}
		var want strings.Builder
		_ = xml.EscapeText(&want, []byte(escapeUnderscores(text)))
		clean := struct {
			Text string `xml:",chardata"`
		}{}
		if err := xml.Unmarshal([]byte("<t>"+want.String()+"</t>"), &clean); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if len(c.Texts) != 2 || c.Texts[1] != clean.Text || c.Texts[0] != clean.Text+"\n" {
			t.Errorf("%q came back as %q", text, c.Texts)
		}
	})
}
