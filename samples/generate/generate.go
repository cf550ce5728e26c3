// Command generate makes the files of samples that are not typed by hand:
// partners.xlsx of partners.csv, and the two templates. Run it with
// "go generate ./samples". It writes the same bytes each time.
package main

import (
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"
)

// main panics on any error: it is run by those who can read the trace.
func main() {
	if err := run(); err != nil {
		panic(err)
	}
}

func run() error {
	for _, build := range []func() error{partners, templateBook, templateCSV} {
		if err := build(); err != nil {
			return err
		}
	}
	return nil
}

// save writes a workbook to the folder of the samples.
func save(book *excelize.File, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := book.WriteTo(file); err != nil {
		_ = file.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return file.Close()
}

// cell names a cell by its column and row, from 1.
func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err) // only for numbers below 1
	}
	return name
}
