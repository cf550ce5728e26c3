package main

import (
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// note is a sheet of text while it is written.
type note struct {
	book                          *excelize.File
	row                           int
	title, section, heading, text int
}

// explanation is the sheet that explains.
func explanation(book *excelize.File) error {
	n := note{book: book}
	if err := n.styles(); err != nil {
		return err
	}
	for i, width := range []float64{18, 11, wordsWidth, wordsWidth, 46} {
		if err := book.SetColWidth(explained, letter(i+1), letter(i+1), width); err != nil {
			return err
		}
	}
	if err := n.put(n.title, 26, "How to fill in this list"); err != nil {
		return err
	}
	for _, part := range []func() error{n.steps, n.columns, n.next} {
		if err := part(); err != nil {
			return err
		}
	}
	return printed(book, explained, "landscape")
}

func (n *note) styles() error {
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&n.title, excelize.Style{Font: &excelize.Font{Family: family, Bold: true, Size: 18, Color: "1F3864"}}},
		{&n.section, excelize.Style{Font: &excelize.Font{Family: family, Bold: true, Size: 13, Color: "1F3864"}, Alignment: &excelize.Alignment{Vertical: "bottom"}}},
		{&n.heading, excelize.Style{
			Font: &excelize.Font{Family: family, Size: 11, Bold: true, Color: "FFFFFF"}, Alignment: &excelize.Alignment{Vertical: "center"},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"2F5597"}},
		}},
		{&n.text, excelize.Style{NumFmt: asText, Alignment: top, Border: []excelize.Border{{Type: "bottom", Color: "D9D9D9", Style: 1}}}},
	} {
		var err error
		if *s.id, err = n.book.NewStyle(&s.style); err != nil {
			return err
		}
	}
	return nil
}

// put writes a row of texts.
func (n *note) put(style int, height float64, texts ...string) error {
	n.row++
	for i, text := range texts {
		if err := n.book.SetCellStr(explained, cell(i+1, n.row), text); err != nil {
			return err
		}
	}
	if err := n.book.SetCellStyle(explained, cell(1, n.row), cell(len(texts), n.row), style); err != nil {
		return err
	}
	return n.book.SetRowHeight(explained, n.row, height)
}

// prose writes a sentence across the sheet.
func (n *note) prose(text string) error {
	n.row++
	if err := n.book.SetCellStr(explained, cell(1, n.row), text); err != nil {
		return err
	}
	return n.book.SetRowHeight(explained, n.row, 16)
}

func (n *note) steps() error {
	if err := n.put(n.section, 26, "On the sheet "+toFillIn); err != nil {
		return err
	}
	for i, text := range []string{
		"Write one guest in each row below the headings. Only Email, with the dark heading, must be filled in; leave empty what you do not need.",
		"The grey row is an example. It is skipped when you leave it in, because its address begins with “Example:”.",
		"The grey headings are columns of your own. Rename them, and add others as you like: they are carried through to the results.",
		"Columns that you do not need may be deleted, and their order does not matter. Do not rename the blue headings that you keep.",
		"Write values as they are, not as formulas. The cells are formatted as text, so that nothing is changed.",
	} {
		if err := n.prose(strconv.Itoa(i+1) + ".  " + text); err != nil {
			return err
		}
	}
	return nil
}

func (n *note) columns() error {
	if err := n.put(n.section, 30, "The columns"); err != nil {
		return err
	}
	if err := n.put(n.heading, 20, "Column", "Required", "What to write", "Limits", "Property in Microsoft Graph"); err != nil {
		return err
	}
	for _, c := range templateColumns() {
		property := c.property
		if property == "" {
			property = "none: a column of your own"
		}
		high := max(height(c.hint), height(c.limits))
		if err := n.put(n.text, high, c.heading, c.required, c.hint, c.limits, property); err != nil {
			return err
		}
	}
	return n.prose("Source of properties and limits: Microsoft Graph documentation, invitation resource and invitedUserMessageInfo resource.")
}

func (n *note) next() error {
	if err := n.put(n.section, 30, "How to go on"); err != nil {
		return err
	}
	for i, text := range []string{
		"Save the workbook. If somebody asked you to fill it in, send it back to them: that is all.",
		"Whoever invites checks it: guestlist check FILE.xlsx. Nothing leaves the machine. With -o TO-CORRECT.xlsx the list comes back with its problems marked.",
		"A rehearsal that invites no one: guestlist invite FILE.xlsx --sandbox",
		"The invitations: guestlist invite FILE.xlsx. Afterwards every answer is in FILE.results.xlsx.",
	} {
		if err := n.prose(strconv.Itoa(i+1) + ".  " + text); err != nil {
			return err
		}
	}
	return nil
}

// wordsWidth is that of the columns that wrap, in characters.
const wordsWidth = 50

// height is what a text needs in such a column, in points.
func height(text string) float64 {
	const line = 15.0
	return line*float64(1+(utf8.RuneCountInString(text)-1)/wordsWidth) + 3
}
