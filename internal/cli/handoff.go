package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/selection"
	"guestlist/batch/sheet"
	"guestlist/internal/session"
	"guestlist/internal/text"
	"guestlist/report"
	"guestlist/report/handoff"
)

// handoffOptions are the flags of handoff.
type handoffOptions struct {
	by        string
	to        string
	out       string
	template  string
	letters   []string
	guestMail bool
	only      string
	onlyNew   bool
	redact    bool
	texts     bool
	columns   []string
	without   []string

	database databaseOptions
}

func (o *handoffOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.by, "by", "", "one package for each value of the column `HEADING`: account manager, company, region")
	f.StringVar(&o.to, "to", "", "the column `HEADING` with the email address of the person who gets the package (default: a column named like that of --by followed by \"email\", or the value of --by if it is an address)")
	f.StringVarP(&o.out, "out", "o", "", "`FOLDER` for the packages (default: RESULTS with the extension .handoff, or .pending.handoff with --only pending)")
	f.StringVar(&o.template, "template", "", "read the texts from `FILE`; --print-template shows what it looks like")
	f.StringArrayVar(&o.letters, "text", nil, "the text for guests from `FILE`: {Display name}, {Invitation link}, {Inviting person} and every column in braces are filled in; one file for each language, as welcome.de.txt; repeatable")
	f.BoolVar(&o.guestMail, "guest-mail", false, "one draft for each guest, with a copy to the account manager, instead of one for the manager")
	f.StringVar(&o.only, "only", "", "packages of these guests alone, by their `STATE`: pending (not accepted yet), accepted, or missing (no link that works)")
	f.BoolVar(&o.onlyNew, "only-new", false, "leave out the links that are in earlier packages of these results; with --out, of that folder")
	f.BoolVar(&o.redact, "redact", false, "leave out the links: who was invited, but not how to accept")
	f.StringArrayVar(&o.without, "without", nil, "leave the column `HEADING` of the list out of the packages, such as internal remarks; repeatable")
	f.BoolVar(&o.texts, "print-template", false, "print the default texts, as a start for --template")
	o.database.register(f)
	f.StringArrayVar(&o.columns, "map", nil, "map a field to a column heading, `FIELD=HEADING`, as for invite")
}

func handoffCommand(p *process) *cobra.Command {
	o := handoffOptions{database: p.databaseOptions()}
	cmd := &cobra.Command{
		Use:   "handoff RESULTS|JOURNAL --by HEADING",
		Short: "Make one package of links for each account manager",
		Long: `Split a results workbook into packages, one for each value of a column: a folder
with a workbook of only their guests, a draft email to the account manager that
lists them (.eml: opens as an unsent draft), and texts ready to paste into a
chat. Nothing is sent. A package with more guests than fit into one email has
several drafts, each with its own part of them.

The files contain personal links, and only you can read them.`,
		Example: `  guestlist handoff partners.results.xlsx --by "Account manager"
  guestlist handoff partners.results.xlsx --by Company --guest-mail --only-new
  guestlist handoff partners.results.xlsx --by "Account manager" --only pending
  guestlist handoff partners.results.xlsx --by Company --text welcome.txt
  guestlist handoff --print-template > texts.tmpl`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && o.texts {
				return nil
			}
			return oneOf(`guestlist handoff partners.results.xlsx --by "Account manager"`, whichResults)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.texts {
				_, err := fmt.Fprint(p.out, handoff.DefaultTemplate())
				return err
			}
			return forEncoding(cmd, args[0], runHandoff(cmd.Context(), p, args[0], &o, flagsOf(cmd)))
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// states are what --only can name, "" for everyone.
var states = append([]handoff.Only{""}, handoff.Onlys()...)

func runHandoff(ctx context.Context, p *process, path string, o *handoffOptions, flags setFlags) (err error) {
	if !slices.Contains(states, handoff.Only(o.only)) {
		return unknownValue("--only", o.only, string(handoff.OnlyPending), string(handoff.OnlyAccepted), string(handoff.OnlyMissing))
	}
	texts, err := o.parseTemplate()
	if err != nil {
		return err
	}
	letters, err := readLetters("--text", o.letters)
	if err != nil {
		return err
	}
	reading := newReadOptions(p)
	reading.columns, reading.database = o.columns, o.database
	read, err := reading.reading()
	if err != nil {
		return err
	}
	state, err := machineState(p.getenv)
	if err != nil {
		return err
	}
	if read.Journals.InDatabase() {
		if path, err = session.ResultsFor(ctx, read.Journals, path, state, p.notice); err != nil {
			return err
		}
	}
	earlier, err := session.OpenResults(ctx, path, read)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, earlier.Close()) }()
	if session.IsJournal(path) {
		path = session.ResultsOf(path)
	}
	header := earlier.Header()
	if err := o.checkColumns(header, flags, path); err != nil {
		return err
	}
	if err := p.during(readingResults, func() error { return earlier.ReadJournalsAtHand(ctx, state, p.notice) }); err != nil {
		return err
	}
	r, err := earlier.Report(ctx)
	if err != nil {
		return err
	}
	uid, err := earlier.Batch(ctx)
	if err != nil {
		return err
	}
	folder := o.folder(session.Resolve(path))
	if o.onlyNew {
		flags = o.goOn(p, folder, flags, header.Columns)
	}
	if o.to == "" {
		o.to = ownersAddress(header.Columns, o.by)
	}
	emailed, err := earlier.Emailed(ctx)
	if err != nil {
		return err
	}
	others := o.others(session.Resolve(path))
	apart, err := earlier.Handoffs(ctx)
	if err != nil {
		return err
	}
	apart = slices.DeleteFunc(apart, func(known string) bool {
		return slices.ContainsFunc(append(others, folder), func(path string) bool { return session.SameFile(path, known) })
	})
	var index handoff.Index
	err = p.withProgress("writing the packages", func(progress func(done, total int)) (err error) {
		index, err = handoff.Write(ctx, folder, handoff.Options{
			By: o.by, ToHeading: o.to, Without: o.without, Header: header, Template: texts, Letters: letters,
			GuestMail: o.guestMail, Only: handoff.Only(o.only), OnlyNew: o.onlyNew, Others: others, Apart: apart, Emailed: emailed, Redact: o.redact, At: time.Now(),
			MyApps: session.MyApps(r.Summary), Batch: uid, Results: earlier.Path(), Flags: flags.ofPackages(), Progress: progress,
		}, r)
		return err
	})
	if err != nil {
		return handoffError(err, path)
	}
	if err := earlier.RememberHandoff(ctx, folder); err != nil {
		return err
	}
	if index.Unlettered > 0 {
		p.warn("%s guestlist's own English text: no --text is for their language, and none for every other language", getText(index.Unlettered))
	}
	index.Folder = fromHere(index.Folder)
	p.noteParts(index.Packs)
	if index.Replaces && len(index.Packs) > 0 {
		p.warn("the packages of an earlier hand-off in %s were replaced; --only-new adds to them, --out names another folder", text.Line(index.Folder))
	}
	return printHandoff(p, index, o, path)
}

// checkColumns makes sure that --by names a column, and that --without leaves the guests in.
func (o *handoffOptions) checkColumns(header batch.Header, flags setFlags, path string) error {
	if o.by == "" {
		next := "name a column with --by; there are " + text.Quote(header.Columns)
		if by := packHeading(header.Columns); by != "" {
			next += ", for example\n" + flags.with("by", by).command("handoff", path)
		}
		return session.Usagef(next, "--by does not name the column to split by")
	}
	for _, heading := range o.without {
		at := text.FindHeading(header.Columns, heading)
		for _, field := range []batch.Field{batch.Email, batch.Name} {
			if of, ok := header.Fields[field]; ok && of == at {
				return session.Usagef("leave out other columns", "--without %q: the packages have the name and the address of every guest", text.Line(heading))
			}
		}
	}
	return nil
}

// goOn takes the recipients, and the columns that are left out, from the packages that a folder
// has by the same column, where the flags do not say them. It returns the flags with them.
func (o *handoffOptions) goOn(p *process, folder string, flags setFlags, columns []string) setFlags {
	made := setFlags(handoff.FlagsOf(folder))
	if text.HeadingKey(made.value("by")) != text.HeadingKey(o.by) {
		return flags
	}
	if to := made.value("to"); o.to == "" && to != "" && text.FindHeading(columns, to) >= 0 {
		o.to, flags = to, flags.with("to", to)
		p.warn("the recipients are those of the column %s, as in the earlier packages; --to names another", shown(to))
	}
	isGone := func(heading string) bool { return text.FindHeading(columns, heading) < 0 }
	if without := slices.DeleteFunc(made["without"], isGone); len(o.without) == 0 && len(without) > 0 {
		o.without, flags = without, maps.Clone(flags)
		flags["without"] = without
		p.warn("left out as in the earlier packages: %s; --without names others", text.Quote(without))
	}
	return flags
}

// packHeading is the column by which a list most likely wants its packs, "" where
// none has such a name.
func packHeading(columns []string) string {
	for _, likely := range append(sheet.AccountManagers(),
		"contact",
		"company", "organization", "organisation", "firma", "unternehmen", "entreprise", "société", "empresa", "azienda", "bedrijf", "företag",
		"partner", "region",
	) {
		for _, heading := range columns {
			if text.HeadingKey(heading) == text.HeadingKey(likely) {
				return heading
			}
		}
	}
	return ""
}

// ownersAddress is the column that goes with another by its name: for "Account
// manager" that is "Account manager email", "" where there is none.
func ownersAddress(columns []string, by string) string {
	for _, ending := range []string{"email", "emailaddress", "mail", "address"} {
		for _, heading := range columns {
			if text.HeadingKey(heading) == text.HeadingKey(by)+ending {
				return heading
			}
		}
	}
	return ""
}

// folder is where the packs go.
func (o *handoffOptions) folder(results string) string {
	if o.out != "" {
		return o.out
	}
	folder := strings.TrimSuffix(results, filepath.Ext(results))
	if o.only != "" { // beside the packages of everyone, and not in their place
		folder += "." + o.only
	}
	return folder + ".handoff"
}

// others are the folders of further hand-offs of the same results: those that --only has
// beside the packages of everyone. A folder of one's own (--out) stands alone.
func (o *handoffOptions) others(results string) (folders []string) {
	if o.out != "" {
		return nil
	}
	for _, only := range states {
		if other := (&handoffOptions{only: string(only)}).folder(results); string(only) != o.only {
			folders = append(folders, other)
		}
	}
	return folders
}

func (o *handoffOptions) parseTemplate() (handoff.Template, error) {
	if o.template == "" {
		return handoff.Template{}, nil
	}
	content, err := os.ReadFile(o.template)
	if err != nil {
		return handoff.Template{}, &session.UsageError{Err: fmt.Errorf("--template: %w", err), Next: "check the name of the file"}
	}
	t, err := handoff.ParseTemplate(o.template, string(content))
	if err != nil {
		return t, session.AsUsage(err)
	}
	return t, nil
}

// readLetters reads the files of a flag.
func readLetters(flag string, files []string) (letters []text.Letter, err error) {
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, &session.UsageError{Err: fmt.Errorf("%s: %w", flag, err), Next: "check the name of the file"}
		}
		letter, err := text.ParseLetter(file, string(content))
		if err != nil {
			return nil, &session.UsageError{Err: fmt.Errorf("%s: %w", flag, err), Next: cmp.Or(session.Hint(err), "write the text for the guests into it")}
		}
		letters = append(letters, letter)
	}
	return letters, nil
}

// getText begins a sentence about guests.
func getText(n int) string {
	if n == 1 {
		return "1 guest gets"
	}
	return text.Thousands(n) + " guests get"
}

// handoffError makes wrong usage of what was wrong with the flags.
func handoffError(err error, results string) error {
	if errors.As(err, new(*handoff.UnreadError)) {
		flags := setFlags{}
		if strings.HasSuffix(strings.ToLower(results), session.SandboxEnding) {
			flags = flags.with("sandbox", "true")
		}
		return &session.UsageError{Err: err, Next: "look it up first:\n" + flags.command("status", results)}
	}
	if errors.As(err, new(*selection.UnknownHeadingError)) || errors.As(err, new(*handoff.ToHeadingError)) || errors.As(err, new(*handoff.TemplateError)) || errors.As(err, new(*text.PlaceholderError)) || errors.As(err, new(*report.FileError)) {
		return session.AsUsage(err)
	}
	return err
}

// noteParts says which packs have several drafts.
func (p *process) noteParts(packs []handoff.Pack) {
	var names []string
	for _, pack := range packs {
		if pack.Parts > 1 {
			names = append(names, fmt.Sprintf("%s (%d drafts)", shown(pack.Name), pack.Parts))
		}
	}
	const most = 3
	switch more := len(names) - most; {
	case len(names) == 0:
		return
	case more > 0:
		names = append(names[:most], fmt.Sprintf("and %d more, see index.xlsx", more))
	}
	p.warn("too many guests for one email, so that each draft has its own part of them and its own workbook; send all: %s", strings.Join(names, ", "))
}

// printHandoff lists the packs and what is in them.
func printHandoff(p *process, index handoff.Index, o *handoffOptions, results string) error {
	packs := slices.DeleteFunc(slices.Clone(index.Packs), func(pack handoff.Pack) bool { return pack.Name == "" }) // with --only-new: no new guests
	addressed := slices.ContainsFunc(packs, func(pack handoff.Pack) bool { return pack.To != "" })
	if len(packs) == 0 {
		printLines(p.out, "", noPackages(index, o))
		return nil
	}
	has := "all columns of the list"
	if len(o.without) > 0 {
		has += " but " + text.Quote(o.without)
	}
	made := fmt.Sprintf("%s in %s; index.xlsx there says what went where\ntheir workbooks have %s", text.Plural(len(packs), "package"), text.Printable(index.Folder), has)
	// A package that is called by its address needs no column for it.
	hasOther := slices.ContainsFunc(packs, func(pack handoff.Pack) bool { return pack.To != "" && pack.To != pack.Name })
	_, err := fmt.Fprintf(p.out, "%s\n\n%s\n", trimmedLines(packTable(packs, hasOther, width(p.out))), beside(made, 0, width(p.out)))
	if err != nil {
		return err
	}
	next := "open each draft (.eml), read it, and send it; links are personal"
	links := func(pack handoff.Pack) bool { return pack.Links > 0 }
	if !slices.ContainsFunc(packs, links) {
		next = "open each draft (.eml), read it, and send it; no link is in them"
		if o.guestMail {
			next = "no draft was written: no guest gets a link"
		}
	}
	switch {
	case o.redact:
		next = "send the packages; they contain no links, so send those separately"
	case addressed && !o.guestMail:
		next += unaddressed(packs)
	case addressed:
	case o.to != "":
		next += fmt.Sprintf("\nthe column %q has no address for any of them; the column Note of index.xlsx says why", o.to)
	case o.guestMail && slices.ContainsFunc(packs, links):
		next += "\nno draft has a copy for the account manager: " + recipientsHint(index, o, results)
	case !o.guestMail:
		next += "\nthe drafts have no recipient: " + recipientsHint(index, o, results)
	}
	printLines(p.out, "next: ", next)
	return nil
}

// packagesBy are the flags of handoff for the same results, by a column.
func packagesBy(flags setFlags, by string) setFlags {
	return flags.ofBatch().of(new(handoffOptions).register).with("by", by)
}

// fileFlags are those of handoff that name files.
var fileFlags = []string{"template", "text"}

// ofPackages are the flags of handoff that a folder remembers. Files are found from other
// folders, too.
func (g setFlags) ofPackages() setFlags {
	kept := g.of(func(f *pflag.FlagSet) {
		new(handoffOptions).register(f)
	}).without("out", "only-new", "print-template", journalFlag, "batch")
	kept.eachFile(func(file string) string {
		if path, err := filepath.Abs(file); err == nil {
			return path
		}
		return file
	})
	return kept
}

// eachFile gives other names to the files that flags name.
func (g setFlags) eachFile(name func(string) string) {
	for _, flag := range fileFlags {
		if files := g[flag]; files != nil {
			g[flag] = nil
			for _, file := range files {
				g[flag] = append(g[flag], name(file))
			}
		}
	}
}

// packagesIn are the flags with which the packages in a folder were made, for the same results,
// as far as these have the columns still; nil where that is not known. nil columns are not
// looked at.
func packagesIn(folder string, flags setFlags, columns []string) setFlags {
	made := setFlags(handoff.FlagsOf(folder)).ofPackages()
	for _, name := range []string{"by", "to", "without"} {
		if made[name] == nil {
			continue
		}
		made[name] = slices.DeleteFunc(made[name], func(heading string) bool {
			return columns != nil && text.FindHeading(columns, heading) < 0
		})
	}
	if made.value("by") == "" {
		return nil
	}
	made.eachFile(fromHere)
	again := packagesBy(flags, made.value("by"))
	maps.Copy(again, made)
	return again
}

// packagesOf are the flags that make packages of some results: those of the packages there are,
// else by the column that suits best; nil where none does. The packages are of everyone, with
// links. They have --out where the only such packages are in a folder of one's own; of several,
// the newest counts.
func packagesOf(ctx context.Context, s *session.Session, flags setFlags) setFlags {
	columns := s.Header().Columns
	for _, only := range states {
		if made := packagesIn((&handoffOptions{only: string(only)}).folder(s.Results), flags, columns); made != nil {
			return made.without("only", "redact")
		}
	}
	own, _ := s.Handoffs(ctx) // the usual packages have to do where these cannot be read
	for _, folder := range own {
		if made := packagesIn(folder, flags, columns); made != nil && made["only"] == nil && made["redact"] == nil {
			return made.with("out", fromHere(folder))
		}
	}
	return likelyPackages(flags, columns)
}

// likelyPackages are the flags of handoff by the column that suits best, nil where none does.
func likelyPackages(flags setFlags, columns []string) setFlags {
	by := packHeading(columns)
	if by == "" {
		return nil
	}
	return packagesBy(flags, by)
}

// handoffInto is the command that replaces the packages in a folder of some results, "" where
// neither the folder nor the columns tell by what they go.
func handoffInto(folder, results string, flags setFlags, columns []string) string {
	again := packagesIn(folder, flags, columns)
	if again == nil {
		again = likelyPackages(flags, columns)
	}
	if again == nil {
		return ""
	}
	for _, only := range states {
		if usual := (&handoffOptions{only: string(only)}).folder(results); session.SameFile(usual, folder) {
			if only != "" {
				again = again.with("only", string(only))
			}
			return again.command("handoff", results)
		}
	}
	return again.with("out", fromHere(folder)).command("handoff", results)
}

// noPackages says why a hand-off made no package.
func noPackages(index handoff.Index, o *handoffOptions) string {
	switch none := handoff.Only(o.only).None(); {
	case len(index.Packs) == 0 && index.Replaces:
		return none + "; the packages of an earlier hand-off in " + text.Printable(index.Folder) + " were removed: no one needs their links"
	case len(index.Packs) == 0:
		return none + "; nothing was written"
	case index.LeftOut == 0:
		return "no guest has a link to hand out; nothing was written"
	default:
		return "no new guests: every link is in an earlier package; nothing was written (without --only-new all packages are made again)"
	}
}

// unaddressed says what to do with drafts without a recipient, where others have one.
func unaddressed(packs []handoff.Pack) string {
	var names []string
	isUnassigned := true
	for _, pack := range packs {
		if pack.To == "" {
			names = append(names, shown(pack.Name))
			isUnassigned = isUnassigned && pack.Value == ""
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case isUnassigned:
		return fmt.Sprintf("\nthe draft of %q has no recipient: its guests have no %s; fill in that column of the results and run the same command again, or split by another column with --by",
			names[0], shown(packs[0].By))
	case len(names) == 1:
		return fmt.Sprintf("\nthe draft of %q has no recipient; the column Note of index.xlsx says why", names[0])
	default:
		return fmt.Sprintf("\n%d drafts have no recipient, such as that of %q; the column Note of index.xlsx says why", len(names), names[0])
	}
}

// recipientsHint is how the drafts get the addresses of those who are to have the packs.
func recipientsHint(index handoff.Index, o *handoffOptions, results string) string {
	name := "name it in --to"
	if o.onlyNew {
		name += " (leave out --only-new then, so that all packages are made again)"
	}
	if len(index.Addressed) > 0 {
		return strings.Replace(name, "it", "the column with their addresses", 1) + "; columns with addresses: " + text.Quote(index.Addressed)
	}
	place := text.Line(filepath.Base(results))
	if session.KindOf(results) == session.Workbook {
		place = "the sheet Results of " + place
	}
	return "add a column with their addresses to " + place + ", and " + name
}

// packTable has a line for each pack. On a narrow terminal its headings are folded; where it
// does not fit even then, there is a paragraph for each pack: addresses are not broken.
func packTable(packs []handoff.Pack, addressed bool, terminal int) string { //nolint:revive // a fact of the packs, no mode
	tw := table.NewWriter()
	tw.SetStyle(plainTable())
	line := func(name, to any, numbers ...any) table.Row {
		if !addressed {
			return append(table.Row{name}, numbers...)
		}
		return append(table.Row{name, to}, numbers...)
	}
	tw.AppendHeader(line("package", "to", "links", "have access", "no link", "in earlier package"))
	var paragraphs []string
	for _, pack := range packs {
		tw.AppendRow(line(shown(pack.Name), shown(pack.To), pack.Links, pack.Ready, pack.Waiting, pack.Earlier))
		owner := "package " + shown(pack.Name)
		if addressed && pack.To != "" {
			owner += ", to " + shown(pack.To)
		}
		numbers := fmt.Sprintf("%s, %d have access, %d no link, %d in earlier package", text.Plural(pack.Links, "link"), pack.Ready, pack.Waiting, pack.Earlier)
		paragraphs = append(paragraphs, beside(owner, 0, terminal)+"\n  "+beside(numbers, len("  "), terminal))
	}
	fits := func(said string) bool {
		widest := 0
		for line := range strings.Lines(trimmedLines(said)) {
			widest = max(widest, runewidth.StringWidth(strings.TrimSuffix(line, "\n")))
		}
		return terminal == 0 || widest <= terminal
	}
	if said := tw.Render(); fits(said) {
		return said
	}
	var columns []table.ColumnConfig
	for number := range 6 {
		if number > 1 || !addressed && number > 0 {
			columns = append(columns, foldedColumn(number+1, len("already")))
		}
	}
	tw.SetColumnConfigs(columns)
	if said := tw.Render(); fits(said) {
		return said
	}
	return strings.Join(paragraphs, "\n")
}
