package xlsx

import "strconv"

// stylesLimit bounds the part with the styles, in bytes unpacked.
const stylesLimit = 32 << 20

// builtIn are the built-in formats that need a look at their code.
var builtIn = map[int]string{46: "[h]:mm:ss", 47: "mm:ss.0"}

// styles are the looks of cells as far as a reader must know them.
type styles struct {
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
	if part.UncompressedSize64 > stylesLimit {
		return s, &TooLargeError{Part: name, Limit: stylesLimit}
	}
	return s, s.read(p, name)
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

// format is the number format of a style, and whether there is one.
func (s *styles) format(style int) (formatted, bool) {
	if style < 0 || style >= len(s.cells) {
		return formatted{}, false
	}
	id := s.cells[style].format
	if code := s.codes[id]; code != "" {
		return formatted{code: code}, true
	}
	return formatted{id: id}, 0 <= id && id <= builtIns
}

// isGeneral reports whether a style leaves a number as it is.
func (s *styles) isGeneral(style int) bool {
	return style >= len(s.cells) || s.cells[style].format == 0
}

// isStruck reports whether a style strikes text through.
func (s *styles) isStruck(style int) bool {
	return style >= 0 && style < len(s.cells) && s.cells[style].struck
}
