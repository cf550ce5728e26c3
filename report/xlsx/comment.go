package xlsx

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// CommentAuthor is who signs the comments.
const CommentAuthor = "guestlist"

// CommentPart is a paragraph of a comment with its title, which is bold.
type CommentPart struct{ Title, Text string }

// comment is what a cell says when people point at it.
type comment struct {
	row, column int // row from 1, column from 0
	parts       []CommentPart
}

// Comment puts a comment on a cell of the next row, whose column counts from 0.
func (s *Sheet) Comment(column int, parts ...CommentPart) {
	s.comments = append(s.comments, comment{row: s.rows + 1, column: column, parts: parts})
}

// noteHeight remembers the height of the row being written, as long as the box of
// a comment can reach down to it.
func (s *Sheet) noteHeight(height float64) {
	n := len(s.comments)
	if height != 0 && (s.rows == 1 || n > 0 && s.rows-s.comments[n-1].row <= boxMax/defaultRow) {
		s.heights[s.rows] = height
	}
}

// addComments writes the comments of a sheet. Excelize would look through all
// comments for each one that is added and cannot size their boxes to columns
// that are streamed; so it adds the first, which makes the parts of the
// workbook and all that refers to them, and the content is ours.
func (s *Sheet) addComments() error {
	if len(s.comments) == 0 {
		return nil
	}
	first, err := excelize.CoordinatesToCellName(s.comments[0].column+1, s.comments[0].row)
	if err != nil {
		return err
	}
	b := s.book
	b.drawings++
	texts := fmt.Sprintf("xl/comments%d.xml", b.drawings)
	shapes := fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", b.drawings)
	if err := b.File.AddComment(s.Name, excelize.Comment{Cell: first, Author: CommentAuthor, Text: "."}); err != nil {
		return err
	}
	if b.File.Comments[texts] == nil || b.File.VMLDrawing[shapes] == nil {
		return fmt.Errorf("comments of %s: the parts are not %s and %s", s.Name, texts, shapes)
	}
	delete(b.File.Comments, texts)
	delete(b.File.VMLDrawing, shapes)
	b.File.Pkg.Store(texts, commentsPart(s.comments))
	b.File.Pkg.Store(shapes, s.shapesPart(b.shapeBlocks))
	b.shapeBlocks += shapeBlocks(len(s.comments))
	return nil
}

// commentsPart is the texts, as ECMA-376 part 1, section 18.7 has them.
func commentsPart(comments []comment) []byte {
	var x strings.Builder
	x.WriteString(xml.Header + `<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	x.WriteString(`<authors><author>` + CommentAuthor + `</author></authors><commentList>`)
	for _, c := range comments {
		name, _ := excelize.CoordinatesToCellName(c.column+1, c.row)
		x.WriteString(`<comment ref="` + name + `" authorId="0"><text>`)
		for i, p := range c.parts {
			gap := ""
			if i > 0 {
				gap = "\n\n"
			}
			textRun(&x, gap+p.Title+"\n", `<b/>`)
			textRun(&x, p.Text, "")
		}
		x.WriteString(`</text></comment>`)
	}
	x.WriteString(`</commentList></comments>`)
	return []byte(x.String())
}

func textRun(x *strings.Builder, text, bold string) {
	x.WriteString(`<r><rPr>` + bold + `<sz val="9"/><color indexed="81"/><rFont val="Tahoma"/><family val="2"/></rPr><t xml:space="preserve">`)
	// Characters that XML cannot hold become U+FFFD.
	_ = xml.EscapeText(xmlText{x}, []byte(escapeUnderscores(text)))
	x.WriteString(`</t></r>`)
}

// xmlText keeps line breaks as they are: encoding/xml writes them as character
// references, which is right but hard to read.
type xmlText struct{ *strings.Builder }

func (t xmlText) Write(p []byte) (int, error) {
	if string(p) == "&#xA;" {
		return len(p), t.WriteByte('\n')
	}
	return t.Builder.Write(p)
}

// Figures of a comment's box, in pixels at 96 to the inch.
const (
	boxWidth      = 290
	boxLine       = 15
	boxPadding    = 12
	boxMax        = 560
	boxLeft       = 14 // from the edge of its cell
	defaultRow    = 20
	defaultColumn = 64 // of a width that was not set
	boxColumns    = 48 // characters that fit on a line
	shapesBlock   = 1024
)

// shapeBlocks is how many blocks of numbers some shapes take: they are numbered in
// blocks of 1,024, and a drawing names the blocks that it uses.
func shapeBlocks(shapes int) int { return (shapes + shapesBlock) / shapesBlock }

// shapesPart is the boxes: VML, which Excel still wants for comments. Their
// numbers begin after the blocks that other drawings have taken.
func (s *Sheet) shapesPart(blocks int) []byte {
	var x strings.Builder
	names := make([]string, shapeBlocks(len(s.comments)))
	for i := range names {
		names[i] = strconv.Itoa(blocks + i + 1)
	}
	x.WriteString(`<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">`)
	x.WriteString(`<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="` + strings.Join(names, ",") + `"/></o:shapelayout>`)
	x.WriteString(`<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">` +
		`<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>`)
	for i, c := range s.comments {
		shape(&x, (blocks+1)*shapesBlock+i+1, i+1, c, s.commentBox(c))
	}
	x.WriteString(`</xml>`)
	return []byte(x.String())
}

func shape(x *strings.Builder, id, order int, c comment, anchor string) {
	fmt.Fprintf(x, `<v:shape id="_x0000_s%d" type="#_x0000_t202" `, id)
	fmt.Fprintf(x, `style="position:absolute;margin-left:80pt;margin-top:5pt;width:%dpt;height:%dpt;z-index:%d;visibility:hidden" `,
		boxWidth*3/4, c.height()*3/4, order)
	x.WriteString(`fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>` +
		`<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>` +
		`<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>`)
	fmt.Fprintf(x, `<x:Anchor>%s</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>`,
		anchor, c.row-1, c.column)
}

// height is what the text of a comment needs, in pixels.
func (c comment) height() int {
	n := len(c.parts) - 1 // blank lines between
	for _, p := range c.parts {
		n += 1 + Lines(p.Text, boxColumns)
	}
	return min(n*boxLine+boxPadding, boxMax)
}

// commentBox says where the box of a comment lies: its left, top, right and
// bottom edge, each as a column or row from 0 and the pixels into it. It is right
// of its cell, or left where the sheet ends, and begins a row higher.
func (s *Sheet) commentBox(c comment) string {
	left := min(c.column+1, excelize.MaxColumns-1)
	if left == c.column {
		left = max(0, c.column-boxWidth/defaultColumn-1)
	}
	right, rightRest := span(left, boxLeft+boxWidth, excelize.MaxColumns, s.columnPixels)
	height := c.height()
	top := max(0, min(c.row-2, excelize.TotalRows-1-height/defaultRow-1))
	bottom, bottomRest := span(top, height+2, excelize.TotalRows, s.rowPixels)
	return fmt.Sprintf("%d, %d, %d, %d, %d, %d, %d, %d", left, boxLeft, top, 2, right, rightRest, bottom, bottomRest)
}

// span walks pixels on from the edge of a column or row, and returns the one
// where they end and how far into it.
func span(from, pixels, end int, size func(int) int) (at, rest int) {
	for at = from; at < end-1 && pixels >= size(at); at++ {
		pixels -= size(at)
	}
	return at, min(pixels, size(at))
}

func (s *Sheet) columnPixels(column int) int {
	if column >= len(s.widths) {
		return defaultColumn
	}
	return int(s.widths[column]*7 + 5)
}

func (s *Sheet) rowPixels(row int) int {
	if points, ok := s.heights[row+1]; ok {
		return int(points * 4 / 3)
	}
	return defaultRow
}
