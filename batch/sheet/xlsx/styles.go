package xlsx

import (
	"bytes"
	"io"
	"strconv"
)

// stylesLimit bounds the part with the styles, which is held in memory, in bytes.
const stylesLimit = 32 << 20

// builtIn are the built-in formats that need a look at their code.
var builtIn = map[int]string{46: "[h]:mm:ss", 47: "mm:ss.0"}

// styles are the looks of cells as far as a reader must know them.
type styles struct {
	// part is the part as it is stored, in UTF-8; nil where there is none.
	part []byte
	// cells are the styles that cells refer to by number.
	cells []cellStyle
	// codes are the number formats that are not built in.
	codes map[int]string
}

// cellStyle is the look of a cell.
type cellStyle struct {
	format, font int
	// struck says that text is struck through.
	struck bool
}

// readStyles reads the part with the styles, which a workbook need not have.
func readStyles(p parts, name string) (styles, error) {
	var s styles
	part := p[partName(name)]
	if part == nil {
		return s, nil
	}
	file, err := openPart(part, stylesLimit)
	if err != nil {
		return s, damaged(name, err)
	}
	defer func() { _ = file.Close() }()
	// excelize takes what it can of a damaged part, so that it is read once before.
	if err := s.read(p, name); err != nil {
		return s, err
	}
	if s.part, err = io.ReadAll(asUTF8(file)); err != nil {
		return s, damaged(name, err)
	}
	s.part = withoutDeclaration(s.part)
	return s, nil
}

// read reads what the part says of formats and fonts.
func (s *styles) read(p parts, name string) error {
	var struck []bool
	inFonts, inCells := false, false
	s.codes = make(map[int]string)
	err := p.elements(name, func(x *xmlReader) error {
		if x.depth() == 2 {
			inFonts, inCells = x.name == "fonts", x.name == "cellXfs"
		}
		switch {
		case x.name == "numFmt" && x.depth() == 3:
			if id, err := strconv.Atoi(x.attribute("numFmtId")); err == nil {
				s.codes[id] = x.attribute("formatCode")
			}
		case inFonts && x.name == "font" && x.depth() == 3:
			struck = append(struck, false)
		case inFonts && x.name == "strike" && len(struck) > 0:
			value := x.attribute("val")
			struck[len(struck)-1] = value == "" || isTrue(value)
		case inCells && x.name == "xf" && x.depth() == 3:
			format, _ := strconv.Atoi(x.attribute("numFmtId"))
			font, _ := strconv.Atoi(x.attribute("fontId"))
			s.cells = append(s.cells, cellStyle{format: format, font: font})
		}
		return nil
	})
	for i, c := range s.cells {
		s.cells[i].struck = c.font >= 0 && c.font < len(struck) && struck[c.font]
	}
	return err
}

// format is the number format of a style, "" for one that is built in and plain.
func (s *styles) format(style int) string {
	if style < 0 || style >= len(s.cells) {
		return ""
	}
	id := s.cells[style].format
	if code, own := s.codes[id]; own {
		return code
	}
	return builtIn[id]
}

// isTime reports whether a style shows numbers as dates or times. The formats that are
// built in have numbers, some of which mean dates in East Asia and in Thailand only.
func (s *styles) isTime(style int) bool {
	if style < 0 || style >= len(s.cells) {
		return false
	}
	id := s.cells[style].format
	if code, own := s.codes[id]; own {
		return showsTime(code)
	}
	return 14 <= id && id <= 22 || 27 <= id && id <= 36 || 45 <= id && id <= 47 || 50 <= id && id <= 58 || 71 <= id && id <= 81
}

// isGeneral reports whether a style leaves a number as it is.
func (s *styles) isGeneral(style int) bool {
	return style >= len(s.cells) || s.cells[style].format == 0
}

// isStruck reports whether a style strikes text through.
func (s *styles) isStruck(style int) bool {
	return style >= 0 && style < len(s.cells) && s.cells[style].struck
}

// withoutDeclaration takes <?xml ... ?> away: what it says of the encoding need not
// hold any more.
func withoutDeclaration(part []byte) []byte {
	if rest, ok := bytes.CutPrefix(bytes.TrimPrefix(part, []byte("\uFEFF")), []byte("<?xml")); ok {
		if _, after, closed := bytes.Cut(rest, []byte("?>")); closed {
			return after
		}
	}
	return part
}
