package session

import (
	"fmt"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/batch/selection"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// Reading says what of a list was read as what.
type Reading struct {
	Fields []FieldReading `json:"read"`
	// Carried are the columns that are read as nothing: they go along into the results.
	Carried []string `json:"carried"`
}

// FieldReading is a field with the columns that it is read from: more than one for a
// name in parts.
type FieldReading struct {
	Field   batch.Field `json:"field"`
	Columns []string    `json:"columns"`
}

// Reading says what of the list is read as what, each column with its letter.
func (s *Session) Reading() Reading {
	h := s.source.header()
	r := Reading{Fields: []FieldReading{}, Carried: []string{}}
	used := make(map[int]bool)
	read := func(f batch.Field, at ...int) {
		columns := make([]string, 0, len(at))
		for _, i := range at {
			columns, used[i] = append(columns, columnShown(h.Columns, i)), true
		}
		r.Fields = append(r.Fields, FieldReading{f, columns})
	}
	for _, f := range batch.Fields() {
		at, whole := h.Fields[f]
		switch {
		case whole:
			read(f, at)
		case f == batch.Name && len(h.NameFrom) > 0:
			var parts []int
			for _, p := range h.NameFrom {
				if p.Column >= 0 {
					parts = append(parts, p.Column)
				}
			}
			read(f, parts...)
		}
	}
	for _, f := range batch.FollowUpFields() {
		if at, asked := h.Fields[f]; asked {
			read(f, at)
		}
	}
	for i, heading := range h.Columns {
		if !used[i] && !results.IsUnheaded(heading) && !s.source.isResultColumn(heading) {
			r.Carried = append(r.Carried, columnShown(h.Columns, i))
		}
	}
	return r
}

// columnShown is a heading with the letter of its column, or that alone.
func columnShown(columns []string, at int) string {
	if text.Trim(columns[at]) == "" {
		return text.ColumnName(at + 1)
	}
	return fmt.Sprintf("%s (%s)", text.Printable(text.Truncate(strings.Join(strings.Fields(columns[at]), " "), 60)), text.ColumnName(at+1))
}

// Read says in one line which column each field is read from.
func (r Reading) Read() string {
	var words []string
	for _, f := range r.Fields {
		words = append(words, fmt.Sprintf("%s from %s", f.Field, strings.Join(f.Columns, " and ")))
	}
	return strings.Join(words, ", ")
}

// Rest lists the columns that are only carried, the first ones of many.
func (r Reading) Rest() string {
	const many = 12
	return text.Few(r.Carried[:min(many, len(r.Carried))], len(r.Carried))
}

// answers counts the rows to send by what the columns say that no field is read from,
// where that is yes or no: whoever made the list may have marked who is not meant.
type answers struct {
	header batch.Header
	rows   int
	// columns are those that may be of such answers.
	columns []*answerColumn
}

// answerColumn is one of them.
type answerColumn struct {
	at int
	// words are the cells that say yes or no in words, digits those of 0 or 1, others
	// those that say neither.
	words, digits, others int
	no                    int
	// yes are the spellings of yes, as conditions compare them.
	yes []string
	// known are the answers of the first maxOthers cells, which come again and again.
	known map[string]answer
}

// answer is what a cell says.
type answer uint8

const (
	neither answer = iota
	yes
	no
)

const (
	// maxOthers is how many cells may say something else, beyond as many as say yes or no,
	// before a column is not looked at any more.
	maxOthers = 100
	// longestAnswer is in bytes. Longer cells are no yes or no in any language.
	longestAnswer = 24
)

// newAnswers takes the columns of the list of which no field is read, and by which no rows
// are chosen.
func (s *Session) newAnswers() *answers {
	a := &answers{header: s.source.header()}
	for i, heading := range a.header.Columns {
		chosen := slices.ContainsFunc(s.Selection.Where, func(c selection.Condition) bool { return text.FindHeading(a.header.Columns, c.Heading) == i })
		if !chosen && !a.header.Uses(i) && !results.IsUnheaded(heading) && !s.source.isResultColumn(heading) {
			a.columns = append(a.columns, &answerColumn{at: i, known: make(map[string]answer)})
		}
	}
	return a
}

// add counts a row to send.
func (a *answers) add(row batch.Row) {
	a.rows++
	for i := 0; i < len(a.columns); i++ {
		if c := a.columns[i]; !c.add(text.Trim(row.Cell(c.at))) {
			a.columns = slices.Delete(a.columns, i, i+1)
			i--
		}
	}
}

// add reports false once the column is one of something else.
func (c *answerColumn) add(cell string) bool {
	if cell == "" {
		return true
	}
	said, known := c.known[cell]
	if !known && len(cell) <= longestAnswer {
		if isYes, ok := judge.YesNo(cell); ok && isYes {
			said = yes
		} else if ok {
			said = no
		}
		if len(c.known) < maxOthers {
			c.known[cell] = said
		}
	}
	switch {
	case said == neither:
		c.others++
	case cell == "0" || cell == "1":
		c.digits++
	default:
		c.words++
	}
	switch spelled := strings.ToLower(cell); {
	case said == no:
		c.no++
	case said == yes && !slices.Contains(c.yes, spelled):
		c.yes = append(c.yes, spelled)
	}
	return c.others <= c.words+c.digits+maxOthers
}

// isAnswers reports whether the column is one of answers, of which some are no. Most of it
// says yes or no in words, or all of it in digits, too: numbers are mostly of something
// else.
func (c *answerColumn) isAnswers() bool {
	return c.no > 0 && (c.others == 0 || c.words > c.digits+c.others)
}

// Declined are the columns of the list that no field is read from and that say no of rows
// which are to be sent, complete when the rows have been gone through.
func (s *Session) Declined() []Declined {
	if s.answers == nil {
		return nil
	}
	var declined []Declined
	for _, c := range s.answers.columns {
		if c.isAnswers() {
			declined = append(declined, Declined{
				Column: fmt.Sprintf("%q (%s)", text.Truncate(s.answers.header.Columns[c.at], 60), text.ColumnName(c.at+1)),
				No:     c.no, Rows: s.answers.rows, where: c.condition(s.answers.header),
			})
		}
	}
	return declined
}

// condition is what --where takes to send only those that say yes, "" where no single one
// does.
func (c *answerColumn) condition(h batch.Header) string {
	heading := h.Columns[c.at]
	if len(c.yes) != 1 || text.FindHeading(h.Columns, heading) != c.at || text.Line(heading) != heading {
		return ""
	}
	condition := selection.Condition{Heading: text.Trim(heading), Value: c.yes[0]}
	if read, err := selection.ParseCondition(condition.String()); err != nil || read != condition {
		return ""
	}
	return condition.String()
}

// Declined says of how many rows that are to be sent a column says no.
type Declined struct {
	// Column is the heading with the letter.
	Column string
	// No is how many of the Rows to send it says no of.
	No, Rows int

	where string
}

// Notice says what that comes to, and what to do if it is not meant.
func (d Declined) Notice() string {
	guests, rows := "these guests are", "them out, choose with --where, or delete their rows."
	if d.No == 1 {
		guests, rows = "that guest is", "that one out, choose with --where, or delete the row."
	}
	sentence := fmt.Sprintf("The column %s says no in %d of %s to send, and is not read: %s still invited.", d.Column, d.No, text.Plural(d.Rows, "row"), guests)
	if d.where != "" {
		return sentence + " To invite only those marked yes: --where " + shell.Quote(d.where)
	}
	return sentence + " To leave " + rows
}

// String is the same in short, for a question.
func (d Declined) String() string {
	return fmt.Sprintf("the column %s says no in %d of %s, and is not read", d.Column, d.No, text.Plural(d.Rows, "row"))
}
