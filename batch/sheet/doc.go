// Package sheet opens a list of guests, a CSV file or an XLSX workbook told
// apart by content, finds its heading row and yields the rows below it.
//
// A list that loses rows silently is the worst bug this package could have.
// Whatever cannot be read exactly is an [Error] that names file, sheet, row and
// column, and the rows end there: never a shorter list, never a guess.
package sheet
