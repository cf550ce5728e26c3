package cli

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"guestlist/batch/send"
)

func TestAClosedConsoleIsKnown(t *testing.T) {
	for _, test := range []struct {
		system string
		signal os.Signal
		want   error
	}{{"windows", syscall.SIGTERM, send.ErrClosing}, {"windows", os.Interrupt, send.ErrInterrupted}, {"linux", syscall.SIGTERM, send.ErrInterrupted}} {
		if got := causeOf(test.system, test.signal); !errors.Is(got, test.want) || errors.Is(got, send.ErrClosing) != errors.Is(test.want, send.ErrClosing) {
			t.Errorf("%s, %v: %v", test.system, test.signal, got)
		}
	}
}

func TestScheduleQuotesTheFolder(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 5, 0, 0, time.UTC)
	const command = `guestlist invite "a b.csv" --where="Name~50%"`
	for system, want := range map[string]string{
		"windows": `schtasks /create /tn guestlist /sc daily /st 09:05 /tr "cmd /c cd /d \"My lists\" && guestlist invite \"a b.csv\" --where=\"Name~50%\""`,
		"linux":   `5 9 * * * cd "My lists" && guestlist invite "a b.csv" --where="Name~50\%"`,
	} {
		if _, line := schedule(system, at, "My lists", command); line != want {
			t.Errorf("%s:\n%s\nwant\n%s", system, line, want)
		}
	}
}
