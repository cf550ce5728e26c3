package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/graph/auth"
	"guestlist/internal/machine"
)

// helpCommandOf is help itself, for commands and topics: what it does not know is wrong usage.
func helpCommandOf() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Help about a command or a topic",
		Long: `Help about a command, such as guestlist help invite, or a topic, such as
guestlist help exit-codes. Without either, the commands and topics are listed.`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return commandNames(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), args[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// topics are pages of help that are no commands.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "lists", Short: "How a list is read, and which columns are known", Long: listsHelp()},
		{Use: "plans", Short: "What is in a plan, how it is reviewed, and what a run does with it", Long: plansHelp},
		{Use: "environment", Short: "The variables that guestlist reads, secrets among them", Long: environmentHelp()},
		{Use: "exit-codes", Short: "What an exit code means, and what to do then", Long: exitCodesHelp()},
	}
}

// listsHelp says how a list is read.
func listsHelp() string {
	return beside(`A list is a CSV or Excel file (.xlsx), or - for standard input. It needs headings, and one column with the guests' email addresses. Title rows above the headings are skipped.`, 0, helpWidth) + `

Fields, and headings by which each is known, in English and many other
languages; case, spaces, "-" and "_" do not matter:

  email          Email, Email address, InvitedUserEmailAddress
  name           Name, Full name, Display name; or First name and Last name
  redirect-url   Redirect URL, InviteRedirectUrl
  send-message   Send message, SendInvitationMessage
  message        Message, Customized message body
  language       Language, Message language
  cc             Cc
  user-type      User type, InvitedUserType
  sponsors       Sponsors

All other columns are carried into the results, and --by, --where, --set and
your texts ({Project} in a file of --text) can use them. Where a heading is not
known, name it:

  guestlist check partners.csv --map email="Work address"

Row numbers are those that Excel shows. Part of a list is chosen with --rows and
--where; the other rows stay as they are.

A CSV file that is not UTF-8, as Excel on Windows often writes it, needs
--encoding windows-1252 or another name; the error shows which one reads right.

` + beside(`What a cell says counts before the command line. An empty cell takes what the command line says: --send-message, --language and so on.`, 0, helpWidth) + `

guestlist template writes an empty list to fill in. guestlist check names every
problem of a list with its row and column before anything is sent; with -o it
marks them in a copy, for the person who made the list.`
}

// plansHelp says what a plan is for.
const plansHelp = `A plan is a file that says what a run would send, so that somebody can review it
before anything is sent:

  guestlist invite partners.xlsx --dry-run --plan plan.json
  guestlist invite partners.xlsx --plan plan.json

The first looks up who is in the tenant already, writes plan.json and sends
nothing. The second sends nothing that plan.json does not hold. retry and remind
take both flags in the same way.

The file is JSON with one row a line, to be read from the top:

  made, tenant, tenant_name, list   when, for which tenant, of which list
  settings                          the flags that change who gets what: text of
                                    the email, landing page, groups and others
  counts, domains                   how many are invited, by email or not, for
                                    the first time or again; in all, by domain
  key, rows                         a hash for each row of all its guest gets

To review it, read tenant, settings, counts and domains, and compare them with
what was asked for. There are no addresses in it, so that it can be in a
repository. --plan-addresses writes the address behind each hash, for reviewers
who should see who it is. A plan that is written over an earlier one keeps its
key: the difference of the two files is the rows that have come and gone, and
the run that writes it counts them.

Do not edit the file: a plan that was changed by hand is refused.

What a run with a plan does when something has changed since:

  a row was added, or what its guest gets was changed
      Nothing is sent, exit code 2, and each such row is named. Leave them out
      with --rows or --where, or make a new plan and have it reviewed.
  a row was removed, the rows were sorted, other columns were changed
      It goes on; who is not in the list is not invited.
  a person came into the tenant, or was invited by another run
      It skips them.
  the settings or the tenant are others, or 30 days have passed
      Nothing is sent, exit code 2.
  the run was stopped, or bounded by --limit or --per-day
      The same command goes on with the same plan.

--require-plan (GUESTLIST_REQUIRE_PLAN=true) lets invite, retry and remind send
nothing without a plan.`

// environmentHelp lists the variables.
func environmentHelp() string {
	var b strings.Builder
	b.WriteString(`Every flag can be set by a variable: GUESTLIST_ and its name in capitals, with _
for -. --send-message is GUESTLIST_SEND_MESSAGE=true. What is typed wins over a
variable.

`)
	for _, group := range []struct {
		title     string
		variables [][2]string
	}{
		{"Sign-in", [][2]string{
			{"AZURE_TENANT_ID", "the tenant; or --tenant-id"},
			{"AZURE_CLIENT_ID", "the app; or --client-id"},
			{"AZURE_CLIENT_SECRET", "a secret of the app"},
			{"AZURE_CLIENT_CERTIFICATE_PATH", "a certificate of the app with its key, .pem or .pfx"},
			{"AZURE_CLIENT_CERTIFICATE_PASSWORD", "the password of that file"},
			{"AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true: send the chain, for apps that trust a subject name and issuer"},
			{"AZURE_FEDERATED_TOKEN_FILE", "a token of a workload identity (Kubernetes, GitHub and others)"},
			{auth.TokenVariable, "a ready-made access token for Microsoft Graph; it is used as it is and cannot be renewed"},
		}},
		{"Files", [][2]string{
			{passwordVariable, "the password of a protected workbook"},
			{machine.FolderVariable, "the folder where guestlist keeps which batches ran on this machine"},
		}},
		{"A journal in a database", [][2]string{
			{variable(journalFlag), "its address, as --journal: postgres://USER@HOST/DATABASE"},
			{"PGPASSWORD", "the password, where neither that address nor PGPASSFILE has it"},
			{"PGPASSFILE", "the file of passwords (default ~/.pgpass)"},
			{"PGSSLMODE", "how far the server has to prove who it is (default verify-full beyond this machine)"},
		}},
		{"Network and terminal", [][2]string{
			{"HTTPS_PROXY", "the proxy to Microsoft, http://HOST:PORT, with USER:PASSWORD@ before HOST if it asks for one"},
			{"NO_PROXY", "hosts that are reached without it"},
			{"SSL_CERT_FILE", "on Linux, a file of certificates to trust"},
			{"NO_COLOR", "any value: no colours"},
		}},
	} {
		fmt.Fprintf(&b, "%s:\n", group.title)
		for _, v := range group.variables {
			fmt.Fprintf(&b, "  %s\n      %s\n", v[0], beside(v[1], len("      "), helpWidth))
		}
	}
	b.WriteString("\n" + beside("Secrets have no flags, since every user of a machine can list the command lines of its processes: "+strings.Join(append(auth.SecretVariables(), passwordVariable), ", ")+".", 0, helpWidth))
	return b.String()
}

// exitCodesHelp says what each code means and what to do.
func exitCodesHelp() string {
	var b strings.Builder
	b.WriteString("The exit code says how a command ended: $? in bash, $LASTEXITCODE in PowerShell,\n%ERRORLEVEL% in cmd.\n\n")
	for _, code := range exitCodes() {
		fmt.Fprintf(&b, "  %3d  %s\n", code.code, beside(code.meaning, len("  130  "), helpWidth))
		if code.next != "" {
			fmt.Fprintf(&b, "       %s\n", beside("Next: "+code.next, len("  130  "), helpWidth))
		}
	}
	b.WriteString("\n" + beside("check, status, remind, undo and doctor use the same codes; the help of each says when.", 0, helpWidth))
	return b.String()
}

// exitMeaning is a code of the exit with what it means.
type exitMeaning struct {
	code          int
	meaning, next string
}

// exitCodes are all of them, in their order.
func exitCodes() []exitMeaning {
	return []exitMeaning{
		{exitOK, "Done. Every row is invited, or needs no invitation because the person is in the tenant already, was removed from it, or has another row. Rows that --rows or --where leave out do not count.", ""},
		{exitBroken, "The run itself broke: a file, the network or the program. What was done is in the journal.", "fix the cause and run the same command again."},
		{exitUsage, "Wrong usage: a flag, a missing file, a list without an address column. Nothing was sent.", "the message says what to type instead."},
		{exitUnfinished, "The run finished, but some rows failed, are invalid or repeat a row that is left out, or steps after the invitation are unfinished. remind: a reminder was refused or not answered. undo: some guests of the batch are still in the tenant. status --exit-code: someone has not accepted.", "correct the rows on the sheet Failed of the results, then guestlist retry."},
		{exitAccess, "Signing in failed, or a permission is missing. Rows that were not sent are pending.", "guestlist doctor says which permission, and how it is granted."},
		{exitInvalid, "Some rows are invalid: check found them, or --strict refused to send a list with them. Nothing was sent.", "correct the rows that the message names."},
		{exitStopped, "The run stopped early with rows pending (Microsoft blocked it, a quota, an outage, --max-failures, --limit, --per-day), or it is not known yet whether some rows were invited. Or a question was answered with no. undo: it stopped, or was cancelled.", "run the same command again; it goes on with the rows that are left."},
		{exitInterrupted, "Interrupted by Ctrl-C, a signal or a closed window.", "run the same command again; it goes on with the rows that are left."},
	}
}
