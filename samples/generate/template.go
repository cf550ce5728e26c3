package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"

	"github.com/xuri/excelize/v2"
)

// Sheets of the template, in their order: the reader takes the first that has
// an address column.
const (
	toFillIn  = "Guests"
	explained = "How to fill in"
	choosable = "Languages"
)

// asText is Excel's number format "@": what is typed stays as it was typed.
const asText = 49

// family is Excel's standard font.
const family = "Calibri"

// lastRow is that of a sheet.
const lastRow = excelize.TotalRows

// templateCSV makes template.csv: the headings and the example. Excel takes a
// file for UTF-8 by its byte order mark, and wants its own line ends.
func templateCSV() error {
	content := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(content)
	w.UseCRLF = true
	var headings, example []string
	for _, c := range templateColumns() {
		headings, example = append(headings, c.heading), append(example, c.example)
	}
	if err := w.WriteAll([][]string{headings, example}); err != nil {
		return err
	}
	return os.WriteFile("template.csv", content.Bytes(), 0o644) //nolint:gosec // a file of the repository, for everybody
}

// templateBook makes template.xlsx: a sheet to fill in with drop-downs and
// hints, one that explains every column, and one that the drop-down of the
// languages reads.
func templateBook() error {
	book := excelize.NewFile()
	if err := book.SetSheetName("Sheet1", toFillIn); err != nil {
		return err
	}
	for _, name := range []string{explained, choosable} {
		if _, err := book.NewSheet(name); err != nil {
			return err
		}
	}
	for _, fill := range []func(*excelize.File) error{form, explanation, languageSheet} {
		if err := fill(book); err != nil {
			return err
		}
	}
	err := book.SetDocProps(&excelize.DocProperties{
		Title: "Guests to invite", Creator: "guestlist", LastModifiedBy: "guestlist",
		Description: "A list to fill in: one row for each guest.",
	})
	if err != nil {
		return err
	}
	return save(book, "template.xlsx")
}

// form is the sheet to fill in.
func form(book *excelize.File) error {
	free, err := book.NewStyle(&excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return err
	}
	example, err := book.NewStyle(&excelize.Style{
		NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top"},
		Font: &excelize.Font{Family: family, Size: 11, Italic: true, Color: "7F7F7F"},
	})
	if err != nil {
		return err
	}
	columns := templateColumns()
	if err := book.SetColStyle(toFillIn, "A:"+letter(len(columns)), free); err != nil {
		return err
	}
	for i, c := range columns {
		if err := fillColumn(book, i+1, c, example); err != nil {
			return fmt.Errorf("column %s: %w", c.heading, err)
		}
	}
	if err := book.SetRowHeight(toFillIn, 1, 24); err != nil {
		return err
	}
	if err := book.AutoFilter(toFillIn, "A1:"+cell(len(columns), 2), nil); err != nil {
		return err
	}
	if err := printed(book, toFillIn, "landscape"); err != nil {
		return err
	}
	return book.SetPanes(toFillIn, &excelize.Panes{
		Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight",
		Selection: []excelize.Selection{{SQRef: "B2", ActiveCell: "B2", Pane: "bottomRight"}},
	})
}

// fillColumn writes heading and example of a column, and what helps to fill it in.
func fillColumn(book *excelize.File, number int, c column, example int) error {
	heading, err := headingStyle(book, c)
	if err != nil {
		return err
	}
	if err := book.SetCellStr(toFillIn, cell(number, 1), c.heading); err != nil {
		return err
	}
	if err := book.SetCellStyle(toFillIn, cell(number, 1), cell(number, 1), heading); err != nil {
		return err
	}
	if c.example != "" {
		if err := book.SetCellStr(toFillIn, cell(number, 2), c.example); err != nil {
			return err
		}
	}
	if err := book.SetCellStyle(toFillIn, cell(number, 2), cell(number, 2), example); err != nil {
		return err
	}
	if err := book.SetColWidth(toFillIn, letter(number), letter(number), c.width); err != nil {
		return err
	}
	return book.AddDataValidation(toFillIn, validation(number, c))
}

// headingStyle shows which column must be filled in and which are anybody's own.
func headingStyle(book *excelize.File, c column) (int, error) {
	colour := "2F5597"
	switch {
	case c.required == "yes":
		colour = "1F3864"
	case c.property == "":
		colour = "6B6B6B"
	}
	return book.NewStyle(&excelize.Style{
		NumFmt: asText, Font: &excelize.Font{Family: family, Size: 11, Bold: true, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}},
		Alignment: &excelize.Alignment{Vertical: "center"},
	})
}

// validation is the hint of a column, and what keeps slips out: the drop-downs
// refuse other words, except for the languages, of which there are more.
func validation(number int, c column) *excelize.DataValidation {
	v := excelize.NewDataValidation(true)
	v.SetSqref(cell(number, 2) + ":" + cell(number, lastRow))
	v.SetInput(c.heading, c.hint)
	switch {
	case len(c.choices) > 0:
		if err := v.SetDropList(c.choices); err != nil {
			panic(err) // only for choices of more than 255 characters
		}
		v.SetError(excelize.DataValidationErrorStyleStop, c.heading, "Choose "+c.choices[0]+" or "+c.choices[1]+", or leave the cell empty.")
	case c.heading == languageHeading:
		v.SetSqrefDropList(fmt.Sprintf("%s!$A$2:$A$%d", choosable, len(languages())+1))
	case c.heading == nameHeading:
		if err := v.SetRange(0, maxName, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween); err != nil {
			panic(err) // only for other types of bounds
		}
		v.SetError(excelize.DataValidationErrorStyleStop, c.heading, fmt.Sprintf("A name has at most %d characters.", maxName))
	}
	return v
}

// languageSheet lists what the drop-down offers.
func languageSheet(book *excelize.File) error {
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Family: family, Size: 11, Bold: true}})
	if err != nil {
		return err
	}
	for i, row := range slices.Insert(languages(), 0, language{"Tag", "Name"}) {
		for j, text := range []string{row.tag, row.name} {
			if err := book.SetCellStr(choosable, cell(j+1, i+1), text); err != nil {
				return err
			}
		}
	}
	if err := book.SetCellStyle(choosable, "A1", "B1", bold); err != nil {
		return err
	}
	if err := book.SetColWidth(choosable, "A", "A", 14); err != nil {
		return err
	}
	if err := book.SetColWidth(choosable, "B", "B", 34); err != nil {
		return err
	}
	return printed(book, choosable, "portrait")
}

// printed makes a sheet print one page wide.
func printed(book *excelize.File, name, orientation string) error {
	if err := book.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: new(true)}); err != nil {
		return err
	}
	return book.SetPageLayout(name, &excelize.PageLayoutOptions{
		Size: new(9), Orientation: &orientation, FitToWidth: new(1), FitToHeight: new(0), // A4
	})
}

// letter names a column by its number, from 1.
func letter(column int) string {
	name, err := excelize.ColumnNumberToName(column)
	if err != nil {
		panic(err) // only for numbers below 1
	}
	return name
}
