//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// headings are those of a list as partners send it.
var headings = []string{"Company", "Display name", "Email", "Account manager", "Project"}

// The columns that a hand-off goes by, and how many packages that makes.
const (
	byProject, projects = "Project", 5
	byManager, managers = "Account manager", 40
	byCompany, firms    = "Company", 20_000
)

// guest is row number n of a list, from 0.
func guest(n int) []string {
	company := "company" + strconv.Itoa(n%firms)
	return []string{
		company, "Guest Number " + strconv.Itoa(n), fmt.Sprintf("guest%d@%s.example", n, company),
		"manager" + strconv.Itoa(n%managers) + "@contoso.example", "Harbor " + strconv.Itoa(n%projects),
	}
}

// writeList writes a list as the ending of its file says: list FILE ROWS.
func writeList(_ context.Context, args []string) error {
	if filepath.Ext(args[0]) == ".xlsx" {
		return writeWorkbook(args[0], number(args[1]))
	}
	return writeCSV(args[0], number(args[1]))
}

// writeCSV and writeWorkbook write a list with this many rows.
func writeCSV(path string, rows int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	line := func(cells []string) {
		for i, cell := range cells {
			if i > 0 {
				_ = out.WriteByte(',') // Flush tells
			}
			_, _ = out.WriteString(cell)
		}
		_ = out.WriteByte('\n')
	}
	line(headings)
	for n := range rows {
		line(guest(n))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func writeWorkbook(path string, rows int) error {
	file := excelize.NewFile()
	sheet, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	row := make([]any, len(headings))
	for n := -1; n < min(rows, excelize.TotalRows-1); n++ {
		cells := headings
		if n >= 0 {
			cells = guest(n)
		}
		for i, cell := range cells {
			row[i] = cell
		}
		if err := sheet.SetRow("A"+strconv.Itoa(n+2), row); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	if err := file.SaveAs(path); err != nil {
		return err
	}
	return file.Close()
}
