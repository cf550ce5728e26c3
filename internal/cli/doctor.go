package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/spf13/cobra"

	"guestlist/graph"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	connectOptions

	json bool
}

func (p *process) doctorCommand() *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Sign in; say who you are, in which tenant, and what you may do",
		Long: `Sign in the way invite does and say who you are, in which tenant, what the token
permits and who may invite guests there. Nobody is invited. Two requests are made,
which read the tenant's name and its policy; neither is needed for inviting.

Permissions, each with admin consent:
    User.Invite.All        invite, retry
    User.Read.All          looking up guests whose mailed invitation got no answer
    Organization.Read.All  showing the tenant's name here (User.Read of a person)
    Policy.Read.All        showing here who may invite
Commands that do not sign in need none of them.

Exit code 0 when nothing is missing, 4 when signing in fails or a permission is
missing, 1 when Graph cannot be reached.`,
		Example: `  guestlist doctor
  guestlist doctor --auth device-code --tenant-id contoso.example
  guestlist doctor --sandbox --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.doctor(cmd.Context(), &o) },
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print the findings as one JSON object")
	return cmd
}

// noArgs refuses arguments as wrong usage.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("guestlist help "+cmd.Name()+" tells how it is used", "%s takes no argument, got %q", cmd.Name(), args[0])
	}
	return nil
}

func (p *process) doctor(ctx context.Context, o *doctorOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := p.examine(ctx, &o.connectOptions)
	if err != nil {
		return err
	}
	if o.json {
		err = json.NewEncoder(p.out).Encode(c)
	} else {
		err = c.print(p.out)
	}
	if code := c.code(); err == nil && code != exitOK {
		return &settledError{errMissing, code}
	}
	return err
}

// errMissing is the cause of doctor's exit code.
var errMissing = errors.New("something is missing")

// examine signs in and asks the tenant about itself. A sign-in that fails is a
// result; a command that cannot be carried out is an error.
func (p *process) examine(ctx context.Context, o *connectOptions) (checkup, error) {
	t, err := p.dial(ctx, o, 1)
	if errors.As(err, new(*graph.SignInError)) {
		return checkup{Permissions: []string{}, Checks: []checkResult{absent("sign-in", exitAccess, err.Error(), hintOf(err))}}, nil
	}
	if err != nil {
		return checkup{}, err
	}
	defer t.close()
	e := examination{tenant: t, root: "the simulated tenant"}
	if !o.sandbox {
		e.root = o.graphRoot()
		e.cloud, _ = graph.ParseCloud(o.cloud) // the sign-in has checked it
	}
	e.org, e.orgErr = t.client.Organization(ctx)
	if !cutOff(e.orgErr) {
		e.policy, e.policyErr = t.client.InvitePolicy(ctx)
	}
	now := time.Now()
	e.ahead = t.client.ServerTime(now).Sub(now)
	e.proxy, e.proxyErr = t.client.Proxy()
	return e.checkup(), nil
}

// cutOff reports whether a request came to nothing in a way that the next one
// would as well.
func cutOff(err error) bool {
	return errors.As(err, new(*graph.UnreachableError)) || errors.As(err, new(*graph.NoAnswerError)) || errors.As(err, new(*graph.SignInError))
}

// checkup is what doctor prints; its JSON names are a promise.
type checkup struct {
	Tenant     string `json:"tenant"`
	TenantName string `json:"tenant_name"`
	Sandbox    bool   `json:"sandbox"`
	// SignIn is the way that gave the token, Kind "app-only", "delegated" or "".
	SignIn      string   `json:"sign_in"`
	Kind        string   `json:"kind"`
	App         string   `json:"app"`
	AppName     string   `json:"app_name"`
	User        string   `json:"user"`
	Permissions []string `json:"permissions"`
	// AllowInvitesFrom is the tenant's policy, "" where it cannot be read.
	AllowInvitesFrom string `json:"allow_invites_from"`
	// ClockAhead is how far Graph's clock is ahead of this machine's, in whole seconds.
	ClockAhead int           `json:"clock_ahead_seconds"`
	Proxy      string        `json:"proxy"`
	Checks     []checkResult `json:"checks"`
}

// verdict says how a check went.
type verdict string

const (
	sound   verdict = "ok"
	dubious verdict = "warning"
	lacking verdict = "missing"
)

// checkResult is the result of one check.
type checkResult struct {
	Check  string  `json:"check"`
	Status verdict `json:"status"`
	Text   string  `json:"text"`
	// Next is the next step, "" for a check that went well.
	Next string `json:"next"`

	code int // exit code of what is missing
}

func fine(check, format string, args ...any) checkResult {
	return checkResult{Check: check, Status: sound, Text: fmt.Sprintf(format, args...)}
}

func doubt(check, text, next string) checkResult {
	return checkResult{Check: check, Status: dubious, Text: text, Next: next}
}

func absent(check string, code int, text, next string) checkResult {
	return checkResult{Check: check, Status: lacking, Text: text, Next: next, code: code}
}

// code is the exit code of the first thing that is missing.
func (c checkup) code() int {
	for _, f := range c.Checks {
		if f.Status == lacking {
			return f.code
		}
	}
	return exitOK
}

func (c checkup) print(w io.Writer) error {
	if c.Sandbox {
		_, _ = fmt.Fprintln(w, "SANDBOX: the tenant is simulated")
	}
	for _, f := range c.Checks {
		if _, err := fmt.Fprintf(w, "%-7s  %-11s  %s\n", f.Status, f.Check, f.Text); err != nil {
			return err
		}
		if f.Next != "" {
			printLines(w, "                      next: ", f.Next)
		}
	}
	return nil
}

// seconds rounds a duration to whole seconds.
func seconds(d time.Duration) int { return int(math.Round(d.Seconds())) }
