package main

import (
	"strconv"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/sheet"
)

const (
	cover  = "Read me"
	guests = "Guests"
	// headingRow is where the headings stand on the sheet of the guests.
	headingRow = 3
)

// partners makes partners.xlsx of partners.csv: the same guests, below a title,
// on the second sheet of a workbook as people really send it.
func partners() error {
	list, err := sheet.Open("partners.csv", sheet.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	book, err := workbook(list)
	if err != nil {
		return err
	}
	return save(book, "partners.xlsx")
}

// workbook builds both sheets.
func workbook(list *sheet.List) (*excelize.File, error) {
	book := excelize.NewFile()
	if err := book.SetSheetName("Sheet1", cover); err != nil {
		return nil, err
	}
	if _, err := book.NewSheet(guests); err != nil {
		return nil, err
	}
	for i, line := range []string{
		"Partners to invite", "",
		"The guests are on the next sheet, one in each row.",
		"All people, companies and addresses are invented.",
	} {
		if err := book.SetCellStr(cover, cell(1, i+1), line); err != nil {
			return nil, err
		}
	}
	if err := book.SetCellStr(guests, "A1", "Guests of our partners, all projects"); err != nil {
		return nil, err
	}
	if err := fill(book, list); err != nil {
		return nil, err
	}
	return book, dress(book, len(list.Header().Columns))
}

// fill writes the headings and the guests.
func fill(book *excelize.File, list *sheet.List) error {
	for i, heading := range list.Header().Columns {
		if err := book.SetCellStr(guests, cell(i+1, headingRow), heading); err != nil {
			return err
		}
	}
	at := headingRow
	for row, err := range list.Rows() {
		if err != nil {
			return err
		}
		at++
		for i, text := range row.Cells {
			if err := book.SetCellValue(guests, cell(i+1, at), value(list.Header(), i, text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// value is a truth value in its column, nil for a blank cell, and else the text.
func value(header batch.Header, column int, text string) any {
	if text == "" {
		return nil
	}
	if yes, err := strconv.ParseBool(text); err == nil && header.Fields[batch.SendMessage] == column {
		return yes
	}
	return text
}

// dress makes the sheets pleasant to read.
func dress(book *excelize.File, columns int) error {
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for _, place := range [][3]string{
		{cover, "A1", "A1"},
		{guests, "A1", "A1"},
		{guests, cell(1, headingRow), cell(columns, headingRow)},
	} {
		if err := book.SetCellStyle(place[0], place[1], place[2], bold); err != nil {
			return err
		}
	}
	if err := book.SetColWidth(guests, "A", "C", 34); err != nil {
		return err
	}
	return book.SetPanes(guests, &excelize.Panes{
		Freeze: true, YSplit: headingRow, TopLeftCell: cell(1, headingRow+1), ActivePane: "bottomLeft",
	})
}
