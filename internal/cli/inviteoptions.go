package cli

import (
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/pflag"
)

// inviteOptions are the flags of commands that send.
type inviteOptions struct {
	listOptions
	connectOptions

	out         string
	workers     int
	maxAttempts int
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
	lookupFor   time.Duration
}

func (o *inviteOptions) register(f *pflag.FlagSet) {
	o.listOptions.register(f)
	o.connectOptions.register(f)
	f.StringVarP(&o.out, "out", "o", "", "results `FILE`, .xlsx or .csv (default: LIST with .results.xlsx, or .sandbox.xlsx with --sandbox)")
	f.IntVar(&o.workers, "workers", 32, "requests in flight at most")
	f.IntVar(&o.maxAttempts, "max-attempts", 6, "attempts for each row")
	f.IntVar(&o.maxFailures, "max-failures", 0, "stop after `N` failed rows in this run; 0 is off")
	f.IntVar(&o.limit, "limit", 0, "send `N` rows at most in this run: a pilot, or a daily budget; 0 is off")
	f.BoolVar(&o.strict, "strict", false, "send nothing when any row is invalid")
	f.StringVar(&o.unconfirmed, "unconfirmed", "hold", "rows of which it cannot be proved what happened: `hold|resend`")
	f.DurationVar(&o.grace, "grace", 30*time.Second, "how long requests in flight may take after Ctrl-C")
	f.StringVar(&o.progress, "progress", "auto", "`MODE` of progress on standard error: auto, bar, plain or none")
	f.BoolVar(&o.json, "json", false, "print the summary as one JSON object")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask; without a terminal nothing is ever asked")
	f.StringVar(&o.logFile, "log-file", "", "append a structured log, JSON lines, to `FILE`")
	f.DurationVar(&o.lookupFor, "lookup-for", 0, "how long a guest may take to appear before a mail counts as not sent")
	_ = f.MarkHidden("lookup-for") // it fails for unknown names only; nobody should need it
	f.StringVar(&o.logLevel, "log-level", "info", "least `LEVEL` of the log: debug, info, warn or error")
}

// ending is what the name of the results ends in.
func (o *inviteOptions) ending() string {
	if o.sandbox {
		return sandboxEnding
	}
	return realEnding
}

// check finds what is wrong with the flags themselves.
func (o *inviteOptions) check() error {
	switch {
	case o.workers < 1 || o.workers > 1024:
		return usagef("32 is enough for Microsoft's quota", "--workers %d: give 1 to 1024", o.workers)
	case o.maxAttempts < 1 || o.maxAttempts > 100:
		return usagef("6 is the default", "--max-attempts %d: give 1 to 100", o.maxAttempts)
	case o.maxFailures < 0 || o.limit < 0 || o.grace < 0:
		return usagef("0 switches them off", "--max-failures, --limit and --grace cannot be negative")
	case o.unconfirmed != "hold" && o.unconfirmed != "resend":
		return usagef("write hold or resend", "--unconfirmed %q is not known", o.unconfirmed)
	case o.out != "" && kindOf(o.out) != asWorkbook && kindOf(o.out) != asCSV:
		return usagef("give a name that ends in .xlsx or .csv", "--out %q: results are an Excel workbook or a CSV file", o.out)
	}
	if err := new(slog.LevelVar).UnmarshalText([]byte(o.logLevel)); err != nil {
		return usagef("write debug, info, warn or error", "--log-level %q is not known", o.logLevel)
	}
	return errors.Join(o.connectOptions.check(), o.checkProgress())
}

func (o *inviteOptions) checkProgress() error {
	switch o.progress {
	case "auto", "bar", "plain", "none":
		return nil
	default:
		return usagef("write auto, bar, plain or none", "--progress %q is not known", o.progress)
	}
}
