package marked

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/report/celltext"
)

// author is who signs the comments.
const author = "guestlist"

// comment is what a cell says when somebody points at it.
type comment struct {
	row, column int // row from 1, column from 0
	parts       []part
}

// part is one mark in a comment.
type part struct{ title, text string }

// maxPart keeps one comment from filling the screen, in characters.
const maxPart = 600

// partsAt are the marks at one cell.
func partsAt(marks []told, at int) []part {
	var parts []part
	for _, m := range marks {
		if m.at != at {
			continue
		}
		text := []rune(m.text())
		if len(text) > maxPart {
			text = append(text[:maxPart:maxPart], '…')
		}
		parts = append(parts, part{title: m.severity.title(), text: string(text)})
	}
	return parts
}

// addComments writes the comments of a sheet. Excelize would look through all
// comments for each one that is added and cannot size their boxes to columns
// that are streamed; so it adds the first, which makes the parts of the
// workbook and all that refers to them, and the content is ours.
func (b *book) addComments(s *sheet) error {
	if len(s.comments) == 0 {
		return nil
	}
	first, err := excelize.CoordinatesToCellName(s.comments[0].column+1, s.comments[0].row)
	if err != nil {
		return err
	}
	b.drawings++
	texts := fmt.Sprintf("xl/comments%d.xml", b.drawings)
	shapes := fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", b.drawings)
	if err := b.file.AddComment(s.name, excelize.Comment{Cell: first, Author: author, Text: "."}); err != nil {
		return err
	}
	if b.file.Comments[texts] == nil || b.file.VMLDrawing[shapes] == nil {
		return fmt.Errorf("comments of %s: the parts are not %s and %s", s.name, texts, shapes)
	}
	delete(b.file.Comments, texts)
	delete(b.file.VMLDrawing, shapes)
	b.file.Pkg.Store(texts, commentsPart(s.comments))
	b.file.Pkg.Store(shapes, b.shapesPart(s))
	return nil
}

// commentsPart is the texts, as ECMA-376 part 1, section 18.7 has them.
func commentsPart(comments []comment) []byte {
	var x strings.Builder
	x.WriteString(xml.Header + `<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	x.WriteString(`<authors><author>` + author + `</author></authors><commentList>`)
	for _, c := range comments {
		name, _ := excelize.CoordinatesToCellName(c.column+1, c.row)
		x.WriteString(`<comment ref="` + name + `" authorId="0"><text>`)
		for i, p := range c.parts {
			gap := ""
			if i > 0 {
				gap = "\n\n"
			}
			textRun(&x, gap+p.title+"\n", `<b/>`)
			textRun(&x, p.text, "")
		}
		x.WriteString(`</text></comment>`)
	}
	x.WriteString(`</commentList></comments>`)
	return []byte(x.String())
}

func textRun(x *strings.Builder, text, bold string) {
	x.WriteString(`<r><rPr>` + bold + `<sz val="9"/><color indexed="81"/><rFont val="Tahoma"/><family val="2"/></rPr><t xml:space="preserve">`)
	escape(x, text)
	x.WriteString(`</t></r>`)
}

// escape writes a text as XML has it; characters that XML cannot hold become
// U+FFFD.
func escape(x *strings.Builder, text string) {
	_ = xml.EscapeText(xmlText{x}, []byte(celltext.Protect(text)))
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
	boxWidth    = 290
	boxLine     = 15
	boxPadding  = 12
	boxMax      = 560
	boxLeft     = 14 // from the edge of its cell
	defaultRow  = 20
	boxColumns  = 44 // characters that fit on a line
	shapesBlock = 1024
)

// shapesPart is the boxes: VML, which Excel still wants for comments. Shapes are
// numbered in blocks of 1,024, and a drawing names the blocks that it uses.
func (b *book) shapesPart(s *sheet) []byte {
	var x strings.Builder
	blocks := (len(s.comments) + shapesBlock) / shapesBlock
	names := make([]string, blocks)
	for i := range names {
		names[i] = strconv.Itoa(b.blocks + i + 1)
	}
	x.WriteString(`<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">`)
	x.WriteString(`<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="` + strings.Join(names, ",") + `"/></o:shapelayout>`)
	x.WriteString(`<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">` +
		`<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>`)
	for i, c := range s.comments {
		shape(&x, (b.blocks+1)*shapesBlock+i+1, i+1, c, b.anchor(s, c))
	}
	x.WriteString(`</xml>`)
	b.blocks += blocks
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
		n += 1 + lines(p.text, boxColumns)
	}
	return min(n*boxLine+boxPadding, boxMax)
}
