package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"guestlist/internal/need"
)

// endless gives bytes without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAPipedListIsBounded(t *testing.T) {
	t.Parallel()
	need.Time(t, "reads as much as is allowed")
	need.NoRace(t, "reads as much as is allowed, in one goroutine")
	l := &pipedList{ctx: t.Context(), in: endless{}}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, l, make([]byte, 8<<20))
	if n != maxStdin || !errors.Is(err, errStdinTooLong) {
		t.Errorf("%d bytes, %v", n, err)
	}
	got, err := io.ReadAll(&pipedList{ctx: t.Context(), in: strings.NewReader("Email\n")})
	if string(got) != "Email\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// Somebody who holds the other end of the pipe may never write.
func TestAPipedListEndsWithItsContext(t *testing.T) {
	t.Parallel()
	silent, open := io.Pipe()
	defer func() { _ = open.Close() }()
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, enough)
	defer cancel()
	if _, err := io.ReadAll(&pipedList{ctx: ctx, in: silent}); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}
