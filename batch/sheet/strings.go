package sheet

// readStrings reads the shared strings of a workbook, which it need not have.
func (p parts) readStrings(name string, kept *pile) error {
	if p[partName(name)] == nil {
		return nil
	}
	return p.elements(name, func(x *xmlPart) error {
		if string(x.name) != "si" {
			return nil
		}
		text, err := x.richText()
		if err != nil {
			return err
		}
		return kept.add(unmasked(text))
	})
}

// errNoText is found for a cell whose text is not among the shared strings.
var errNoText error = &faultError{what: "the workbook is damaged: the text of the cell is missing", hint: repair}
