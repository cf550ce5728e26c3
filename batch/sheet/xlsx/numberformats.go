package xlsx

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"
)

// shownLimit is how many numbers are remembered as they are shown: the same dates
// and amounts come again and again.
const shownLimit = 4096

// numberFormats show numbers as people see them. excelize does it, in a workbook that
// has one cell for each format that ours uses, but for what it gets wrong and is done
// here:
//
//   - it does not look at the conditions of sections, [=1]"yes";[=0]"no", and takes the
//     first for zero, "yes";"yes";"no"; see chooseSection and sectionOf;
//   - it adds the four years between 1900 and 1904 to lengths of time, [h]:mm, and gets
//     the first two months of 1904 wrong; see since1900;
//   - it loses the minutes of h:mmAM/PM, see separated;
//   - it cuts fractions of seconds off where Excel rounds them, see roundedSeconds;
//   - it makes dates of numbers beyond the year 9999; see isOutsideCalendar.
type numberFormats struct {
	excel  *excelize.File
	styles styles
	// from1904 says that days are counted from 1904.
	from1904 bool
	cells    map[formatted]string
	shown    map[storedNumber]shownNumber
}

// formatted is a number format: its code, or for one that is built in its number and no
// code.
type formatted struct {
	id   int
	code string
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

// builtIns is the number of the last format that is built in, and of the style of the
// helper workbook behind those for them: General, which excelize leaves alone in style 0.
const builtIns, generalStyle = 81, builtIns + 1

// builtInStyles are the styles of the helper workbook: style 14 has the format 14.
var builtInStyles = sync.OnceValue(func() []byte {
	var xfs strings.Builder
	for id := range builtIns + 1 {
		_, _ = fmt.Fprintf(&xfs, `<xf numFmtId="%d"/>`, id)
	}
	return []byte(`<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font/></fonts><fills><fill/></fills>` +
		`<borders><border/></borders><cellXfs>` + xfs.String() + `<xf numFmtId="0"/></cellXfs></styleSheet>`)
})

// newNumberFormats takes the styles of a workbook.
func newNumberFormats(st styles, from1904 bool) *numberFormats {
	// A date in the system's short form has no form of its own.
	f := &numberFormats{
		excel: excelize.NewFile(excelize.Options{ShortDatePattern: "yyyy-mm-dd"}), styles: st, from1904: from1904,
		cells: make(map[formatted]string), shown: make(map[storedNumber]shownNumber),
	}
	f.excel.Styles = nil // read again, from here:
	f.excel.Pkg.Store("xl/styles.xml", builtInStyles())
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

// format lets excelize show a number. Some formats make it panic.
func (f *numberFormats) format(n storedNumber) (got shownNumber, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the number format of style %d cannot be read", n.style)
		}
	}()
	value, err := strconv.ParseFloat(n.raw, 64)
	if err != nil {
		return got, err
	}
	use, known := f.styles.format(n.style)
	if !known {
		return shownNumber{text: n.raw}, nil // there is no such style, so that the number has no form
	}
	code := cmp.Or(use.code, builtIn[use.id])
	if section, chosen, sure := sectionOf(code, value); chosen {
		if literal, ok := literalText(section, value); sure && ok {
			return shownNumber{text: literal}, nil
		}
		if !sure || value < 0 { // whether the sign is shown differs
			return shownNumber{text: plainNumber(n.raw, value), unsure: true}, nil
		}
		use.code, code = section, section
	}
	raw := n.raw
	if use.showsTime() {
		if f.isOutsideCalendar(code, value) {
			return shownNumber{text: plainNumber(n.raw, value), unsure: true}, nil
		}
		if f.from1904 && (code == "" || showsDay(code)) {
			raw = since1900(value)
		}
	}
	if beforeNoon.MatchString(code) {
		use.code = beforeNoon.ReplaceAllString(code, `$1"`+separated+`"$2`)
	}
	cell, err := f.cell(use)
	if err != nil {
		return got, err
	}
	if err := f.excel.SetCellDefault(helperSheet, cell, roundedSeconds(code, raw)); err != nil {
		return got, err
	}
	got.text, err = f.excel.GetCellValue(helperSheet, cell)
	got.text = strings.ReplaceAll(got.text, separated, "")
	return got, err
}

// formatsLimit is how many number formats are taken: Excel itself takes 250 besides those
// that are built in, and excelize compares each with all.
const formatsLimit = 4096

// cell is the cell of the helper sheet that has a format.
func (f *numberFormats) cell(use formatted) (string, error) {
	if cell, known := f.cells[use]; known {
		return cell, nil
	}
	if len(f.cells) == formatsLimit {
		return "", fmt.Errorf("there are more than %d number formats", formatsLimit)
	}
	style := cmp.Or(use.id, generalStyle)
	if use.code != "" {
		var err error
		if style, err = f.excel.NewStyle(&excelize.Style{CustomNumFmt: &use.code}); err != nil {
			return "", err
		}
	}
	cell := fmt.Sprintf("A%d", len(f.cells)+1)
	if err := f.excel.SetCellStyle(helperSheet, cell, cell, style); err != nil {
		return "", err
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

// sectionOf is the section of a format that conditions choose, or that is for zero, and
// whether that is sure; chosen is false where excelize knows the section by itself.
func sectionOf(code string, value float64) (section string, chosen, sure bool) {
	sections := splitFormat(code)
	if hasCondition(sections) {
		section, sure = chooseSection(sections, value)
		return section, true, sure
	}
	if sections = forNumbers(sections); value == 0 && len(sections) > 2 {
		return sections[2], true, true
	}
	return "", false, false
}

// forNumbers are the sections but the one for texts.
func forNumbers(sections []string) []string {
	if last := len(sections) - 1; last > 1 && strings.Contains(sections[last], "@") {
		return sections[:last]
	}
	return sections
}

func hasCondition(sections []string) bool {
	return slices.ContainsFunc(sections, condition.MatchString)
}

// chooseSection is the section that shows a number, and whether that is sure: a
// number that no condition meets is shown as ####, and what a section without a
// condition means beside one that has it is known for the last section alone.
func chooseSection(sections []string, value float64) (section string, sure bool) {
	sections = forNumbers(sections)
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
// shows nothing. Of zero, a place that is marked by # or ? shows no digit.
func literalText(section string, value float64) (string, bool) {
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
		case '[': // a colour or a currency; all else is left to excelize
			end := strings.IndexByte(section[i:], ']')
			if end < 0 {
				return "", false
			}
			inside := section[i : i+end+1]
			if m := currency.FindStringSubmatch(inside); m != nil {
				out.WriteString(m[1])
			} else if !colour.MatchString(inside) {
				return "", false
			}
			i += end
		case '_': // as wide as the next character
			out.WriteByte(' ')
			i++
		case '*': // the next character fills the cell
			i++
		case '#', '?':
			if value != 0 {
				return "", false
			}
			if c == '?' {
				out.WriteByte(' ')
			}
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

// currency is a currency's symbol with its language: [$€-407].
var currency = regexp.MustCompile(`^\[\$([^\]-]*)(?:-[0-9A-Fa-f]+)?\]$`)

// elapsed is what a format for a length of time has: hours, minutes or seconds
// beyond a day, [h].
var elapsed = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)

// beforeNoon finds minutes, years and the like with AM/PM right behind them. Separated,
// a word joiner that is taken out again, stands between the two for excelize.
var beforeNoon = regexp.MustCompile(`(?i)([a-z])(AM/PM|A/P)`)

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

// notShown is what of a format are no places for numbers: texts, colours, languages,
// and the word General.
var notShown = regexp.MustCompile(`(?i)"[^"]*"|\\.|[_*].|\[[^\]]*\]|general`)

// The letters of times, and those of days and years. An e that begins an exponent is
// none.
var (
	timeUnits = regexp.MustCompile(`(?i)[mhs]`)
	dayUnits  = regexp.MustCompile(`(?i)[ydgb]|mmm|e[^-+]|e$`)
)

// showsTime reports whether a format shows a number as a date or a time.
func showsTime(code string) bool {
	return isElapsed(code) || showsDay(code) || timeUnits.MatchString(notShown.ReplaceAllString(code, ""))
}

// showsTime reports whether a format is one of dates or times. The formats that are built
// in have numbers, some of which mean dates in East Asia and in Thailand only.
func (u formatted) showsTime() bool {
	if u.code != "" {
		return showsTime(u.code)
	}
	return 14 <= u.id && u.id <= 22 || 27 <= u.id && u.id <= 36 || 45 <= u.id && u.id <= 47 || 50 <= u.id && u.id <= 58 || 71 <= u.id
}

// showsDay reports whether a format shows a number as a date, with a time or without.
func showsDay(code string) bool {
	return !isElapsed(code) && dayUnits.MatchString(notShown.ReplaceAllString(code, ""))
}

// daysTo1904 are the days from the start of the one way to count them to that of the
// other.
const daysTo1904 = 1462

// since1900 is a date that is counted from 1904 as it is elsewhere.
func since1900(value float64) string { return strconv.FormatFloat(value+daysTo1904, 'f', -1, 64) }

// lastDay is the last day that Excel knows, at the end of the year 9999; longestTime is
// what excelize can count as hours.
const (
	lastDay     = 2958465
	longestTime = 100_000
)

// plainNumber is a number without a form, with the digits that spreadsheet programs keep.
func plainNumber(raw string, value float64) string {
	digits := strconv.FormatFloat(value, 'g', maxDigits, 64)
	kept, err := strconv.ParseFloat(digits, 64)
	if err != nil || isDigits(raw) || math.Abs(kept) >= 1e21 || math.Abs(kept) < 1e-9 {
		return raw
	}
	return strconv.FormatFloat(kept, 'f', -1, 64)
}

// isOutsideCalendar reports whether a number is no date or time, so that Excel shows ####:
// a telephone number in a column of dates, for one.
func (f *numberFormats) isOutsideCalendar(code string, value float64) bool {
	last := float64(lastDay)
	switch {
	case isElapsed(code):
		last = longestTime
	case f.from1904:
		last -= daysTo1904
	}
	return value < 0 || value >= last+1
}
