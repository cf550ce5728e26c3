package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/selection"
	"guestlist/batch/send"
	"guestlist/batch/sheet"
	"guestlist/graph"
	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// passwordVariable holds the password of a protected workbook: a flag would
// show it to everybody who lists processes.
const passwordVariable = "GUESTLIST_LIST_PASSWORD" //nolint:gosec // the name of a variable

// readOptions say how a list is read and which of its rows are meant.
type readOptions struct {
	sheet     string
	columns   []string
	encoding  string
	delimiter string
	split     bool
	lines     string
	where     []string

	stdin    io.Reader
	password string
	database databaseOptions
}

func newReadOptions(p *process) readOptions {
	return readOptions{stdin: &pipedList{ctx: context.Background(), in: p.in}, password: p.getenv(passwordVariable), database: p.databaseOptions()}
}

func (o *readOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.sheet, "sheet", "", "read the sheet `NAME` (default: the one in front when the workbook was saved, or else the first with an address column)")
	f.StringArrayVar(&o.columns, "map", nil, "map `FIELD=HEADING`: read a field from a column, named by its heading or letter, or name=\"{First name} {Last name}\" from several; repeatable. Fields: "+fieldNames())
	f.StringVar(&o.encoding, "encoding", "", "encoding `NAME` of a CSV file that is not UTF-8 or UTF-16: windows-1252, shift_jis, ...; the error of such a file says which ones read right")
	f.StringVar(&o.delimiter, "delimiter", "", "what separates the cells of a CSV file: a `CHARACTER`, or tab (default: found out)")
	f.BoolVar(&o.split, "split", false, "make a row of each address in a cell that holds several")
	f.StringVar(&o.lines, "rows", "", "send only these `ROWS` of the list, by the numbers that check shows: 10-200,305")
	f.StringArrayVar(&o.where, "where", nil, "send only rows where `HEADING=VALUE` (equal) or HEADING~VALUE (contains), without regard to case; repeatable, all must hold")
}

// reading says how a list is read.
func (o *readOptions) reading() (session.ReadOptions, error) {
	fields, err := o.fields()
	if err != nil {
		return session.ReadOptions{}, err
	}
	delimiter, err := o.separator()
	if err != nil {
		return session.ReadOptions{}, err
	}
	journals, err := o.database.place()
	if err != nil {
		return session.ReadOptions{}, err
	}
	return session.ReadOptions{Stdin: o.stdin, Journals: journals, Options: sheet.Options{
		Sheet: o.sheet, Map: fields, Encoding: o.encoding, Delimiter: delimiter, Split: o.split, Password: o.password,
	}}, nil
}

func (o *readOptions) fields() (map[batch.Field]string, error) {
	fields := make(map[batch.Field]string)
	for _, m := range o.columns {
		name, heading, ok := strings.Cut(m, "=")
		field := batch.Field(strings.TrimSpace(name))
		if !ok || strings.TrimSpace(heading) == "" || !known(field) {
			likely := ""
			if !known(field) {
				likely = didYouMean(strings.Split(fieldNames(), ", "), string(field))
			}
			return nil, session.Usagef("give FIELD=HEADING; fields are "+fieldNames(), "--map %q is not understood%s", m, likely)
		}
		if _, twice := fields[field]; twice {
			return nil, session.Usagef("name one column for each field", "--map names %s more than once", field)
		}
		fields[field] = heading
	}
	return fields, nil
}

// separator reads --delimiter; 0 is for sheet to find out.
func (o *readOptions) separator() (rune, error) {
	names := map[string]rune{"": 0, "tab": '\t', `\t`: '\t', "comma": ',', "semicolon": ';', "pipe": '|'}
	if r, ok := names[strings.ToLower(o.delimiter)]; ok {
		return r, nil
	}
	r := []rune(o.delimiter)
	if len(r) != 1 || strings.ContainsRune("\"\r\n\uFFFD", r[0]) {
		return 0, session.Usagef(`give one character such as ";", or the word tab`, "--delimiter %q is not one character", o.delimiter)
	}
	return r[0], nil
}

// selection reads --rows and --where.
func (o *readOptions) selection() (chosen selection.Selection, err error) {
	if o.lines != "" {
		if chosen.Ranges, err = selection.ParseRowRanges(o.lines); err != nil {
			return chosen, session.AsUsage(fmt.Errorf("--rows: %w", err))
		}
	}
	for _, where := range o.where {
		condition, err := selection.ParseCondition(where)
		if err != nil {
			return chosen, session.Usagef("write --where \"Company=Fabrikam\", or \"Company~fab\" for a part of it", "--where: %w", err)
		}
		chosen.Where = append(chosen.Where, condition)
	}
	return chosen, nil
}

// choosing names the flags that leave rows out, for messages.
func (o *readOptions) choosing() string {
	var flags []string
	if o.lines != "" {
		flags = append(flags, "--rows")
	}
	if len(o.where) > 0 {
		flags = append(flags, "--where")
	}
	return strings.Join(flags, " and ")
}

// listOptions say how a list is read and what a row gets that does not say
// otherwise. They are shared by all commands that judge a list.
type listOptions struct {
	readOptions

	redirectURL string
	sendMessage bool
	message     string
	messageFile string
	letters     []string
	language    string
	cc          string
	userType    string
	ownDomains  []string
	rate        string

	groupsFrom   string
	set          []string
	managerFrom  string
	sponsorsFrom string
}

func (o *listOptions) register(f *pflag.FlagSet) {
	o.readOptions.register(f)
	o.registerMessage(f)
	f.BoolVar(&o.sendMessage, "send-message", false, "let Microsoft email the invitation")
	f.StringVar(&o.userType, "user-type", "Guest", "`TYPE` of the guests: Guest or Member")
	f.StringArrayVar(&o.ownDomains, "own-domain", nil, "a verified `DOMAIN` of your tenant, whose addresses cannot be guests; repeatable")
	o.registerFollowUps(f)
	o.registerRate(f)
}

// registerMessage registers what an invitation says and where it leads.
func (o *listOptions) registerMessage(f *pflag.FlagSet) {
	f.StringVar(&o.redirectURL, "redirect-url", "", "where guests land after redeeming, an absolute `URL` (default: My Apps of the cloud, with ?tenantid= of your tenant)")
	f.StringVar(&o.message, "message", "", "custom `TEXT` of the email, with placeholders of Go templates: Hello {{.Greeting}}, {{index .Columns \"Project\"}}; --text has simpler ones")
	f.StringArrayVar(&o.letters, "text", nil, "custom text of the email from `FILE`, with {Display name} and every column in braces; one file for each language, as welcome.de.txt; repeatable")
	f.StringVar(&o.messageFile, "message-file", "", "read the text of --message, with its placeholders, from `FILE`")
	f.StringVar(&o.language, "language", "", "language `TAG` of the email's standard text, e.g. nl-NL")
	f.StringVar(&o.cc, "cc", "", "Cc `ADDRESS` for the invitation email")
}

// registerFollowUps registers what cells say that guests get after the invitation.
func (o *listOptions) registerFollowUps(f *pflag.FlagSet) {
	f.StringVar(&o.groupsFrom, "groups-from", "", "add guests to the groups in the column `HEADING`: names or object ids, separated by semicolons")
	f.StringArrayVar(&o.set, "set", nil, "set an attribute of guests whom this batch creates from a column, `ATTRIBUTE=HEADING`: companyName=Company; repeatable. An empty cell leaves it alone. Attributes: "+attributeNames())
	f.StringVar(&o.managerFrom, "manager-from", "", "set the manager of guests from the column `HEADING`: an address, user principal name or object id")
	f.StringVar(&o.sponsorsFrom, "sponsors-from", "", "add the sponsors in the column `HEADING`: addresses, user principal names or object ids, separated by semicolons")
}

func (o *listOptions) registerRate(f *pflag.FlagSet) {
	f.StringVar(&o.rate, "rate", send.AutoRate().String(), "requests at most, `auto|N/DURATION`: 5/1s, 150/5s, 30/1m; auto climbs from 5 to 24 a second after the first 100 guests, while nothing is throttled; 0 is unlimited")
}

func attributeNames() string {
	var names []string
	for _, a := range graph.AllAttributes() {
		if a == graph.Extension(1) {
			break
		}
		names = append(names, string(a))
	}
	return strings.Join(names, ", ") + fmt.Sprintf(", extensionAttribute1 to %d", graph.Extensions)
}

// followUps reads what cells say that guests get after the invitation.
func (o *listOptions) followUps() (session.FollowUpOptions, error) {
	all := session.FollowUpOptions{GroupsFrom: o.groupsFrom, ManagerFrom: o.managerFrom, SponsorsFrom: o.sponsorsFrom}
	for _, set := range o.set {
		name, heading, ok := strings.Cut(set, "=")
		if !ok || strings.TrimSpace(heading) == "" {
			return all, session.Usagef("give ATTRIBUTE=HEADING, such as companyName=Company", "--set %q is not understood", set)
		}
		attribute, err := graph.ParseAttribute(strings.TrimSpace(name))
		if err != nil {
			return all, session.AsUsage(fmt.Errorf("--set: %w", err))
		}
		if slices.ContainsFunc(all.Set, func(other session.SetAttribute) bool { return other.Attribute == attribute }) {
			return all, session.Usagef("name one column for each attribute", "--set names %s more than once", attribute)
		}
		all.Set = append(all.Set, session.SetAttribute{Attribute: attribute, Heading: strings.TrimSpace(heading)})
	}
	return all, nil
}

func fieldNames() string {
	names := make([]string, 0, len(batch.Fields()))
	for _, f := range batch.Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func known(field batch.Field) bool {
	return slices.Contains(batch.Fields(), field)
}

// defaults checks the values that hold for every row, so that a slip in a flag
// is one error and not one at each row.
func (o *listOptions) defaults() (judge.Defaults, error) {
	d := judge.Defaults{RedirectURL: o.redirectURL, SendMessage: o.sendMessage, Language: o.language}
	var err error
	if o.redirectURL != "" { // else it follows from the tenant
		err = judge.CheckRedirectURL(o.redirectURL)
	}
	if err != nil {
		return d, session.Usagef(adviceOf(err), "--redirect-url %q %w", o.redirectURL, err)
	}
	if err = judge.CheckLanguage(o.language); err != nil {
		return d, session.Usagef(adviceOf(err), "--language %q %w", o.language, err)
	}
	if d.UserType, err = judge.ParseUserType(o.userType); err != nil {
		return d, session.Usagef(adviceOf(err), "--user-type %q %w", o.userType, err)
	}
	if o.cc != "" {
		if d.CC, err = judge.Address(o.cc); err != nil {
			return d, session.Usagef(adviceOf(err), "--cc %q %w", o.cc, err)
		}
	}
	for _, given := range o.ownDomains {
		domain, err := judge.CheckDomain(given)
		if err != nil {
			return d, session.Usagef(adviceOf(err), "--own-domain %q %w", given, err)
		}
		d.OwnDomains = append(d.OwnDomains, domain)
	}
	if d.Message, err = o.template(); err != nil {
		return d, err
	}
	return d, o.addLetters(&d)
}

// addLetters adds the texts of --text.
func (o *listOptions) addLetters(d *judge.Defaults) error {
	letters, err := readLetters("--text", o.letters)
	if err != nil {
		return err
	}
	if len(letters) > 0 && !d.Message.IsZero() {
		return session.Usagef("give one of them", "--text and --message or --message-file are both set")
	}
	files := make(map[string]string)
	for _, letter := range letters {
		message, err := judge.LetterTemplate(letter)
		if err != nil {
			return session.Usagef("correct the file", "--text: %w", err)
		}
		if other, twice := files[letter.Language]; twice {
			return session.Usagef("put the language into the names, as in welcome.de.txt", "--text: %s and %s are for the same guests", text.Line(other), text.Line(letter.File))
		}
		files[letter.Language] = letter.File
		if letter.Language == "" {
			d.Message = message
			continue
		}
		if d.Translations == nil {
			d.Translations = new(judge.Translations)
		}
		d.Translations.Add(letter.Language, message)
	}
	return nil
}

func (o *listOptions) template() (judge.MessageTemplate, error) {
	message := o.message
	if o.messageFile != "" {
		if message != "" {
			return judge.MessageTemplate{}, session.Usagef("give one of them", "--message and --message-file are both set")
		}
		content, err := os.ReadFile(o.messageFile)
		if err != nil {
			return judge.MessageTemplate{}, &session.UsageError{Err: fmt.Errorf("--message-file: %w", err), Next: "check the name of the file"}
		}
		message = strings.TrimPrefix(string(content), "\ufeff")
	}
	t, err := judge.ParseMessageTemplate(message)
	if err != nil {
		return t, &session.UsageError{Err: err, Next: cmp.Or(session.Hint(err), `--message and --message-file take Go templates: {{.Greeting}}, {{.DisplayName}}, {{.EmailAddress}}, {{index .Columns "Heading"}}; --text takes {Display name} and {Heading}`)}
	}
	return t, nil
}

// options are those of a session for a list.
func (o *listOptions) options(p *process, list string) (opt session.Options, err error) {
	opt = session.Options{List: list, Ending: session.RealEnding, Notice: p.notice}
	if opt.Defaults, err = o.defaults(); err != nil {
		return opt, err
	}
	if opt.Read, err = o.reading(); err != nil {
		return opt, err
	}
	if opt.FollowUps, err = o.followUps(); err != nil {
		return opt, err
	}
	opt.Selection, err = o.selection()
	return opt, err
}

func (o *listOptions) parseRate() (send.Rate, error) {
	rate, err := send.ParseRate(o.rate)
	if err != nil {
		return rate, &session.UsageError{Err: fmt.Errorf("--rate: %w", err), Next: "Microsoft admits 150 invitations in 5 seconds to a tenant, all apps together"}
	}
	return rate, nil
}

// flagOf is the flag that gives a field its default.
func (o *listOptions) flagOf(f batch.Field) string {
	switch {
	case f == batch.Message && o.messageFile != "":
		return "--message-file"
	case f == batch.Message && len(o.letters) > 0:
		return "--text"
	}
	return "--" + string(f)
}

// oneList wants the one argument that names the list.
func oneList(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return noPattern(cmd, args[0])
	}
	return oneOf("guestlist "+cmd.Name()+" partners.csv", "which list? Name a .csv or .xlsx file, or - for standard input")(cmd, args)
}

// whichResults asks for the argument that names results.
const whichResults = "which results? Name the results workbook, or its journal"

// oneOf wants the one argument that names a file; example is a command that has it, which
// asks for it.
func oneOf(example, which string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return session.Usagef(example, "%s", which)
		case 1:
			return nil
		default:
			return oneAtATime(cmd, args)
		}
	}
}

// oneAtATime explains that a command takes one file. Several words are often the name of one
// that was not quoted.
func oneAtATime(cmd *cobra.Command, args []string) error {
	next := "run the command once for each file; names with spaces need quotes"
	if whole := strings.Join(args, " "); isFile(whole) {
		next = flagsOf(cmd).command(commandName(cmd), whole)
	}
	return session.Usagef(next, "one file at a time, got %d: %s", len(args), text.Line(strings.Join(args, ", ")))
}

// commandName is how a command is typed behind the name of the program.
func commandName(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), "guestlist ")
}

// noPattern explains that *.csv is no list: the shells of Windows leave it to the program
// what it stands for, others do where no file fits.
func noPattern(cmd *cobra.Command, list string) error {
	if _, err := os.Stat(list); err == nil || !strings.ContainsAny(list, "*?") {
		return nil
	}
	fits, err := filepath.Glob(list)
	if err != nil || len(fits) == 0 {
		return session.Usagef("name the file of the list", "no file fits %s", text.Line(list))
	}
	if len(fits) == 1 {
		return session.Usagef(flagsOf(cmd).command(cmd.Name(), text.Line(fits[0])), "%s is a pattern, and one file fits it: name that", text.Line(list))
	}
	const most = 5
	commands := []string{"run the command once for each:"}
	for _, name := range fits[:min(len(fits), most)] {
		commands = append(commands, "guestlist "+cmd.Name()+" "+shell.File(text.Line(name)))
	}
	return session.Usagef(strings.Join(commands, "\n"), "one list at a time: %s stands for %s", text.Line(list), text.Plural(len(fits), "file"))
}

// adviceOf is how to correct a value of a flag, as for the cell that it stands in for.
func adviceOf(err error) string {
	if cell, ok := errors.AsType[*judge.CellError](err); ok {
		return cell.Advice
	}
	return session.Hint(err)
}
