package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/batch/sheet"
	"guestlist/internal/session"
	"guestlist/internal/text"
	"guestlist/report"
	"guestlist/report/marked"
)

// checkOptions are the flags of check.
type checkOptions struct {
	listOptions

	out     string
	json    bool
	preview bool
}

func checkCommand(p *process) *cobra.Command {
	o := checkOptions{listOptions: listOptions{readOptions: newReadOptions(p)}}
	cmd := &cobra.Command{
		Use:   "check LIST",
		Short: "Read and check the list; nothing leaves this machine",
		Long: `Read and check the list the way invite does, print every problem with its row
and column, and say what invite would send. Nothing leaves this machine.

Exit code 0 when every row can be sent, also with warnings; 5 when some are
invalid.`,
		Example: `  guestlist check samples/partners.csv
  guestlist check partners.xlsx -o partners.to-correct.xlsx
  guestlist check partners.xlsx --send-message --text welcome.txt --preview
  guestlist check partners.csv --where "Company=Fabrikam" --json`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(p, cmd, args[0], &o)
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().StringVarP(&o.out, "out", "o", "", "write the list to the workbook `FILE`, problems marked in colour with a comment at the cell")
	cmd.Flags().BoolVar(&o.preview, "preview", false, "show the first emails as they would be")
	cmd.Flags().BoolVar(&o.json, "json", false, "print all of it as one JSON object")
	return cmd
}

// listCheck is one check of one list.
type listCheck struct {
	*process
	*session.Session

	o     *checkOptions
	flags setFlags
	rate  send.Rate
}

func runCheck(p *process, cmd *cobra.Command, path string, o *checkOptions) error {
	c := listCheck{process: p, o: o, flags: flagsOf(cmd)}
	var printer checkPrinter = &checkTable{process: p}
	if o.json {
		printer = &checkJSON{w: p.out}
	}
	seen, err := c.run(cmd.Context(), path, printer)
	if err != nil {
		err = forEncoding(cmd, path, err)
		return errors.Join(err, printer.fail(err))
	}
	if seen.Meant(batch.Invalid) > 0 {
		return &settledError{errInvalidRows, exitInvalid, areIs(seen.Meant(batch.Invalid), "row", "rows") + " invalid"}
	}
	return nil
}

// run prints every problem as it is found, and then the whole.
func (c *listCheck) run(ctx context.Context, path string, printer checkPrinter) (seen *checked, err error) {
	if c.rate, err = c.o.parseRate(); err != nil {
		return nil, err
	}
	opt, err := c.o.options(c.process, path)
	if err != nil {
		return nil, err
	}
	if err := c.mayWrite(path); err != nil {
		return nil, err
	}
	if err := c.during("reading "+text.Line(path), func() (err error) { c.Session, err = session.Open(ctx, opt); return err }); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.during("reading what is known of earlier runs", func() error { return c.Recall(ctx) }); err != nil {
		return nil, err
	}
	if err := c.during("checking "+text.Line(path), func() (err error) { seen, err = c.read(printer); return err }); err != nil {
		return nil, err
	}
	if c.o.out != "" {
		if err := c.during("writing "+text.Line(c.o.out), func() error { return c.writeMarked(ctx) }); err != nil {
			return nil, err
		}
	}
	return seen, printer.finish(c, seen)
}

// checked is what a check found, ready to be printed.
type checked struct {
	*session.CheckSummary

	notices []string
	// previews are the first emails, where they are asked for.
	previews []emailPreview
	// tooWide says that a workbook cannot hold the results.
	tooWide bool
}

// read prints every problem as it is found.
func (c *listCheck) read(printer checkPrinter) (*checked, error) {
	seen := &checked{CheckSummary: session.NewCheckSummary(), notices: []string{}}
	for step, err := range c.Steps() {
		if err != nil {
			return seen, err
		}
		found := step.Findings(c.Header())
		seen.Add(step, found)
		if email, ok := emailOf(step); ok && c.o.preview && len(seen.previews) < maxPreview {
			seen.previews = append(seen.previews, email)
		}
		for _, problem := range found {
			if err := printer.print(step.Row, problem); err != nil {
				return seen, err
			}
		}
	}
	seen.notices = append(seen.notices, c.Notices()...)
	for _, declined := range c.Declined() {
		seen.notices = append(seen.notices, declined.Notice())
	}
	if err := c.FitsWorkbook(); err != nil {
		seen.tooWide = true
		seen.notices = append(seen.notices, fmt.Sprintf("The results do not fit into a workbook: %s. invite writes them as CSV with --out.", err))
	}
	seen.notices = append(seen.notices, seen.DefaultWarnings(c.o.flagOf)...)
	seen.notices = append(seen.notices, seen.Typos()...)
	seen.notices = append(seen.notices, seen.Mailboxes()...)
	return seen, nil
}

// unusedName is the name of a file that is not there, with a number where that needs one:
// someone may have corrected the one that is.
func unusedName(name, ending string) string {
	unused := name + ending
	for n := 2; ; n++ {
		if _, err := os.Stat(unused); err != nil {
			return unused
		}
		unused = fmt.Sprintf("%s-%d%s", name, n, ending)
	}
}

// mayWrite finds out before the list is read whether the marked list can go
// where --out says: it never takes the place of anything else.
func (c *listCheck) mayWrite(list string) error {
	out := c.o.out
	if out == "" {
		return nil
	}
	if !strings.EqualFold(filepath.Ext(out), ".xlsx") {
		return session.Usagef("give a name that ends in .xlsx", "--out %q: the marked list is an Excel workbook", out)
	}
	if session.SameFile(out, list) {
		return session.Usagef("name another file", "--out %q: that is the list itself, and what else the workbook has would be lost", out)
	}
	if err := report.Reserve(out); err != nil {
		return err
	}
	return c.mayReplace(list)
}

// mayReplace lets a marked list alone be written anew, and that only as long as no one has
// corrected anything in it.
func (c *listCheck) mayReplace(list string) error {
	out := c.o.out
	if _, err := os.Stat(out); err != nil {
		return nil //nolint:nilerr // nothing is in the way
	}
	ending := filepath.Ext(out)
	next := "name another file:\n" + c.flags.with("out", unusedName(strings.TrimSuffix(out, ending), ending)).command("check", list)
	if !isMarked(out) {
		return session.Usagef(next, "%s is in the way: it is no list that check has marked", text.Line(out))
	}
	if uncorrected, err := marked.IsUncorrected(out); err != nil || !uncorrected {
		return session.Usagef(next, "%s was changed since guestlist check wrote it, and would be lost", text.Line(out))
	}
	return nil
}

// isMarked reports whether a file is a list that a check has marked.
func isMarked(path string) bool {
	list, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		return false
	}
	columns := list.Header().Columns
	return list.Close() == nil && marked.FindColumn(columns) >= 0
}

// writeMarked writes the list again, with what was found at its place.
func (c *listCheck) writeMarked(ctx context.Context) error {
	list := marked.List{
		Name: filepath.Base(c.List), Sheet: c.Sheet(),
		Header: c.Header(), HasOwn: c.HasOwnAdvice(), Rows: c.markedRows(ctx),
	}
	if err := c.mayReplace(c.List); err != nil { // it may have been saved meanwhile
		return err
	}
	err := report.Replace(c.o.out, func(w io.Writer) error { return marked.Write(ctx, w, list) })
	if err != nil {
		return &unmarkedError{err}
	}
	c.warn("%s is the list with the problems marked", text.Line(c.o.out))
	return nil
}

// unmarkedError says that the marked list could not be written.
type unmarkedError struct{ error }

func (e *unmarkedError) Error() string { return "the marked list: " + e.error.Error() }

func (e *unmarkedError) Unwrap() error { return e.error }

// Hint tells how to go on.
func (*unmarkedError) Hint() string {
	return "see to the cause and check again, or name another file with --out"
}

// markedRows checks the list a second time: its problems may be too many to keep.
func (c *listCheck) markedRows(ctx context.Context) iter.Seq2[marked.Row, error] {
	return func(yield func(marked.Row, error) bool) {
		header := c.Header()
		c.NoteRemarks()
		last := 0
		for step, err := range c.Steps() {
			if err == nil {
				err = context.Cause(ctx)
			}
			row := marked.Row{Row: step.Row, Problems: step.Findings(header)}
			if step.Row.Line != last { // rows that --split makes of one have its remarks once
				row.Remarks, last = c.Remarks(step.Row.Line), step.Row.Line
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// next is what a colleague would say now.
func (c *listCheck) next(seen *checked) string {
	own := c.flags.without("json", "out", "preview")
	toInvite := own
	if seen.tooWide {
		toInvite = own.with("out", session.ResultsPath(c.List, ".results.csv"))
	}
	bad := seen.Meant(batch.Invalid)
	correct := "correct " + rows(bad)
	warned := seen.Warned + seen.Besides
	if warned > 0 {
		correct += ", look at the warnings of " + rows(warned)
	}
	switch {
	case seen.Counts.Rows() == seen.LeftOut.Rows():
		return "no row matches " + c.o.choosing() + "; correct it, or leave it out"
	case seen.Kinds[batch.SeverityInvalid][batch.KindMessageTemplate] > 0:
		return "correct " + c.o.flagOf(batch.Message) + " first, then check again"
	case seen.Splittable > 0 && c.o.out == "" && !c.o.split:
		return fmt.Sprintf("%s, or make a row of each address in a cell:\n%s", correct, own.with("split", "true").command("check", c.List))
	case bad > 0 && c.o.out != "":
		returned := own.without("rows", "sheet", "encoding", "delimiter", "split").command("check", c.o.out)
		return fmt.Sprintf("send %s back to whoever made the list: the cells to correct are marked in it; once it is corrected:\n%s", text.Line(c.o.out), returned)
	case bad > 0 && seen.tooWide:
		return correct + " and check again"
	case bad > 0:
		return fmt.Sprintf("%s and check again, or write a copy with the cells marked for whoever made the list:\n%s",
			correct, own.with("out", unusedName("to-correct", ".xlsx")).command("check", c.List))
	case seen.Unserved > 0:
		return fmt.Sprintf("%s repeated an address of a row that %s leaves out: choose that row to invite the guest", rows(seen.Unserved), c.o.choosing())
	case seen.Send == 0:
		return "nothing is left to send"
	case c.List == session.Stdin:
		return "with the same list piped in:\n" + own.with("out", "partners.results.xlsx").command("invite", c.List)
	}
	if seen.Send > pilotRows {
		toInvite = toInvite.with("limit", strconv.Itoa(pilotRows))
	}
	invite := toInvite.command("invite", c.List)
	switch {
	case warned > 0:
		return fmt.Sprintf("look at the warnings of %s; if these are as they should be:\n%s", rows(warned), invite)
	case seen.Send > pilotRows:
		return "try a few first:\n" + invite
	default:
		return invite
	}
}

// taking tells how long sending takes, nothing where nobody is to be sent.
func (c *listCheck) taking(seen *checked) string {
	if seen.Send == 0 || c.rate.Requests == 0 {
		return ""
	}
	return fmt.Sprintf("sending takes %s at %s\n", session.About(c.rate, seen.Send), c.rate.Over(seen.Send))
}

// title names the list as people do.
func (c *listCheck) title() string {
	if c.List == session.Stdin {
		return "standard input"
	}
	if c.Sheet() != "" {
		return fmt.Sprintf("%s, sheet %q", text.Printable(c.List), c.Sheet())
	}
	return text.Printable(c.List)
}

// lines are the counts that are not nothing; the rows to send are always told.
func (c *listCheck) lines(seen *checked) []countedLine {
	all := []countedLine{
		{c.sending(seen), seen.Send},
		{"invalid: " + kindsOf(seen.Kinds[batch.SeverityInvalid], seen.Meant(batch.Invalid)), seen.Meant(batch.Invalid)},
		{"duplicate: the address is already in an earlier row", seen.Meant(batch.Duplicate)},
		{"duplicate, and asks for what the earlier row does not: that is not done", seen.Besides},
		{"with warnings, will be sent: " + kindsOf(seen.Warnings, seen.Warned), seen.Warned},
		{"invited before", seen.Meant(batch.Invited)},
		{"without a name; the guest is shown by the address", seen.Nameless},
		{"failed before; correct the row, or use retry", seen.Meant(batch.Failed)},
		{"unconfirmed: an earlier request got no answer", seen.Meant(batch.Unconfirmed)},
		{"left out by " + c.o.choosing(), seen.LeftOut.Rows()},
	}
	return append(all[:1], slices.DeleteFunc(all[1:], func(t countedLine) bool { return t.rows == 0 })...)
}

// sending says to whom and how.
func (c *listCheck) sending(seen *checked) string {
	if seen.Send == 0 {
		return "to send"
	}
	how := seen.Emailing()
	if seen.WithMessage > 0 {
		how += fmt.Sprintf(" (%d with a text of your own)", seen.WithMessage)
	}
	domains := text.Plural(len(seen.Domains), "domain")
	if seen.Domains[batch.OtherDomains] > 0 {
		domains = "more than " + text.Plural(batch.MaxDomains, "domain")
	}
	return fmt.Sprintf("to send, %s, to %s: %s", how, domains, session.Listed(seen.Domains))
}

func (c *listCheck) conclusion(seen *checked) conclusion {
	header, counts := c.Header(), seen.Counts
	v := conclusion{
		List: c.List, Sheet: c.Sheet(), SHA256: c.SHA256(),
		Columns: header.Columns, Fields: make(map[batch.Field]string), Reading: c.Reading(),
		Rows: counts.Rows(), LeftOut: seen.LeftOut.Rows(),
		Send: seen.Send, Mailed: seen.Emailed, Silent: seen.Send - seen.Emailed, WithMessage: seen.WithMessage, Warned: seen.Warned, Nameless: seen.Nameless,
		Invited: counts[batch.Invited], Failed: counts[batch.Failed], Unconfirmed: counts[batch.Unconfirmed],
		Invalid: seen.Meant(batch.Invalid), Duplicate: counts[batch.Duplicate],
		Kinds: seen.Kinds, Domains: seen.Domains, Notices: seen.notices, Preview: seen.previews, Rate: c.rate.String(),
	}
	for f := range header.Fields {
		v.Fields[f] = header.Heading(f)
	}
	if c.rate.Requests > 0 {
		v.Seconds = c.rate.Duration(seen.Send).Seconds()
	}
	return v
}

// pilotRows are enough to see whether the tenant lets us invite, and how the
// invitation looks.
const pilotRows = 5
