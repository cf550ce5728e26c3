package marked

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/assert"
	"guestlist/report/celltext"
)

// said are the comments of a sheet by cell.
func said(t *testing.T, f *excelize.File, sheet string) map[string]string {
	t.Helper()
	comments, err := f.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, c := range comments {
		if c.Author != author {
			t.Errorf("%s: author %q", c.Cell, c.Author)
		}
		for _, p := range c.Paragraph {
			texts[c.Cell] += p.Text
		}
	}
	if len(texts) != len(comments) {
		t.Errorf("%d comments at %d cells", len(comments), len(texts))
	}
	return texts
}

func TestCommentsStandAtTheirCells(t *testing.T) {
	assert.Equal(t, "comments", said(t, written(t, people()), "Guests"), map[string]string{
		"C3": "Needs mending\n“boss” is not an object id. Give object ids of users or groups, with ; between them.",
		"B3": "Needs mending\nIs not an address like name@example.com. Correct the address.",
		"B4": "Please look\nHas the sign + in its user name. Microsoft documents it as not permitted: see whether there is an address without it.",
		"B5": "Twice on the list\nThe same address as in row 2. Delete the row that is not needed, or correct the address if two people are meant.\n\n" +
			"Please look\n“carl+x@fabrikam.example” has the sign + in its user name. Microsoft documents it as not permitted: see whether there is an address without it.",
		"B6": "Needs mending\n“portal” is not an absolute address. Give one.",
	})
}

func TestAListWithoutMarksHasNoComments(t *testing.T) {
	f := written(t, List{Columns: []string{"Email"}, Rows: sequence(row(2, "a@x.example"))})
	assert.Equal(t, "comments", said(t, f, "List"), map[string]string{})
}

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
	f := opened(t, tuned(t, numbered(5000), func(b *book) { b.maxRows = 2001 }))
	seen, blocks := map[string]bool{}, map[string]bool{}
	for number, rows := range map[int]int{1: 1999, 2: 2000, 3: 1000} { // the first row repeats nobody
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

func TestCommentsAreBounded(t *testing.T) {
	f := written(t, numbered(maxComments+100))
	assert.Equal(t, "comments", len(said(t, f, "Guests")), maxComments)
	rows := rowsOf(t, f, "Guests")
	last := rows[len(rows)-1]
	if !strings.HasPrefix(last[1], "Twice on the list") {
		t.Errorf("the last row says %q", last)
	}
	name := "A" + strconv.Itoa(len(rows))
	if id, _ := f.GetCellStyle("Guests", name); id == 0 {
		t.Error("the last row has no colour")
	}
	if text := guideOf(t, f); !strings.Contains(text, "Only the first 5,000 marked cells have a comment, since more would make the workbook slow; 99 others have") {
		t.Errorf("Read me does not say so:\n%s", text)
	}
}

// TestBoxesHoldTheirText measures boxes in the rows and columns that they cover.
func TestBoxesHoldTheirText(t *testing.T) {
	b := &book{columns: columns{}, widths: []float64{20, 30, 8, 60}}
	s := &sheet{heights: map[int]float64{1: headingHeight, 5: 60, 6: 409}}
	long := strings.Repeat("word ", 60)
	for _, c := range []comment{
		{row: 2, column: 0, parts: []part{{"T", "short"}}},
		{row: 4, column: 1, parts: []part{{"T", long}}},
		{row: 6, column: 3, parts: []part{{"T", long}, {"T", long}}},
		{row: 300, column: 200, parts: []part{{"T", "short"}}},
		{row: excelize.TotalRows, column: excelize.MaxColumns - 1, parts: []part{{"T", long}, {"T", long}}},
	} {
		var at [8]int
		anchor := b.anchor(s, c)
		if _, err := fmt.Sscanf(anchor, "%d, %d, %d, %d, %d, %d, %d, %d", &at[0], &at[1], &at[2], &at[3], &at[4], &at[5], &at[6], &at[7]); err != nil {
			t.Fatal(err)
		}
		width := pixels(at[0], at[4], at[5]-at[1], b.columnPixels)
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
	mark := Mark{Severity: Invalid, What: strings.Repeat("word ", 20)}
	var heights map[int]float64
	l := List{Columns: []string{"Email"}, Rows: sequence(row(2, "a\nb\nc"), row(3, "a").with(mark), row(4, "a").with(mark), row(5, "a"))}
	tuned(t, l, func(b *book) {
		b.widths = []float64{20, wordsWidth} // begin opens the sheet otherwise, when the rows are over
		if err := b.open(); err != nil {
			t.Fatal(err)
		}
		heights = b.sheets[0].heights
	})
	assert.Equal(t, "heights", heights, map[int]float64{1: headingHeight, 3: 30, 4: 30}) // row 2 is above every box
}

// pixels adds up the columns or rows that a box covers.
func pixels(from, to, rest int, size func(int) int) int {
	for ; from < to; from++ {
		rest += size(from)
	}
	return rest
}

func TestALongCommentIsCut(t *testing.T) {
	f := written(t, List{Columns: []string{"Email"}, Rows: sequence(
		row(2, "x").with(Mark{Severity: Invalid, What: strings.Repeat("y", 2000)}),
	)})
	text := said(t, f, "List")["A2"]
	if n := len([]rune(text)); n > maxPart+40 || !strings.HasSuffix(text, "…") {
		t.Errorf("%d characters ending in %q", n, text[len(text)-10:])
	}
}

// FuzzCommentsAreXML writes any text into both kinds of parts.
func FuzzCommentsAreXML(f *testing.F) {
	for _, seed := range []string{"", "a<b>&\"'", "two\nlines\r\n", "\x00\x1f\xff\uFFFE", "_x0041_x0042_", "_x005F_x0041_", "]]>", "😀"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		content := commentsPart([]comment{{row: 1, parts: []part{{title: text, text: text}}}})
		var c struct {
			Texts []string `xml:"commentList>comment>text>r>t"`
		}
		if err := xml.Unmarshal(content, &c); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, content)
		}
		var want strings.Builder
		_ = xml.EscapeText(&want, []byte(celltext.Protect(text)))
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

// escaped is how a workbook writes a character that XML cannot hold.
var escaped = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// unescaped reads a text as Excel does.
func unescaped(text string) string {
	var b strings.Builder
	for {
		m := escaped.FindStringIndex(text)
		if m == nil {
			return b.String() + text
		}
		code, _ := strconv.ParseUint(text[m[0]+2:m[1]-1], 16, 16)
		b.WriteString(text[:m[0]] + string(rune(code)))
		text = text[m[1]:]
	}
}

func TestTextsThatLookLikeEscapesStayAsTheyAre(t *testing.T) {
	for _, text := range []string{"_x0041_", "_x0041_x0042_", "_x005F_x0041_", "a_x000D_b", "__x0041_", "_x004"} {
		if got := unescaped(celltext.Protect(text)); got != text {
			t.Errorf("%q reads %q", text, got)
		}
	}
}
