package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/send"
)

// listOptions say how a list is read and what a row gets that does not say
// otherwise. They are shared by all commands that judge a list.
type listOptions struct {
	readOptions

	redirectURL string
	sendMessage bool
	message     string
	messageFile string
	language    string
	cc          string
	userType    string
	ownDomains  []string
	rate        string
}

func (o *listOptions) register(f *pflag.FlagSet) {
	o.readOptions.register(f)
	f.StringVar(&o.redirectURL, "redirect-url", "https://myapplications.microsoft.com", "where guests land after redeeming, an absolute `URL`")
	f.BoolVar(&o.sendMessage, "send-message", false, "let Microsoft mail the invitation")
	f.StringVar(&o.message, "message", "", "custom `TEXT` of the mail, a template: Hello {{.DisplayName}}, {{index .Columns \"Project\"}}")
	f.StringVar(&o.messageFile, "message-file", "", "read the custom text from `FILE`")
	f.StringVar(&o.language, "language", "", "language `TAG` of the mail's standard text, e.g. nl-NL")
	f.StringVar(&o.cc, "cc", "", "one copy recipient's `ADDRESS`")
	f.StringVar(&o.userType, "user-type", "Guest", "`TYPE` of the guests: Guest or Member")
	f.StringArrayVar(&o.ownDomains, "own-domain", nil, "a verified `DOMAIN` of your tenant, whose addresses cannot be guests; repeatable")
	f.StringVar(&o.rate, "rate", "5/1s", "requests admitted, `N/DURATION`: 150/5s, 2/1s, 30/1m; 0 is unlimited")
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
	if err = judge.CheckRedirectURL(o.redirectURL); err != nil {
		return d, usagef(adviceOf(err), "--redirect-url %q %w", o.redirectURL, err)
	}
	if err = judge.CheckLanguage(o.language); err != nil {
		return d, usagef(adviceOf(err), "--language %q %w", o.language, err)
	}
	if d.UserType, err = judge.ParseUserType(o.userType); err != nil {
		return d, usagef(adviceOf(err), "--user-type %q %w", o.userType, err)
	}
	if o.cc != "" {
		if d.CC, err = judge.Address(o.cc); err != nil {
			return d, usagef(adviceOf(err), "--cc %q %w", o.cc, err)
		}
	}
	for _, text := range o.ownDomains {
		domain, err := judge.CheckDomain(text)
		if err != nil {
			return d, usagef(adviceOf(err), "--own-domain %q %w", text, err)
		}
		d.OwnDomains = append(d.OwnDomains, domain)
	}
	d.Message, err = o.template()
	return d, err
}

func (o *listOptions) template() (judge.Template, error) {
	text := o.message
	if o.messageFile != "" {
		if text != "" {
			return judge.Template{}, usagef("give one of them", "--message and --message-file are both set")
		}
		content, err := os.ReadFile(o.messageFile)
		if err != nil {
			return judge.Template{}, &usageError{fmt.Errorf("--message-file: %w", err), "check the name of the file"}
		}
		text = strings.TrimPrefix(string(content), "\ufeff")
	}
	t, err := judge.ParseTemplate(text)
	if err != nil {
		return t, &usageError{err, `a message is a Go template: {{.DisplayName}}, {{.EmailAddress}}, {{index .Columns "Heading"}}`}
	}
	return t, nil
}

func (o *listOptions) pace() (send.Rate, error) {
	rate, err := send.ParseRate(o.rate)
	if err != nil {
		return rate, &usageError{fmt.Errorf("--rate: %w", err), "Microsoft admits 150 invitations in 5 seconds to a tenant, all apps together"}
	}
	return rate, nil
}

// What the names of results end in.
const (
	realEnding    = ".results.xlsx"
	sandboxEnding = ".sandbox.xlsx"
)

// resultsPath is where the results of a list go when --out does not say. The
// results of a list of results are that workbook itself.
func resultsPath(list, ending string) string {
	if strings.HasSuffix(strings.ToLower(list), ending) {
		return list
	}
	return strings.TrimSuffix(list, filepath.Ext(list)) + ending
}

// oneList wants the one argument that names the list.
func oneList(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return usagef("guestlist "+cmd.Name()+" partners.csv", "which list? Name a .csv or .xlsx file, or - for standard input")
	default:
		return usagef("run the command once for each list; names with spaces need quotes", "one list at a time, got %d: %s", len(args), strings.Join(args, ", "))
	}
}

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

// adviceOf is how to mend a value of a flag, as for the cell that it stands in for.
func adviceOf(err error) string {
	if cell, ok := errors.AsType[*judge.CellError](err); ok {
		return cell.Advice
	}
	return hintOf(err)
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
