package xlsx

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// values turn what is stored in cells into what people see.
type values struct {
	texts   sharedStrings
	formats *numberFormats
	styles  styles
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
func (v *values) show(c storedCell) (shownNumber, error) {
	switch c.kind {
	case "d":
		return v.showNumber(storedCell{style: c.style, raw: v.serial(c.raw)})
	case "s", "str", "inlineStr", "b", "e":
		text, err := v.showText(c)
		return shownNumber{text: text}, err
	}
	return v.showNumber(c)
}

// showText returns a cell that is no number.
func (v *values) showText(c storedCell) (string, error) {
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
	}
	return c.raw, nil
}

// sharedIndex returns the number of the shared string that a cell refers to.
func (v *values) sharedIndex(c storedCell) (int, error) {
	i, err := strconv.Atoi(strings.TrimSpace(c.raw))
	if err != nil || i < 0 || i >= v.texts.len() {
		return 0, &DamagedError{Err: errors.New("the text of the cell is missing")}
	}
	return i, nil
}

// struck returns the first part of a cell that is struck through, and whether all of it
// is.
func (v *values) struck(c storedCell) (first span, wholly bool) {
	found := strikes{}
	switch c.kind {
	case "inlineStr":
		found = c.strikes.decoded(c.raw)
	case "s":
		if len(v.texts.strikes.numbers) == 0 {
			break
		}
		if i, err := v.sharedIndex(c); err == nil {
			found = v.texts.strikes.of(i)
		}
	}
	if v.styles.isStruck(c.style) {
		return found.in(fontStruck)
	}
	return found.in(fontPlain)
}

// showNumber returns a number as people see it, except that no digit is rounded
// away.
func (v *values) showNumber(c storedCell) (shownNumber, error) {
	raw := strings.TrimSpace(c.raw)
	if raw == "" {
		return shownNumber{}, nil
	}
	if !isNumeric(raw) {
		return shownNumber{text: c.raw}, nil // whatever the cell says that it is
	}
	shown, err := v.formats.show(storedNumber{c.style, raw})
	if err != nil {
		return shown, &DamagedError{Err: err}
	}
	shown.text = exactDigits(raw, shown.text)
	return shown, nil
}

func isNumeric(raw string) bool {
	_, err := strconv.ParseFloat(raw, 64)
	return err == nil
}

// serial turns a date of ISO 8601, as strict workbooks store it, into the number
// that a date is elsewhere: days since the end of 1899, or since the start of
// 1904. A time of day or a length of time, PT0H12M, is a part of a day, or several.
// What is none of these stays as it is.
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
	m := timeOfDay.FindStringSubmatch(date)
	if m == nil {
		return date
	}
	days := 0.0
	for i, unit := range []float64{1, 24, 24 * 60, 24 * 60 * 60} {
		for _, part := range []string{m[i+1], m[i+5]} {
			if n, err := strconv.ParseFloat(part, 64); err == nil {
				days += n / unit
			}
		}
	}
	return strconv.FormatFloat(days, 'g', maxDigits, 64)
}

// maxDigits is how many digits of a number a spreadsheet program keeps.
const maxDigits = 15

// timeOfDay is a time of ISO 8601, 10:59:59.5, or a length of time, P1DT0H12M0.5S:
// days, hours, minutes and seconds of either.
var timeOfDay = regexp.MustCompile(`^\s*(?:P(?:([0-9]+)D)?T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9.]+)S)?|()T?([0-9]{1,2}):([0-9]{2})(?::([0-9.]+))?Z?)\s*$`)

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
