// Package cli is the command line: the only place that touches arguments, the
// environment, the standard streams and the exit code.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// process is what the program was given by whoever started it.
type process struct {
	in       *os.File
	out, err *os.File
	screen   *screen // what err shows while a run goes on
	getenv   func(string) string
	profiles profiles
	// quiet says that no progress is shown, forPrograms that the result is printed as JSON.
	quiet, forPrograms bool
	// sending says that requests may have left in this run.
	sending atomic.Bool
}

// Main runs the program and returns its exit code.
func Main() int {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
	signal.Ignore(syscall.SIGPIPE) // whoever reads may leave; the run goes on and writes its workbook
	p := &process{in: os.Stdin, out: os.Stdout, err: os.Stderr, screen: &screen{file: os.Stderr}, getenv: os.Getenv}
	from := newExplorer()
	defer from.linger(p)
	if from.explain(p, os.Args[1:]) {
		return exitOK
	}
	err := p.root().ExecuteContext(context.Background())
	err = errors.Join(err, p.profiles.stop())
	if !errors.Is(err, syscall.EPIPE) { // who read, as head does, has seen enough
		p.complain(err)
	}
	return exitCode(err)
}

// memoryGoal is from how many bytes on memory is collected sooner than when it has doubled,
// so that a list of a million rows stays under 300 MiB with what SQLite and the program
// itself take. It refuses nothing: what is needed is taken.
const memoryGoal = 200 << 20

// Commands is the tree of commands, for the man pages. Running one of them is for [Main].
func Commands() *cobra.Command {
	p := &process{in: os.Stdin, out: os.Stdout, err: os.Stderr, screen: &screen{file: os.Stderr}, getenv: func(string) string { return "" }}
	return p.root()
}

func (p *process) root() *cobra.Command {
	cobra.EnableCommandSorting = false // they are listed in the order of the work
	root := &cobra.Command{
		Use:   "guestlist",
		Short: "Invite whole partner companies into a Microsoft Entra tenant",
		Long: `guestlist reads a list of people (CSV or Excel), sends one invitation for each
through Microsoft Graph, and keeps every answer - redeem URL or error - in a
results workbook. Run the same command again and it goes on where it stopped:
no one is invited twice.

The first run, with a simulated tenant and a list that comes with guestlist:

  guestlist invite samples/partners.csv --sandbox`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args: func(root *cobra.Command, args []string) error {
			if len(args) > 0 && isFile(args[0]) {
				return session.Usagef("guestlist check "+shell.File(args[0]), "%s is a file, and what to do with it is missing", text.Line(args[0]))
			}
			if len(args) > 0 {
				return unknownCommand(root, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd, p.getenv); err != nil {
				return err
			}
			f := cmd.Flags().Lookup("json")
			p.forPrograms = f != nil && f.Value.String() == "true"
			return p.profiles.start()
		},
	}
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	p.profiles.register(root.PersistentFlags())
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	p.setHelp(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &session.UsageError{Err: flagError(cmd, err), Next: "the flags are listed by\n" + helpCommand(cmd)}
	})
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Invitations", []*cobra.Command{templateCommand(p), checkCommand(p), inviteCommand(p), retryCommand(p)}},
		{"Guests", []*cobra.Command{handoffCommand(p), statusCommand(p), remindCommand(p), undoCommand(p), forgetCommand(p), reportCommand(p), journalCommand(p)}},
		{"Help", []*cobra.Command{doctorCommand(p), explainCommand(p), versionCommand(p), completionCommand(p)}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title + ":"})
		for _, command := range group.commands {
			command.GroupID = group.title
			root.AddCommand(command)
		}
	}
	root.AddCommand(topics()...)
	root.SetHelpCommand(helpCommandOf())
	root.SetHelpCommandGroupID("Help")
	return root
}

// complain prints an error with the next step, or the exit code of an end that has been
// told about.
func (p *process) complain(err error) { _, _ = fmt.Fprint(p.err, p.complaint(err)) }

// complaint is an error and, on lines of its own, the next step.
func (p *process) complaint(err error) string {
	settled, isSettled := errors.AsType[*settledError](err)
	switch {
	case err == nil:
		return ""
	case isSettled && p.forPrograms:
		return ""
	case isSettled: // the summary has said the rest
		return settled.String() + "\n"
	}
	said := fmt.Sprintf("guestlist: %s\n", beside(text.Error(err), errorWidth, width(p.err)))
	hint := session.Hint(err)
	if budget, ok := errors.AsType[*session.BudgetError](err); ok {
		hint = scheduleHint(budget.Next, budget.Again)
	}
	if hint != "" {
		said += hanging("  next: ", hint, width(p.err))
	}
	return said
}

// warn prints a sentence that the operator should see and that stops nothing.
func (p *process) warn(format string, args ...any) {
	p.screen.say("note: %s\n", beside(fmt.Sprintf(format, args...), noteWidth, width(p.err)))
}

// notice is warn for a finished sentence.
func (p *process) notice(sentence string) { p.warn("%s", sentence) }

// maySay reports whether a person can be asked: there is a terminal on both sides.
func (p *process) maySay() bool {
	return term.IsTerminal(int(p.in.Fd())) && term.IsTerminal(int(p.err.Fd()))
}

// answer waits for the line that a person types behind a question.
func (p *process) answer(ctx context.Context, question string) (string, error) {
	defer p.screen.ask(strings.TrimSpace(beside(question, 0, width(p.err))) + " ")()
	said := make(chan string, 1)
	go func() { // ends with its line, or with the process
		line, _ := bufio.NewReader(p.in).ReadString('\n')
		said <- line
	}()
	select {
	case line := <-said:
		return strings.TrimSpace(line), nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// isYes reports whether an answer is one.
func isYes(answer string) bool {
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

// printLines writes words with its further lines indented below the first. Sentences fold
// to the terminal; a line that is to be copied into a shell stays one line.
func printLines(w *os.File, prefix, words string) {
	_, _ = fmt.Fprint(w, hanging(prefix, words, width(w)))
}

// hanging is what [printLines] writes.
func hanging(prefix, words string, terminal int) string {
	var b strings.Builder
	indent := strings.Repeat(" ", len(prefix))
	for i, line := range strings.Split(words, "\n") {
		if i > 0 {
			prefix = indent
		}
		if isTyped(line) {
			line = typedBeside(line, len(prefix), terminal)
		} else {
			line = beside(line, len(prefix), terminal)
		}
		fmt.Fprintf(&b, "%s%s\n", prefix, line)
	}
	return b.String()
}

// isTyped reports whether a line of a hint is to be typed as it stands. Such a line holds
// nothing else.
func isTyped(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	return slices.Contains([]string{"guestlist", "export", "az", "schtasks", "cd", "$graph", "$app", "$role", "New-MgServicePrincipalAppRoleAssignment"}, first) ||
		strings.Contains(line, " * * * ") // cron's
}

// scheduleHint is how the same command is run again at a time, by hand or by the
// system's scheduler.
func scheduleHint(at time.Time, again string) string {
	folder, err := os.Getwd()
	if err != nil {
		folder = "."
	}
	how, line := schedule(runtime.GOOS, at.Local().Add(time.Minute), folder, again) // seconds are cut off
	return fmt.Sprintf("run the same command again after that, or let it run each day with %s:\n%s", how, line)
}

// schedule is the line with which a system's scheduler runs a command each day in a folder.
func schedule(system string, at time.Time, folder, command string) (how, line string) {
	if system == "windows" {
		task := strings.ReplaceAll(`cd /d "`+folder+`" && `+command, `"`, `\"`)
		return "Task Scheduler", fmt.Sprintf(`schtasks /create /tn guestlist /sc daily /st %s /tr "cmd /c %s"`, at.Format("15:04"), task)
	}
	inFolder := fmt.Sprintf("cd %s && %s", shell.File(folder), command)
	return "a line for cron", fmt.Sprintf("%d %d * * * %s", at.Minute(), at.Hour(), strings.ReplaceAll(inFolder, "%", `\%`)) // % ends the command
}
