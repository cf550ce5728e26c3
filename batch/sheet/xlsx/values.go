package xlsx

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// values turn what is stored in cells into what people see.
type values struct {
	texts   sharedStrings
	formats *numberFormats
	// from1904 says that days are counted from 1904.
	from1904 bool
}

func (v *values) close() error {
	err := v.texts.close()
	if v.formats != nil {
		err = errors.Join(err, v.formats.close())
	}
	return err
}

// show returns a cell as people see it.
func (v *values) show(c storedCell) (string, error) {
	switch c.kind {
	case "s":
		if c.raw == "" {
			return "", nil
		}
		i, err := v.sharedIndex(c)
		if err != nil {
			return "", err
		}
		return v.texts.text(i)
	case "str", "inlineStr":
		return decodeXString(c.raw), nil
	case "b":
		switch strings.ToLower(strings.TrimSpace(c.raw)) {
		case "1", "true":
			return "TRUE", nil
		case "0", "false":
			return "FALSE", nil
		}
		return c.raw, nil
	case "d":
		return v.showNumber(storedCell{style: c.style, raw: v.serial(c.raw)})
	case "e":
		return c.raw, nil
	}
	return v.showNumber(c)
}

// sharedIndex returns the number of the shared string that a cell refers to.
func (v *values) sharedIndex(c storedCell) (int, error) {
	i, err := strconv.Atoi(strings.TrimSpace(c.raw))
	if err != nil || i < 0 || i >= v.texts.len() {
		return 0, &DamagedError{Err: errors.New("the text of the cell is missing")}
	}
	return i, nil
}

// showNumber returns a number as people see it, except that no digit is rounded
// away.
func (v *values) showNumber(c storedCell) (string, error) {
	raw := strings.TrimSpace(c.raw)
	if raw == "" {
		return "", nil
	}
	if !isNumeric(raw) {
		return c.raw, nil // whatever the cell says that it is
	}
	text, err := v.formats.show(storedNumber{c.style, raw})
	if err != nil {
		return "", &DamagedError{Err: err}
	}
	return exactDigits(raw, text), nil
}

func isNumeric(raw string) bool {
	_, err := strconv.ParseFloat(raw, 64)
	return err == nil
}

// serial turns a date of ISO 8601, as strict workbooks store it, into the number
// that a date is elsewhere: days since the end of 1899, or since the start of
// 1904. What is no date stays as it is.
func (v *values) serial(date string) string {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		t, err := time.Parse(layout, strings.TrimSpace(date))
		if err != nil {
			continue
		}
		start := time.Date(1899, 12, 30, 0, 0, 0, 0, t.Location())
		if v.from1904 {
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
	if isDigits(text) && len(text) < 15 || !isDigits(text) && !strings.Contains(strings.ToUpper(text), "E+") {
		return text
	}
	n, err := strconv.ParseFloat(raw, 64)
	shown, unreadable := strconv.ParseFloat(text, 64)
	if err != nil || unreadable != nil || n != math.Trunc(n) || n < 1 || n >= 1e21 {
		return text
	}
	switch {
	case isDigits(text) && shown == n: // perhaps with leading zeros
		return text
	case math.Abs(shown-n) > n/10: // a date, for example
		return text
	case isDigits(raw):
		return raw
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// isDigits reports whether a text is a whole number without a sign.
func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
