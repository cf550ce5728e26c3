// Package cli is the command line: the only place that touches arguments, the
// environment, the standard streams and the exit code.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
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
	// sending says that requests may have left in this run.
	sending atomic.Bool
}

// Main runs the program and returns its exit code.
func Main() int {
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

// Commands is the tree of commands, for the man pages. Running one of them is for [Main].
func Commands() *cobra.Command {
	p := &process{in: os.Stdin, out: os.Stdout, err: os.Stderr, screen: &screen{file: os.Stderr}, getenv: func(string) string { return "" }}
	return p.root()
}

func (p *process) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "guestlist",
		Short: "Invite whole partner companies into a Microsoft Entra tenant",
		Long: `guestlist reads a list of people (CSV or Excel), sends one invitation for each
through Microsoft Graph, and keeps every answer - redeem URL or error - in a
results workbook. Run the same command again and it goes on where it stopped:
nobody is invited twice.

` + exitHelp,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args: func(root *cobra.Command, args []string) error {
			if len(args) > 0 && isFile(args[0]) {
				return session.Usagef("guestlist check "+shell.File(args[0]), "%s is a file, and what to do with it is missing", text.Line(args[0]))
			}
			if len(args) > 0 {
				return session.Usagef("guestlist help lists the commands", "there is no command %q%s", args[0], didYouMean(commandNames(root), args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd, p.getenv); err != nil {
				return err
			}
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
		return &session.UsageError{Err: flagError(cmd, err), Next: "guestlist help " + cmd.Name() + " lists the flags"}
	})
	root.AddCommand(inviteCommand(p), checkCommand(p), retryCommand(p), statusCommand(p), remindCommand(p), undoCommand(p), forgetCommand(p), handoffCommand(p), templateCommand(p), reportCommand(p), doctorCommand(p), explainCommand(p), versionCommand(p), completionCommand(p))
	return root
}

// complain prints an error and, on a line of its own, the next step.
func (p *process) complain(err error) {
	if err == nil || errors.As(err, new(*settledError)) {
		return // the summary has said it
	}
	_, _ = fmt.Fprintf(p.err, "guestlist: %s\n", beside(err.Error(), errorWidth, width(p.err)))
	p.hint(err)
}

// hint prints the advice that travels with an error.
func (p *process) hint(err error) {
	hint := session.Hint(err)
	if budget, ok := errors.AsType[*session.BudgetError](err); ok {
		hint = scheduleHint(budget.Next, budget.Again)
	}
	if hint != "" {
		printLines(p.err, "  next: ", hint)
	}
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
	_, _ = fmt.Fprint(p.err, strings.TrimSpace(beside(question, 0, width(p.err)))+" ")
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

// printLines writes words with its further lines indented below the first.
func printLines(w io.Writer, prefix, words string) {
	indent := strings.Repeat(" ", len(prefix))
	for i, line := range strings.Split(words, "\n") {
		if i > 0 {
			prefix = indent
		}
		_, _ = fmt.Fprintf(w, "%s%s\n", prefix, line)
	}
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
