// Package celltext writes texts and counts so that a workbook's cells hold them
// and give them back as they were.
package celltext
