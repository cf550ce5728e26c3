package marked

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// defaultColumn is the width of a column that nobody set, in pixels.
const defaultColumn = 64

// anchor says where the box of a comment lies: its left, top, right and bottom
// edge, each as a column or row from 0 and the pixels into it. It stands right
// of its cell, or left where the sheet ends, and begins a row higher.
func (b *book) anchor(s *sheet, c comment) string {
	left := min(c.column+1, excelize.MaxColumns-1)
	if left == c.column {
		left = max(0, c.column-boxWidth/defaultColumn-1)
	}
	right, rightRest := span(left, boxLeft+boxWidth, excelize.MaxColumns, b.columnPixels)
	height := c.height()
	top := max(0, min(c.row-2, excelize.TotalRows-1-height/defaultRow-1))
	bottom, bottomRest := span(top, height+2, excelize.TotalRows, s.rowPixels)
	return fmt.Sprintf("%d, %d, %d, %d, %d, %d, %d, %d", left, boxLeft, top, 2, right, rightRest, bottom, bottomRest)
}

// span walks pixels on from the edge of a column or row, and returns the one
// where they end and how far into it.
func span(from, pixels, end int, size func(int) int) (at, rest int) {
	for at = from; at < end-1 && pixels >= size(at); at++ {
		pixels -= size(at)
	}
	return at, min(pixels, size(at))
}

func (b *book) columnPixels(column int) int {
	if column >= len(b.widths) {
		return defaultColumn
	}
	return int(b.widths[column]*7 + 5)
}

func (s *sheet) rowPixels(row int) int {
	if points, ok := s.heights[row+1]; ok {
		return int(points * 4 / 3)
	}
	return defaultRow
}
