package cli

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/graph/auth"
	"guestlist/internal/session"
)

// connectOptions say which tenant to talk to and as whom. They are shared by
// all commands that sign in.
type connectOptions struct {
	sandbox  bool
	graphURL string
	auth     string
	tenantID string
	clientID string
	cloud    string
	timeout  time.Duration
	later    age
}

func (o *connectOptions) register(f *pflag.FlagSet) {
	f.BoolVar(&o.sandbox, "sandbox", false, "talk to a simulated tenant: no one is invited")
	f.Var(&o.later, "later", "with --sandbox: look at the tenant so much later, an `AGE`: 7d, 36h")
	f.StringVar(&o.graphURL, "graph-url", "", "another Graph root `URL`, e.g. http://127.0.0.1:8080/v1.0")
	f.StringVar(&o.cloud, "cloud", "public", "Microsoft's cloud, its `NAME`: public, usgov, usgovdod, china")
	f.StringVar(&o.auth, "auth", string(auth.ModeDefault), "authentication method, its `MODE`: "+modeNames())
	f.StringVar(&o.tenantID, "tenant-id", "", "tenant `ID` (default: AZURE_TENANT_ID)")
	f.StringVar(&o.clientID, "client-id", "", "application `ID` (default: AZURE_CLIENT_ID)")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "how long a request may take")
}

func modeNames() string {
	names := make([]string, 0, len(auth.Modes()))
	for _, m := range auth.Modes() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// connectOptionsOf is what a session needs to know to sign in.
func connectOptionsOf(p *process, o *connectOptions, connections int) session.ConnectOptions {
	return session.ConnectOptions{
		Sandbox: o.sandbox, Later: time.Duration(o.later), GraphURL: o.graphURL, Cloud: o.cloud, Auth: o.auth, TenantID: o.tenantID, ClientID: o.clientID,
		Timeout: o.timeout, Connections: connections, Tool: tool(), Getenv: p.getenv,
		Prompt: func(s string) { p.screen.say("%s\n", s) },
	}
}

// check finds what is wrong with the flags themselves.
func (o *connectOptions) check() error {
	if o.later > 0 && !o.sandbox {
		return session.Usagef("add --sandbox, or leave it out", "--later is for practising: only the clock of a simulated tenant can be set forward")
	}
	if o.timeout < time.Second {
		return session.Usagef("a request that is given up may have been carried out", "--timeout %v: give at least 1s", o.timeout)
	}
	return nil
}

// inviteOptions are the flags of commands that send.
type inviteOptions struct {
	listOptions
	connectOptions

	out         string
	workers     int
	maxAttempts int
	maxOutage   time.Duration
	maxFailures int
	limit       int
	strict      bool
	unconfirmed string
	grace       time.Duration
	progress    string
	json        bool
	yes         bool
	logFile     string
	logLevel    string
	metricsFile string
	events      string
	lookupFor   time.Duration
	stepsAfter  time.Duration
	settle      time.Duration

	reinvite         string
	noDirectoryCheck bool
	ignoreJournals   []string
	trustResults     bool
	all              bool // of retry alone
	wait             bool
	logLost          bool
	dryRun           bool
	perDay           int
	groups           []string
	skipSteps        bool

	plan          string
	planAddresses bool
	requirePlan   bool
}

func (o *inviteOptions) register(f *pflag.FlagSet) {
	o.listOptions.register(f)
	o.connectOptions.register(f)
	o.registerSending(f)
	f.StringVarP(&o.out, "out", "o", "", "results `FILE`, .xlsx or .csv (default: LIST with .results.xlsx, or .sandbox.xlsx with --sandbox)")
	f.IntVar(&o.maxFailures, "max-failures", 0, "stop after `N` failed rows in this run; those in flight are still sent; 0 is off")
	f.BoolVar(&o.strict, "strict", false, "send nothing when any row is invalid")
	f.StringVar(&o.unconfirmed, "unconfirmed", "hold", "what to do with rows whose outcome is unknown: `hold|resend`")
	f.StringVar(&o.reinvite, "reinvite", string(batch.ReinviteNone), "invite people again who were invited before, `none|pending|removed`: pending are guests who have not accepted, removed are guests of these results whom the tenant does not have any more")
	f.BoolVar(&o.noDirectoryCheck, "no-directory-check", false, "do not look up who is in the tenant already: such people may be invited and emailed again")
	f.BoolVar(&o.trustResults, "trust-results", false, "believe what results whose journal is gone say of invitations, also where the tenant does not confirm it")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be sent, with the tenant's answers; nothing is sent, and no file is written but that of --plan")
	f.BoolVar(&o.logLost, "log-lost", false, "go on although the journal's -wal file is gone: every row without a record is looked up before it is sent")
	f.StringArrayVar(&o.groups, "group", nil, "add all guests to a group after the invitation, its `NAME-OR-ID`; repeatable. A team is a group")
	f.BoolVar(&o.skipSteps, "skip-steps", false, "go on without the steps after the invitation that the sign-in has no permission for")
	f.DurationVar(&o.settle, "settle", 0, "how long to wait at the end for the directory to show what became of rows whose answer was lost (default 15m, off a terminal 2m)")
	f.DurationVar(&o.lookupFor, "lookup-for", 0, "how long after the request a guest who is not in the directory counts as not invited")
	f.DurationVar(&o.stepsAfter, "steps-after", 0, "how long after the invitation the first step of a guest is made")
	_ = f.MarkHidden("steps-after")
	_ = f.MarkHidden("lookup-for") // it fails for unknown names only; nobody should need it
}

// registerSending registers what all commands have that send invitations.
func (o *inviteOptions) registerSending(f *pflag.FlagSet) {
	o.database.register(f)
	f.IntVar(&o.workers, "workers", 32, "requests in flight at most")
	f.IntVar(&o.maxAttempts, "max-attempts", 6, "attempts for each row, fewer after some answers")
	f.DurationVar(&o.maxOutage, "max-outage", 15*time.Minute, "how long to wait while Microsoft Graph is down or cannot be reached; 0 does not wait")
	f.IntVar(&o.limit, "limit", 0, "send `N` rows at most in this run: a pilot, or a daily budget; 0 is off")
	f.DurationVar(&o.grace, "grace", 30*time.Second, "how long requests in flight may take after Ctrl-C")
	f.StringVar(&o.progress, "progress", "auto", "progress on standard error, its `MODE`: auto, bar (on a terminal), plain or none")
	f.BoolVar(&o.json, "json", false, "print the summary as one JSON object")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask; without a terminal nothing is ever asked")
	f.StringVar(&o.logFile, "log-file", "", "append a structured log, JSON lines, to `FILE`: what went wrong, and with --log-level debug each request")
	f.StringVar(&o.metricsFile, "metrics-file", "", "write how the run goes into `FILE`.prom, for the textfile collector of Prometheus: at its end, and every 15s before")
	f.StringVar(&o.events, "events", "", "tell programs how the run goes, JSON lines appended to `FILE`, or - for standard output: each row with its address, what the run waits for, why it stops, how it ends")
	f.StringArrayVar(&o.ignoreJournals, "ignore-journal", nil, "leave out the journal `FILE` of another batch when looking up who was invited before; repeatable")
	f.BoolVar(&o.wait, "wait", false, "wait while another run works on the tenant")
	f.IntVar(&o.perDay, "per-day", 0, "send no more than `N` invitations to the tenant in any 24 hours, whatever the list; 0 is off")
	f.StringVar(&o.plan, "plan", "", "with --dry-run, write a plan for a review into `FILE`; without --dry-run, send only what the reviewed FILE has (guestlist help plans)")
	f.BoolVar(&o.planAddresses, "plan-addresses", false, "write the addresses into the plan, too, and not only their hashes")
	f.BoolVar(&o.requirePlan, "require-plan", false, "send nothing without a reviewed --plan: a policy, best set by its variable")
	f.StringVar(&o.logLevel, "log-level", "info", "minimum log `LEVEL`: debug, info, warn or error")
}

// ending is what the name of the results ends in.
func (o *connectOptions) ending() string {
	if o.sandbox {
		return session.SandboxEnding
	}
	return session.RealEnding
}

// check finds what is wrong with the flags themselves.
func (o *inviteOptions) check() error {
	switch {
	case o.workers < 1 || o.workers > 1024:
		return session.Usagef("32 is enough for Microsoft's quota", "--workers %d: give 1 to 1024", o.workers)
	case o.maxAttempts < 1 || o.maxAttempts > 100:
		return session.Usagef("6 is the default", "--max-attempts %d: give 1 to 100", o.maxAttempts)
	case o.maxOutage < 0:
		return session.Usagef("15m is the default, 0 does not wait", "--max-outage cannot be negative")
	case o.maxFailures < 0 || o.limit < 0 || o.grace < 0 || o.settle < 0:
		return session.Usagef("0 switches them off", "--max-failures, --limit, --grace and --settle cannot be negative")
	case o.perDay < 0:
		return session.Usagef("0 switches it off", "--per-day cannot be negative")
	case !slices.Contains([]batch.Reinvite{batch.ReinviteNone, batch.ReinvitePending, batch.ReinviteRemoved}, batch.Reinvite(o.reinvite)):
		return unknownValue("--reinvite", o.reinvite, string(batch.ReinviteNone), string(batch.ReinvitePending), string(batch.ReinviteRemoved))
	case o.noDirectoryCheck && batch.Reinvite(o.reinvite) == batch.ReinviteRemoved:
		return session.Usagef("leave one of them out", "--reinvite removed looks up which guests the tenant does not have any more, and --no-directory-check looks up no one")
	case o.planAddresses && (o.plan == "" || !o.dryRun):
		return session.Usagef("add --dry-run and --plan, or leave it out", "--plan-addresses would do nothing: no plan is written")
	case o.unconfirmed != "hold" && o.unconfirmed != "resend":
		return unknownValue("--unconfirmed", o.unconfirmed, "hold", "resend")
	case o.metricsFile != "" && filepath.Ext(o.metricsFile) != metricsEnding:
		return session.Usagef("give a name that ends in "+metricsEnding, "--metrics-file %q: the collector reads files that end in %s alone", o.metricsFile, metricsEnding)
	case o.events == standardOutput && o.json:
		return session.Usagef("leave out --json, or name a file: --events run.jsonl", "--events - and --json both need standard output for themselves")
	case o.events == standardOutput && o.dryRun:
		return session.Usagef("leave it out; --json prints the plan for programs", "--events - would print nothing: a dry run has no events")
	case o.out != "" && session.KindOf(o.out) != session.Workbook && session.KindOf(o.out) != session.CSV:
		return session.Usagef("give a name that ends in .xlsx or .csv", "--out %q: results are an Excel workbook or a CSV file", o.out)
	}
	if err := new(slog.LevelVar).UnmarshalText([]byte(o.logLevel)); err != nil {
		return unknownValue("--log-level", o.logLevel, "debug", "info", "warn", "error")
	}
	return errors.Join(o.connectOptions.check(), o.checkProgress())
}

func (o *inviteOptions) checkProgress() error {
	switch o.progress {
	case "auto", "bar", "plain", "none":
		return nil
	default:
		return unknownValue("--progress", o.progress, "auto", "bar", "plain", "none")
	}
}
