package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// formulaHint is for a workbook that a program wrote and no spreadsheet program
// has opened since.
const formulaHint = "Open the workbook in Excel, save it, and run the command again: the results of its formulas are then stored in it."

// text is a cell as people see it.
func (b *workbook) text(c storedCell) (string, error) {
	switch c.kind {
	case "s":
		if c.raw == "" {
			return "", nil
		}
		i, err := b.shared(c)
		if err != nil {
			return "", err
		}
		return b.strings.text(i)
	case "str", "inlineStr":
		return unmasked(c.raw), nil
	case "b":
		switch strings.ToLower(strings.TrimSpace(c.raw)) {
		case "1", "true":
			return "TRUE", nil
		case "0", "false":
			return "FALSE", nil
		}
		return c.raw, nil
	case "d":
		return b.number(storedCell{style: c.style, raw: b.serial(c.raw)})
	case "e":
		return c.raw, nil
	}
	return b.number(c)
}

// shared is the number of a shared string.
func (b *workbook) shared(c storedCell) (int, error) {
	i, err := strconv.Atoi(strings.TrimSpace(c.raw))
	if err != nil || i < 0 || i >= len(b.strings.ends) {
		return 0, errNoText
	}
	return i, nil
}

// number is a number as people see it, but for digits that are only rounded away.
func (b *workbook) number(c storedCell) (string, error) {
	raw := strings.TrimSpace(c.raw)
	if raw == "" {
		return "", nil
	}
	if !numeric(raw) {
		return c.raw, nil // whatever the cell says of itself
	}
	text, err := b.formats.show(number{c.style, raw})
	if err != nil {
		return "", &faultError{what: "the workbook is damaged", hint: repair, cause: err}
	}
	return exactDigits(raw, text), nil
}

func numeric(raw string) bool {
	_, err := strconv.ParseFloat(raw, 64)
	return err == nil
}

// serial is a date of ISO 8601, as strict workbooks store it, as the number that
// a date is elsewhere: days since the end of 1899, or since the start of 1904.
func (b *workbook) serial(date string) string {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		t, err := time.Parse(layout, strings.TrimSpace(date))
		if err != nil {
			continue
		}
		start := time.Date(1899, 12, 30, 0, 0, 0, 0, t.Location())
		if b.from1904 {
			start = time.Date(1904, 1, 1, 0, 0, 0, 0, t.Location())
		}
		return strconv.FormatFloat(t.Sub(start).Hours()/24, 'f', -1, 64)
	}
	return date
}

// exactDigits undoes the rounding of a long whole number: a telephone or staff
// number is not 4.9E+10. Spreadsheet programs keep 15 digits, other programs
// store more.
func exactDigits(raw, text string) string {
	if digits(text) && len(text) < 15 || !digits(text) && !strings.Contains(strings.ToUpper(text), "E+") {
		return text
	}
	n, err := strconv.ParseFloat(raw, 64)
	shown, plain := strconv.ParseFloat(text, 64)
	if err != nil || plain != nil || n != math.Trunc(n) || n < 1 || n >= 1e21 {
		return text
	}
	switch {
	case digits(text) && shown == n: // with leading zeros, perhaps
		return text
	case math.Abs(shown-n) > n/10: // a date, say
		return text
	case digits(raw):
		return raw
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// digits reports whether a text is a whole number without a sign.
func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
