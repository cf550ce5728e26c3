package page

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/report"
)

// rows writes the data of the page as one JSON object. A row is
//
//	[line, status, group, attempts, at, [address, link, code, error, advice, state, user, request, cell...]]
//
// with status and group as positions in their lists (group -1 for a row without
// an error) and at in seconds since 1970, 0 for a row that was never answered.
// The lists follow the rows: they are complete only then.
type rows struct {
	out      *bufio.Writer
	tally    *batch.Tally
	timeline timeline
	// statuses are in the order of reports; one that is not known comes last.
	statuses []batch.Status
	// list are the columns that are not shown as outcomes anyway; a list that
	// is itself a results workbook has old ones.
	list []column
	// width is the number of headings: cells beyond have none.
	width int
	line  []byte
}

// column is a column of the list.
type column struct {
	at      int
	heading string
	// address says that so far every cell was the address of its row, so that
	// the column need not be shown beside the address.
	address bool
}

// lists is what the browser needs to know besides the rows.
type lists struct {
	Headings []string       `json:"headings"`
	Statuses []batch.Status `json:"statuses"`
	Groups   []string       `json:"groups"`
	// Address and Name are positions in Headings, -1 where the list has no such column.
	Address int `json:"address"`
	Name    int `json:"name"`
}

func newRows(out *bufio.Writer, headings []string, facts batch.RunFacts) *rows {
	r := &rows{
		out: out, width: len(headings),
		tally: batch.NewTally(), timeline: newTimeline(facts), statuses: batch.Statuses(),
	}
	for i, heading := range headings {
		if _, ours := results.Column(heading); !ours {
			r.list = append(r.list, column{at: i, heading: heading, address: true})
		}
	}
	return r
}

// writeAll writes the object. What the buffered writer refuses is not looked
// at here: it refuses everything after it, too.
func (r *rows) writeAll(ctx context.Context, records iter.Seq2[batch.Record, error]) error {
	_, _ = r.out.WriteString(`{"rows":[`)
	n := 0
	err := report.Each(ctx, records, func(rec batch.Record) error {
		if n++; n > 1 {
			_ = r.out.WriteByte(',')
		}
		return r.write(rec)
	})
	if err != nil {
		return err
	}
	_, _ = r.out.WriteString("],\n\"lists\":")
	text, err := json.Marshal(r.lists(n))
	if err != nil {
		return err
	}
	_, _ = r.out.Write(text)
	return r.out.WriteByte('}')
}

// write adds one row. JSON text from Go has no <, >, & or line separator in it,
// so nothing in a cell can end the element that it stands in.
func (r *rows) write(rec batch.Record) error {
	o, group := rec.Outcome, -1
	r.timeline.add(o)
	if g := r.tally.Add(rec); g != nil {
		group = g.ID
	}
	at := int64(0)
	if !o.At.IsZero() {
		at = o.At.Unix()
	}
	r.line = append(r.line[:0], "\n["...)
	for _, n := range []int64{int64(rec.Line), int64(r.status(o.Status)), int64(group), int64(o.Attempts), at} {
		r.line = append(strconv.AppendInt(r.line, n, 10), ',')
	}
	texts := append([]string{
		o.Address, o.RedeemURL.Reveal(), o.ErrorCode, o.Error, o.Advice,
		o.InvitationStatus, o.UserID, o.RequestID,
	}, r.cells(rec)...)
	text, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	_, _ = r.out.Write(r.line)
	_, _ = r.out.Write(text)
	return r.out.WriteByte(']')
}

// status is the position of a status in the list of them.
func (r *rows) status(s batch.Status) int {
	at := slices.Index(r.statuses, s)
	if at < 0 {
		at = len(r.statuses)
		r.statuses = append(r.statuses, s)
	}
	return at
}

// cells returns the row's cells in the columns of the list, without empty ones
// at the end. A cell right of all headings opens a column of its own.
func (r *rows) cells(rec batch.Record) []string {
	for i := r.width; i < len(rec.Cells); i++ {
		if rec.Cells[i] != "" {
			r.widen(i)
		}
	}
	cells := make([]string, len(r.list))
	used := 0
	for i := range r.list {
		c := &r.list[i]
		if c.at < len(rec.Cells) {
			cells[i] = rec.Cells[c.at]
		}
		c.address = c.address && batch.Key(strings.TrimSpace(cells[i])) == rec.Outcome.Address
		if cells[i] != "" {
			used = i + 1
		}
	}
	return cells[:used]
}

// widen adds columns up to the position. None of them is the address: the rows
// before had nothing there.
func (r *rows) widen(position int) {
	for ; r.width <= position; r.width++ {
		r.list = append(r.list, column{at: r.width})
	}
}

// lists says what the columns are once the number of rows has passed.
func (r *rows) lists(passed int) lists {
	l := lists{Headings: []string{}, Statuses: r.statuses, Groups: []string{}, Address: -1, Name: -1}
	for _, g := range r.tally.Groups() {
		l.Groups = append(l.Groups, g.Code)
	}
	for i, c := range r.list {
		l.Headings = append(l.Headings, c.title())
		if c.address && passed > 0 && l.Address < 0 {
			l.Address = i
		}
		if l.Name < 0 && slices.Contains(names, squeeze(c.heading)) {
			l.Name = i
		}
	}
	return l
}

// title is the heading, or what a spreadsheet program would call the column.
func (c column) title() string {
	if strings.TrimSpace(c.heading) == "" {
		return "Column " + strconv.Itoa(c.at+1)
	}
	return c.heading
}

// names are the squeezed headings that mean a guest's name: [batch.Name].
var names = []string{"inviteduserdisplayname", "displayname", "name", "fullname"}

// squeeze is what is compared of a heading.
func squeeze(heading string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(heading))
}
