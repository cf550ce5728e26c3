package cli

import (
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"

	"github.com/jedib0t/go-pretty/v6/table"
	prettytext "github.com/jedib0t/go-pretty/v6/text"
)

// teller shows a check to somebody: each remark as it comes, then the whole.
type teller interface {
	remark(f finding) error
	whole(x *inspection, seen *judgement) error
	// broken comes instead of the whole.
	broken(why error) error
}

// remarksTable tells people. Remarks are held back until a table of them is
// full, so that its columns fit; a list with more gets a table more.
type remarksTable struct {
	*process

	held []finding
}

// tableRows is how many remarks share a table.
const tableRows = 5000

func (t *remarksTable) remark(f finding) error {
	if t.held = append(t.held, f); len(t.held) < tableRows {
		return nil
	}
	return t.flush()
}

// broken leaves the word to the error: a list that cannot be read is mended first.
func (*remarksTable) broken(error) error { return nil }

func (t *remarksTable) flush() error {
	if len(t.held) == 0 {
		return nil
	}
	tw := table.NewWriter()
	tw.SetStyle(plainTable())
	tw.AppendHeader(table.Row{"row", "column", "value", "what is wrong", "how to mend it"})
	for _, f := range t.held {
		tw.AppendRow(table.Row{f.Row, shown(f.Column), shown(f.Value), t.stressed(f), f.Advice})
	}
	tw.SetColumnConfigs(t.columns())
	t.held = t.held[:0]
	_, err := fmt.Fprintf(t.out, "%s\n\n", trimmedLines(tw.Render()))
	return err
}

// stressed is what is wrong, in the colour of how grave it is.
func (t *remarksTable) stressed(f finding) string {
	what := f.What
	if f.Severity == batch.SeverityWarning {
		what = "warning: " + what
	}
	if !t.coloured(t.out) {
		return what
	}
	switch f.Severity {
	case batch.SeverityInvalid:
		return prettytext.FgRed.Sprint(what)
	case batch.SeverityWarning:
		return prettytext.FgYellow.Sprint(what)
	case batch.SeverityDuplicate:
		return prettytext.FgCyan.Sprint(what)
	}
	return what
}

// columns makes the table as wide as the terminal; off a terminal nothing is
// folded, so that a line is a remark.
func (t *remarksTable) columns() []table.ColumnConfig {
	total := width(t.out)
	if total == 0 {
		return nil
	}
	// Row numbers and the gaps between columns take some 20 characters.
	room := max(total-20, 40)
	share := func(number, percent int) table.ColumnConfig {
		return table.ColumnConfig{Number: number, WidthMax: room * percent / 100, WidthMaxEnforcer: prettytext.WrapSoft}
	}
	return []table.ColumnConfig{share(2, 14), share(3, 26), share(4, 28), share(5, 32)}
}

// plainTable has no lines but the one below the headings.
func plainTable() table.Style {
	style := table.StyleDefault
	style.Options = table.Options{}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = prettytext.FormatDefault
	return style
}

// trimmedLines takes the spaces from the ends of lines.
func trimmedLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// shown is a cell as a table can hold it: short, on one line, and with what
// people do not see spelled out.
func shown(value string) string { return text.Printable(text.Truncate(value, 60)) }
