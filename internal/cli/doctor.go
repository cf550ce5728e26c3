package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/internal/session"
	"guestlist/internal/text"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	connectOptions

	json bool
}

func doctorCommand(p *process) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Sign in; say who you are, in which tenant, and what you may do",
		Long: `Sign in the way invite does and say who you are, in which tenant, what the token
permits and who may invite guests there. It ends with what works with this
sign-in and what does not yet, and how each missing permission is granted.
No one is invited. Two requests are made, which read the tenant's name and its
policy; neither is needed for inviting.

Permissions, each with admin consent:
    User.Invite.All        invite, retry
    User.Read.All          looking up who is in the tenant already, and guests
                           whose invitation got no answer; without it nothing is
                           sent; status, remind and undo
    User.DeleteRestore.All undo
    Organization.Read.All  showing the tenant's name here (User.Read of a
                           person)
    Policy.Read.All        showing here who may invite
Commands that do not sign in need none of them.

Exit code 0 when nothing that inviting needs is missing, 4 when signing in fails
or a permission for inviting is missing, 1 when Graph cannot be reached. What is
missing for other commands is listed and changes no exit code.`,
		Example: `  guestlist doctor
  guestlist doctor --auth device-code --tenant-id contoso.example
  guestlist doctor --sandbox --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), p, &o) },
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print the findings as one JSON object")
	return cmd
}

// noArgs refuses arguments as wrong usage.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return session.Usagef(helpCommand(cmd), "%s takes no argument, got %q", cmd.Name(), args[0])
	}
	return nil
}

func runDoctor(ctx context.Context, p *process, o *doctorOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := session.Examine(ctx, connectOptionsOf(p, &o.connectOptions, 1))
	if err != nil {
		return err
	}
	if o.json {
		err = writeJSON(p.out, c)
	} else {
		err = printCheckup(p.out, c)
	}
	if code := lackCode(c.Lack()); err == nil && code != exitOK {
		why := stopWords(code)
		if code == exitBroken {
			why = "Microsoft Graph cannot be reached"
		}
		return &settledError{errMissing, code, why}
	}
	return err
}

// errMissing is the cause of doctor's exit code.
var errMissing = errors.New("something is missing")

// lackCode is the exit code of what is missing.
func lackCode(lack session.Lack) int {
	switch lack {
	case session.LackAccess:
		return exitAccess
	case session.LackConnection:
		return exitBroken
	case session.LackNothing:
	}
	return exitOK
}

func printCheckup(w *os.File, c session.Checkup) error {
	if c.Sandbox {
		_, _ = fmt.Fprintln(w, "SANDBOX: the tenant is simulated")
	}
	for _, f := range c.Checks {
		head := fmt.Sprintf("%-7s  %-11s  ", f.Status, f.Check)
		if _, err := fmt.Fprintf(w, "%s%s\n", head, beside(f.Text, len(head), width(w))); err != nil {
			return err
		}
		if f.Next != "" {
			printLines(w, strings.Repeat(" ", len(head))+"next: ", f.Next)
		}
	}
	if c.Lack() != session.LackConnection {
		printAbilities(w, c)
	}
	return nil
}

// printAbilities ends with what works and what does not yet.
func printAbilities(w *os.File, c session.Checkup) {
	tenant := "this tenant"
	if c.TenantName != "" {
		tenant = text.Line(c.TenantName)
	} else if c.Tenant != "" {
		tenant = "tenant " + text.Line(c.Tenant)
	}
	var last session.Verdict
	for _, a := range c.Abilities {
		if a.Status != last {
			_, _ = fmt.Fprintf(w, "\n%s\n", beside(abilitiesTitle(a.Status, tenant), 0, width(w)))
			last = a.Status
		}
		needs := "needs " + a.Permission
		if a.Granted != "" {
			needs = "has " + a.Granted
		}
		if a.Role != "" {
			needs += "; the signed-in person " + a.Role
		}
		line := fmt.Sprintf("%s (%s): %s", a.Ability, strings.Join(a.For, ", "), needs)
		_, _ = fmt.Fprintf(w, "  %s\n", beside(line, len("    "), width(w)))
		if a.Next != "" {
			printLines(w, "      next: ", a.Next)
		}
	}
}

// abilitiesTitle stands above the abilities of a verdict.
func abilitiesTitle(v session.Verdict, tenant string) string {
	switch v {
	case session.Works:
		return "what works in " + tenant + " by the permissions of this sign-in:"
	case session.NotKnown:
		return "not known for " + tenant + ", since the token does not say which permissions it has:"
	case session.Missing, session.Dubious:
	}
	return "what does not work yet in " + tenant + ":"
}
