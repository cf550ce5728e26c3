package selection_test

import (
	"errors"
	"strings"
	"testing"

	"guestlist/batch/selection"
	"guestlist/internal/assert"
)

func TestRowRangesAreReadAndPutInOrder(t *testing.T) {
	for text, want := range map[string]string{
		"7": "7", "10-200,305": "10-200,305", "\t10 - 200 , 305\t": "10-200,305", "305,10-200": "10-200,305",
		"10-": "10-", "5-20,10-30": "5-30", "5-20,7": "5-20", "5,6,7": "5-7", "10-,3-12,40": "3-", "7-7": "7",
		"10–12": "10-12", "2-,2-": "2-", "1-9223372036854775807": "1-", "007": "7",
	} {
		lines, err := selection.ParseRowRanges(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		assert.Equal(t, text, lines.String(), want)
	}
	lines, _ := selection.ParseRowRanges("3-5,8,11-")
	var has []int
	for line := range 14 {
		if lines.Has(line) {
			has = append(has, line)
		}
	}
	assert.Equal(t, "rows", has, []int{3, 4, 5, 8, 11, 12, 13})
	assert.Equal(t, "no lines", selection.RowRanges{}.Empty() && !selection.RowRanges{}.Has(1), true)
}

func TestRowRangesThatCannotBeReadSayWhy(t *testing.T) {
	for text, want := range map[string]string{
		"": "a row number is missing", "3,,5": "a row number is missing", "3,": "a row number is missing",
		"-5": "missing before the hyphen", "-": "missing before the hyphen", "0": "rows count from 1", "0-5": "rows count from 1",
		"9-5": "9-5 runs backwards", "x": `"x" is not a row number`, "1-2-3": `"2-3" is not a row number`, "+5": `"+5" is not a row number`,
		"1;2": `"1;2" is not a row number`, "99999999999999999999": "too large", "٣": "is not a row number",
	} {
		lines, err := selection.ParseRowRanges(text)
		wrong, ok := errors.AsType[*selection.SelectionError](err)
		if !ok || !strings.Contains(wrong.What, want) || wrong.Text != text || wrong.Hint() == "" {
			t.Errorf("%q: %v, %v", text, lines, err)
		}
	}
}

func FuzzParseRowRanges(f *testing.F) {
	for _, seed := range []string{"1", "10-200,305", "10-", "9-5", " 3 – 4 ,4", "1-9223372036854775807,3", "9223372036854775807-"} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, line int) {
		lines, err := selection.ParseRowRanges(text)
		if err != nil {
			if !errors.As(err, new(*selection.SelectionError)) || !lines.Empty() {
				t.Errorf("%q: %v, %#v", text, lines, err)
			}
			return
		}
		again, err := selection.ParseRowRanges(lines.String())
		if err != nil || again.String() != lines.String() || again.Has(line) != lines.Has(line) {
			t.Errorf("%q: %v, then %v, %v", text, lines, again, err)
		}
		if lines.Empty() || lines.Has(line) && line < 1 {
			t.Errorf("%q: %v has %d", text, lines, line)
		}
		if single, err := selection.ParseRowRanges(text + ",12345"); err != nil || !single.Has(12345) || lines.Has(line) && !single.Has(line) {
			t.Errorf("%q: one more row makes it %v, %v", text, single, err)
		}
	})
}
