package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/selection"
	"guestlist/batch/sheet"
)

// stdinName stands for standard input where a list is named.
const stdinName = "-"

// passwordVariable holds the password of a protected workbook: a flag would
// show it to everybody who lists processes.
const passwordVariable = "GUESTLIST_LIST_PASSWORD" //nolint:gosec // the name of a variable

// readOptions say how a list is read and which of its rows are meant.
type readOptions struct {
	sheet     string
	columns   []string
	encoding  string
	delimiter string
	lines     string
	where     []string

	stdin    io.Reader
	password string
}

func (p *process) readOptions() readOptions {
	return readOptions{stdin: p.in, password: p.getenv(passwordVariable)}
}

func (o *readOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.sheet, "sheet", "", "read the sheet `NAME` (default: the first with an address column)")
	f.StringArrayVar(&o.columns, "map", nil, "take `FIELD=HEADING`: read a field from a column; repeatable. Fields: "+fieldNames())
	f.StringVar(&o.encoding, "encoding", "", "encoding `NAME` of a CSV file that is not Unicode: windows-1252, shift_jis, ...")
	f.StringVar(&o.delimiter, "delimiter", "", "what separates the cells of a CSV file: a `CHARACTER`, or tab (default: found out)")
	f.StringVar(&o.lines, "rows", "", "send only these `ROWS` of the list, by the numbers that check shows: 10-200,305")
	f.StringArrayVar(&o.where, "where", nil, "send only rows where `HEADING=VALUE` (equal) or HEADING~VALUE (contains), without regard to case; repeatable, all must hold")
}

// open opens the list. What is wrong with it is a usage error: nothing was sent.
func (o *readOptions) open(path string) (*sheet.List, error) {
	fields, err := o.fields()
	if err != nil {
		return nil, err
	}
	delimiter, err := o.separator()
	if err != nil {
		return nil, err
	}
	opt := sheet.Options{Sheet: o.sheet, Map: fields, Encoding: o.encoding, Delimiter: delimiter, Password: o.password}
	list, err := o.openList(path, opt)
	if err != nil {
		return nil, asUsage(err)
	}
	return list, nil
}

func (o *readOptions) openList(path string, opt sheet.Options) (*sheet.List, error) {
	if path == stdinName {
		return sheet.OpenReader("standard input", o.stdin, opt)
	}
	return sheet.Open(path, opt)
}

// forResults is how a results workbook of ours is read: headings count, and the
// password that somebody gave it; what concerns a list of others does not.
func (o *readOptions) forResults() readOptions {
	return readOptions{columns: o.columns, password: o.password}
}

func (o *readOptions) fields() (map[batch.Field]string, error) {
	fields := make(map[batch.Field]string)
	for _, m := range o.columns {
		name, heading, ok := strings.Cut(m, "=")
		field := batch.Field(strings.TrimSpace(name))
		if !ok || strings.TrimSpace(heading) == "" || !known(field) {
			return nil, usagef("give FIELD=HEADING; fields are "+fieldNames(), "--map %q is not understood", m)
		}
		if _, twice := fields[field]; twice {
			return nil, usagef("name one column for each field", "--map names %s more than once", field)
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
		return 0, usagef(`give one character such as ";", or the word tab`, "--delimiter %q is not one character", o.delimiter)
	}
	return r[0], nil
}

// choose makes a filter of --rows and --where for a list with these headings.
func (o *readOptions) choose(header batch.Header) (func(batch.Row) bool, error) {
	var chosen selection.Selection
	var err error
	if o.lines != "" {
		if chosen.Ranges, err = selection.ParseRowRanges(o.lines); err != nil {
			return nil, asUsage(fmt.Errorf("--rows: %w", err))
		}
	}
	for _, text := range o.where {
		condition, err := selection.ParseCondition(text)
		if err != nil {
			return nil, usagef("write --where 'Company=Fabrikam', or 'Company~fab' for a part of it", "--where: %w", err)
		}
		if _, results := results.FindLayout(header.Columns); results && isResult(condition.Heading) {
			return nil, usagef("name a column of the list itself; guestlist retry sends what failed without being told", "--where %q asks for what became of a row, which is about to be filled in anew", text)
		}
		chosen.Where = append(chosen.Where, condition)
	}
	takes, err := chosen.Bind(header)
	if err != nil {
		return nil, asUsage(fmt.Errorf("--where: %w", err))
	}
	return takes, nil
}

func isResult(heading string) bool {
	_, result := results.Column(heading)
	return result
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
