package xlsx

import (
	"strings"
	"testing"

	"guestlist/internal/assert"
)

func TestLinesOfWrappedText(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  int
	}{
		{"", 10, 1},
		{"short", 10, 1},
		{"1234567890 1234567890 1", 10, 3},
		{"1234567 1234567 1234567", 10, 3}, // no word is broken that fits a line
		{"a\nb\n", 10, 2},
		{"佐藤佐藤佐藤", 10, 2},
		{"“Žofie”", 10, 1}, // not of East Asia
		{strings.Repeat("x", 30), 40, 1},
		{strings.Repeat("x", 60), 40, 2},
		{"a\nb\nc", 40, 3},
	}
	for _, test := range tests {
		if got := Lines(test.text, test.width); got != test.want {
			t.Errorf("%q: %d lines, want %d", test.text, got, test.want)
		}
	}
}

func TestHeight(t *testing.T) {
	assert.Equal(t, "the usual one", Height(1), 0.0)
	assert.Equal(t, "two lines", Height(2), 2*LineHeight)
	assert.Equal(t, "as high as Excel takes", Height(Lines(strings.Repeat("\n", 99), 40)), 409.0)
}

func TestWidths(t *testing.T) {
	w := NewWidths([]string{"E", "Heading of a column", "C"})
	w.Note(0, "1234567\n89")
	w.Note(2, strings.Repeat("x", 99))
	w.Note(3, "beyond")
	assert.Equal(t, "widths", w.Columns(50), []float64{7 + Padding, 19 + Padding, 50})
	assert.Equal(t, "at least", NewWidths([]string{""}).Columns(50), []float64{MinWidth})
}
