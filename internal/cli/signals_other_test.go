//go:build !windows

package cli_test

import (
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
)

// codeOfKilled is the exit code of a process that was killed.
const codeOfKilled = -1

func pressIfAsked() {}

func alone(*exec.Cmd) {}

func signalTo(p *os.Process, s os.Signal) error { return p.Signal(s) }

// stopSignals are those that the program ends on. One that was ignored when the tests
// were started is ignored by the program as well.
func stopSignals() []os.Signal {
	return slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, signal.Ignored)
}

// stopAndWake are the signals that stop a process, as a machine that sleeps does, and let it
// go on.
func stopAndWake() (stop, wake os.Signal, has bool) { return syscall.SIGSTOP, syscall.SIGCONT, true }
