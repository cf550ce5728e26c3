package sheet

import "fmt"

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

// sharedError is a cell whose text is not in the workbook.
func sharedError(raw string, known int) error {
	return &faultError{
		what: fmt.Sprintf("the workbook is damaged: the cell asks for shared string %q of %d", clipped(raw), known),
		hint: repair,
	}
}
