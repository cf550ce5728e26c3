package xlsx

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// shownLimit is how many numbers are remembered as they are shown: the same dates
// and amounts come again and again.
const shownLimit = 4096

// numberFormats show numbers as people see them. excelize does it, in a workbook
// that has the styles of ours and one cell for each of them, but for what it gets
// wrong and is done here:
//
//   - it does not look at the conditions of sections, [=1]"yes";[=0]"no", and always
//     takes the first; see section;
//   - it adds the four years between 1900 and 1904 to lengths of time, [h]:mm;
//   - it loses the minutes of h:mmAM/PM, see separated;
//   - it cuts fractions of seconds off where Excel rounds them, see roundedSeconds.
type numberFormats struct {
	excel  *excelize.File
	styles styles
	// from1904 says that days are counted from 1904; counted is what excelize was
	// told last.
	from1904, counted bool
	cells             map[formatted]string
	shown             map[storedNumber]shownNumber
}

// formatted is a style of ours, with the code to use in the place of its own: the
// section that conditions choose, for one; else "".
type formatted struct {
	style int
	code  string
}

// shownNumber is a number as people see it. It is not sure where a format cannot be
// applied as Excel would: the number stands there plain.
type shownNumber struct {
	text   string
	unsure bool
}

// storedNumber is a number as it is stored, and the style of its cell.
type storedNumber struct {
	style int
	raw   string
}

// helperSheet is the only sheet in the workbook of numberFormats.
const helperSheet = "Sheet1"

// newNumberFormats takes the styles of a workbook.
func newNumberFormats(st styles, from1904 bool) *numberFormats {
	// A date in the system's short form has no form of its own.
	f := &numberFormats{
		excel: excelize.NewFile(excelize.Options{ShortDatePattern: "yyyy-mm-dd"}), styles: st, from1904: from1904,
		cells: make(map[formatted]string), shown: make(map[storedNumber]shownNumber),
	}
	if st.part != nil {
		f.excel.Styles = nil // read again, from here:
		f.excel.Pkg.Store("xl/styles.xml", st.part)
	}
	return f
}

// show returns a number as people see it.
func (f *numberFormats) show(n storedNumber) (shownNumber, error) {
	if n.style == 0 && f.styles.isGeneral(0) {
		return shownNumber{text: n.raw}, nil
	}
	got, known := f.shown[n]
	if known {
		return got, nil
	}
	got, err := f.format(n)
	if err != nil {
		return got, err
	}
	if len(f.shown) == shownLimit {
		clear(f.shown)
	}
	f.shown[n] = got
	return got, nil
}

// format lets excelize show a number. Some damage to styles makes it panic.
func (f *numberFormats) format(n storedNumber) (got shownNumber, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the number format of style %d cannot be read", n.style)
		}
	}()
	use := formatted{style: n.style}
	code := f.styles.format(n.style)
	if sections := splitFormat(code); hasCondition(sections) {
		value, err := strconv.ParseFloat(n.raw, 64)
		section, sure := chooseSection(sections, value)
		if literal, ok := literalText(section); sure && ok {
			return shownNumber{text: literal}, err
		}
		if err != nil || !sure || value < 0 { // whether the sign is shown differs
			return shownNumber{text: n.raw, unsure: true}, err
		}
		use.code, code = section, section
	}
	if minutesBeforeNoon.MatchString(code) {
		use.code = minutesBeforeNoon.ReplaceAllString(code, `$1"`+separated+`"$2`)
	}
	cell, err := f.cell(use)
	if cell == "" || err != nil {
		return shownNumber{text: n.raw}, err // there is no such style, so that the number has no form
	}
	if from1904 := f.from1904 && !isElapsed(code); from1904 != f.counted {
		if err := f.excel.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904}); err != nil {
			return got, err
		}
		f.counted = from1904
	}
	if err := f.excel.SetCellDefault(helperSheet, cell, roundedSeconds(code, n.raw)); err != nil {
		return got, err
	}
	got.text, err = f.excel.GetCellValue(helperSheet, cell)
	got.text = strings.ReplaceAll(got.text, separated, "")
	return got, err
}

// cell is the cell of the helper sheet that has a format, "" where there is no such
// style.
func (f *numberFormats) cell(use formatted) (string, error) {
	if cell, known := f.cells[use]; known {
		return cell, nil
	}
	style := use.style
	if use.code != "" {
		var err error
		if style, err = f.excel.NewStyle(&excelize.Style{CustomNumFmt: &use.code}); err != nil {
			return "", err
		}
	}
	cell := fmt.Sprintf("A%d", len(f.cells)+1)
	if err := f.excel.SetCellStyle(helperSheet, cell, cell, style); err != nil {
		return "", nil //nolint:nilerr // there is no such style
	}
	f.cells[use] = cell
	return cell, nil
}

func (f *numberFormats) close() error { return f.excel.Close() }

// splitFormat takes a number format apart into its sections. A semicolon in quotes,
// in brackets or behind a backslash separates none.
func splitFormat(code string) []string {
	var sections []string
	start := 0
	for i, end := 0, byte(0); i < len(code); i++ {
		switch c := code[i]; {
		case end != 0:
			if c == end {
				end = 0
			}
		case c == '"':
			end = '"'
		case c == '[':
			end = ']'
		case c == '\\', c == '_', c == '*':
			i++
		case c == ';':
			sections, start = append(sections, code[start:i]), i+1
		}
	}
	return append(sections, code[start:])
}

// condition is what a section asks of a number: [>=100].
var condition = regexp.MustCompile(`\[\s*(<=|>=|<>|<|>|=)\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*\]`)

func hasCondition(sections []string) bool {
	return slices.ContainsFunc(sections, condition.MatchString)
}

// chooseSection is the section that shows a number, and whether that is sure: a
// number that no condition meets is shown as ####, and what a section without a
// condition means beside one that has it is known for the last section alone.
func chooseSection(sections []string, value float64) (section string, sure bool) {
	if last := len(sections) - 1; last > 1 && strings.Contains(sections[last], "@") {
		sections = sections[:last] // for texts
	}
	for i, s := range sections {
		asked := condition.FindStringSubmatch(s)
		switch {
		case asked == nil && i == len(sections)-1 && i > 0:
			return s, true
		case asked == nil || i > 1:
			return "", false
		}
		limit, err := strconv.ParseFloat(asked[2], 64)
		if err != nil {
			return "", false
		}
		if meets(value, asked[1], limit) {
			return strings.Replace(s, asked[0], "", 1), true
		}
	}
	return "", false
}

// meets compares a number as a condition asks.
func meets(value float64, operator string, limit float64) bool {
	switch operator {
	case "<":
		return value < limit
	case "<=":
		return value <= limit
	case ">":
		return value > limit
	case ">=":
		return value >= limit
	case "<>":
		return value != limit
	}
	return value == limit
}

// literalText is what a section without any place for a digit shows. An empty one
// shows nothing.
func literalText(section string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(section); i++ {
		switch c := section[i]; c {
		case '"':
			end := strings.IndexByte(section[i+1:], '"')
			if end < 0 {
				return "", false
			}
			out.WriteString(section[i+1 : i+1+end])
			i += end + 1
		case '[': // a colour; all else is left to excelize
			end := strings.IndexByte(section[i:], ']')
			if end < 0 || !colour.MatchString(section[i:i+end+1]) {
				return "", false
			}
			i += end
		case '\\':
			if i++; i < len(section) {
				out.WriteByte(section[i])
			}
		case ' ', '-', '(', ')', '+', '!', '/', ':':
			out.WriteByte(c)
		default:
			return "", false
		}
	}
	return out.String(), true
}

// colour is the colour of a section, in English as it is stored.
var colour = regexp.MustCompile(`(?i)^\[(black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]+)\]$`)

// elapsed is what a format for a length of time has: hours, minutes or seconds
// beyond a day, [h].
var elapsed = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)

// minutesBeforeNoon finds minutes with AM/PM right behind them. Separated, a word
// joiner that is taken out again, stands between the two for excelize.
var minutesBeforeNoon = regexp.MustCompile(`(?i)(m)(AM/PM|A/P)`)

const separated = "\u2060"

// secondsFraction is what a format with fractions of seconds has.
var secondsFraction = regexp.MustCompile(`(?i)s\]?\.(0+)`)

// roundedSeconds rounds a time to the fraction of a second that its format shows, and
// adds a little, so that cutting the rest off changes nothing.
func roundedSeconds(code, raw string) string {
	m := secondsFraction.FindStringSubmatch(code)
	value, err := strconv.ParseFloat(raw, 64)
	if m == nil || err != nil || value < 0 {
		return raw
	}
	const day, little = 24 * 60 * 60, 0.0001
	places := math.Pow10(len(m[1]))
	return strconv.FormatFloat((math.Round(value*day*places)/places+little)/day, 'f', -1, 64)
}

func isElapsed(code string) bool { return elapsed.MatchString(code) }
