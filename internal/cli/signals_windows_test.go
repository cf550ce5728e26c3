package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

// codeOfKilled is the exit code of a process that was killed.
const codeOfKilled = 1

// pressVariable holds the id of a process, and makes this binary press Ctrl-C at that
// process's console: whoever does so must leave their own console first.
const pressVariable = "GUESTLIST_TEST_PRESS"

// pressIfAsked is what this binary does, instead of testing, where pressVariable is set.
func pressIfAsked() {
	asked := os.Getenv(pressVariable)
	if asked == "" {
		return
	}
	if err := press(asked); err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

func press(process string) error {
	id, err := strconv.ParseUint(process, 10, 32)
	if err != nil {
		return err
	}
	kernel := windows.NewLazySystemDLL("kernel32.dll")
	call := func(name string, args ...uintptr) error {
		done, _, err := kernel.NewProc(name).Call(args...)
		if done == 0 {
			return errors.New(name + ": " + err.Error())
		}
		return nil
	}
	_ = call("FreeConsole") // it may have none
	const everybody, ignored = 0, 1
	return errors.Join(call("AttachConsole", uintptr(id)), call("SetConsoleCtrlHandler", 0, ignored),
		windows.GenerateConsoleCtrlEvent(windows.CTRL_C_EVENT, everybody))
}

// alone starts a process with a console of its own, so that no other one is meant.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}

// signalTo sends a signal to a process that was started alone. Ctrl-C is the only one here:
// Go can only kill on Windows, and Wine delivers no Ctrl-Break ("FIXME: should support the
// other events", server/console.c).
func signalTo(p *os.Process, _ os.Signal) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), pressVariable+"="+strconv.Itoa(p.Pid))
	said, err := cmd.CombinedOutput()
	if err != nil {
		return errors.New(err.Error() + ": " + string(said))
	}
	return nil
}

// stopSignals are those that the program ends on.
func stopSignals() []os.Signal { return []os.Signal{os.Interrupt} }

// stopAndWake has no signals here.
func stopAndWake() (stop, wake os.Signal, has bool) { return nil, nil, false }
