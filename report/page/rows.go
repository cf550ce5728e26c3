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
	"guestlist/internal/text"
	"guestlist/report"
)

// rows writes the data of the page as one JSON object. A row is
//
//	[line, status, group, attempts, at, [address, link, code, error, advice, state, user, request, link state, guest state, accepted at, as of, name, cell...]]
//
// where status and group are positions in the lists (group -1 for a row without
// an error) and at is in seconds since 1970, 0 for a row that was never answered.
// The lists follow the rows, because only then they are complete.
type rows struct {
	out      *bufio.Writer
	tally    *batch.Tally
	timeline timeline
	// statuses are in the order of reports; unknown ones come last.
	statuses []batch.Status
	// list holds the columns of the list. The result columns of a list that is
	// itself a results workbook are not among them: the page shows newer ones.
	list []column
	// width is the number of columns so far; cells to the right of it open new ones.
	width int
	// followUps says that columns of what guests get after the invitation come behind those
	// of the list, which are listed many.
	followUps bool
	listed    int
	// attentionOnly leaves out the rows that need no attention, and what is more than
	// MaxRows; written is how many there are.
	attentionOnly bool
	written       int
	// name is the guest's name.
	name func(batch.Record) string
	// noLinks leaves out the links.
	noLinks bool
	line    []byte
}

// column is a column of the list.
type column struct {
	at      int
	heading string
	// address says that every cell so far was the address of its row. The page
	// shows such a column as the address, and not a second time.
	address bool
}

// lists is what the scripts need to know besides the rows.
type lists struct {
	Headings []string       `json:"headings"`
	Statuses []batch.Status `json:"statuses"`
	Groups   []string       `json:"groups"`
	// Links has the meanings of the link states that need an explanation.
	Links map[batch.LinkState]string `json:"links"`
	// Address is a position in Headings, -1 where the list has no such column.
	Address int `json:"address"`
	// NoLinks says that the links are left out.
	NoLinks bool `json:"noLinks"`
}

func newRows(out *bufio.Writer, of report.Results) *rows {
	r := &rows{
		out: out, width: len(of.Columns), name: of.Name, noLinks: of.NoLinks,
		tally: batch.NewTally(), timeline: newTimeline(of.Summary), statuses: batch.Statuses(),
	}
	if r.name == nil {
		r.name = func(batch.Record) string { return "" }
	}
	layout := results.LayoutOf(of.Columns)
	for i, heading := range of.Columns {
		if _, ours := layout.Column(heading); !ours {
			r.list = append(r.list, column{at: i, heading: heading, address: true})
		}
	}
	if r.followUps = of.FollowUps; r.followUps {
		for i, heading := range results.FollowUpColumns() {
			r.list = append(r.list, column{at: r.width + i, heading: heading})
		}
		r.listed, r.width = r.width, r.width+len(results.FollowUpColumns())
	}
	return r
}

// writeAll writes the object. It ignores errors of the buffered writer, which
// returns its first error again from every later call.
func (r *rows) writeAll(ctx context.Context, records iter.Seq2[batch.Record, error]) error {
	_, _ = r.out.WriteString(`{"rows":[`)
	err := report.Each(ctx, records, r.write)
	if err != nil {
		return err
	}
	_, _ = r.out.WriteString("],\n\"lists\":")
	encoded, err := json.Marshal(r.lists())
	if err != nil {
		return err
	}
	_, _ = r.out.Write(encoded)
	return r.out.WriteByte('}')
}

// write counts one row and adds it. Go's JSON escapes <, >, & and line separators, so no cell
// can end the script element that holds it.
func (r *rows) write(rec batch.Record) error {
	o, group := rec.Outcome, -1
	r.timeline.add(o)
	if g := r.tally.Add(rec); g != nil {
		group = g.ID
	}
	if r.attentionOnly && (!o.Status.NeedsCare() || r.written == MaxRows) {
		return nil
	}
	if r.written++; r.written > 1 {
		_ = r.out.WriteByte(',')
	}
	at := int64(0)
	if !o.At.IsZero() {
		at = o.At.Unix()
	}
	r.line = append(r.line[:0], "\n["...)
	for _, n := range []int64{int64(rec.Line), int64(r.status(o.Status)), int64(group), int64(o.Attempts), at} {
		r.line = append(strconv.AppendInt(r.line, n, 10), ',')
	}
	link := o.RedeemURL.Reveal()
	if r.noLinks {
		link = ""
	}
	texts := append([]string{
		o.Address, link, o.ErrorCode, o.Error, o.Advice,
		o.InvitationStatus, o.UserID, o.RequestID, string(o.LinkState()),
		string(rec.Guest.State), results.Text(results.ColumnAcceptedAt, rec, results.Origin{}), results.Text(results.ColumnGuestAsOf, rec, results.Origin{}), r.name(rec),
	}, r.cells(rec)...)
	encoded, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	_, _ = r.out.Write(r.line)
	_, _ = r.out.Write(encoded)
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
// at the end. A cell to the right of all headings gets a column of its own.
func (r *rows) cells(rec batch.Record) []string {
	if r.followUps {
		rec.Cells = r.withFollowUps(rec)
	}
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

// withFollowUps are the cells with what the guest gets after the invitation in its columns.
func (r *rows) withFollowUps(rec batch.Record) []string {
	cells := make([]string, r.listed, r.listed+len(rec.Cells)+len(results.FollowUpColumns()))
	copy(cells, rec.Cells)
	cells = append(cells, rec.FollowUps.Groups, rec.FollowUps.Profile, rec.FollowUps.State)
	return append(cells, rec.Cells[min(r.listed, len(rec.Cells)):]...)
}

// widen adds columns up to the position. None of them can be the address column,
// because the earlier rows have nothing there.
func (r *rows) widen(position int) {
	for ; r.width <= position; r.width++ {
		r.list = append(r.list, column{at: r.width})
	}
}

// lists describes the columns once all rows are written.
func (r *rows) lists() lists {
	l := lists{Headings: []string{}, Statuses: r.statuses, Groups: []string{}, Links: linkMeanings(), Address: -1, NoLinks: r.noLinks}
	for _, g := range r.tally.Groups() {
		l.Groups = append(l.Groups, g.Code)
	}
	for i, c := range r.list {
		l.Headings = append(l.Headings, c.title())
		if c.address && r.written > 0 && l.Address < 0 {
			l.Address = i
		}
	}
	return l
}

// linkMeanings explains the states in which a link is not to be handed out.
func linkMeanings() map[batch.LinkState]string {
	meanings := make(map[batch.LinkState]string)
	for _, state := range []batch.LinkState{batch.LinkMissing, batch.LinkUncertain, batch.LinkReplaced} {
		meanings[state] = "This link " + state.Meaning() + "."
	}
	return meanings
}

// title is the heading, or what a spreadsheet program would call the column.
func (c column) title() string {
	if text.Trim(c.heading) == "" {
		return "Column " + strconv.Itoa(c.at+1)
	}
	return c.heading
}
