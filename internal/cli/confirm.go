package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"guestlist/internal/text"

	"golang.org/x/term"
)

// errDeclined says that the operator did not want it after all.
var errDeclined = errors.New("nothing was sent: you did not say yes")

// confirm asks before the first request leaves, where there is somebody to ask:
// with a terminal on both sides, and rows for a real tenant.
func (s *session) confirm(ctx context.Context) error {
	if s.o.yes || s.o.sandbox || s.planned() == 0 ||
		!term.IsTerminal(int(s.in.Fd())) || !term.IsTerminal(int(s.err.Fd())) {
		return nil
	}
	_, _ = fmt.Fprintf(s.err, "Invite %s into %v: %s, %s. Go on? [y/N] ",
		text.Plural(s.planned(), "guest"), s.tenant.id, mailing(s.plan.mailed, s.plan.send), expected(s.rate, s.planned()))
	said := make(chan string, 1)
	go func() { // ends with its line, or with the process
		line, _ := bufio.NewReader(s.in).ReadString('\n')
		said <- line
	}()
	select {
	case line := <-said:
		if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
			return errDeclined
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// mailing tells how many of the rows to send ask for a mail.
func mailing(mailed, send int) string {
	switch mailed {
	case 0:
		return "without a mail"
	case send:
		return "with a mail from Microsoft"
	default:
		return fmt.Sprintf("%d of %d with a mail from Microsoft", mailed, send)
	}
}
