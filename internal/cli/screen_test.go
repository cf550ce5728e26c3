package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch/send"
	"guestlist/internal/pause"
)

// A text is folded between words on a terminal, and nowhere else.
func TestWordsFoldBesideWhatIsLeft(t *testing.T) {
	const words = "invalid: space or invisible character in the address (1), no address (1)"
	for width, want := range map[int]string{
		0:  words,
		82: words,
		60: "invalid: space or invisible character in the\n          address (1), no address (1)",
	} {
		if got := beside(words, countWidth, width); got != want {
			t.Errorf("%d: %q", width, got)
		}
	}
}

// What does not fit is cut off between words, and the lines of a text are counted as the
// terminal folds them.
func TestTextFitsALine(t *testing.T) {
	for room, want := range map[int]string{40: "the domain of the guest is blocked", 30: "the domain of the guest is …", 8: "the …"} {
		if got := cutOff("the domain of the guest is blocked", room); got != want {
			t.Errorf("%d: %q", room, got)
		}
	}
	if got := cutOff(`example: "franziska.muster@contoso.example" is wrong`, 40); got != `example: "franziska.muster@contoso.exa …` {
		t.Errorf("a long word: %q", got)
	}
	if n := linesOn("short\n\n"+"a line of 26 characters...\n", 20); n != 4 {
		t.Errorf("%d lines", n)
	}
}

// A command that is wider than the terminal stays one line and the same command, and no
// word of it that fits a line is broken at the edge.
func TestCommandsBreakBetweenWords(t *testing.T) {
	for _, command := range []string{
		"guestlist undo p.results.xlsx",
		`guestlist handoff "Partner companies of the spring/list.results.xlsx" --by="Account manager" --only=pending --map=name="{First name} {Last name}"`,
		`guestlist invite 'It'\''s a list.csv' --where='Name~$x y' --message-file=welcome.txt --redirect-url=https://portal.example/partners/welcome`,
		`schtasks /create /tn guestlist /sc daily /st 09:05 /tr "cmd /c cd /d \"My lists\" && guestlist invite \"a b.csv\" --where=\"Name~50%\""`,
	} {
		for _, left := range []int{0, 8, 9} {
			const terminal = 50
			got := typedBeside(command, left, terminal)
			var squeezed []string
			at := left
			for _, word := range writtenWords(got) {
				if wide := len(word); word != "" {
					squeezed = append(squeezed, word)
					if first, last := at%terminal, (at+wide-1)%terminal; wide < terminal && last < first {
						t.Errorf("%s is broken: %q", word, got)
					}
				}
				at += len(word) + 1
			}
			if strings.Join(squeezed, " ") != command || strings.Contains(got, "\n") {
				t.Errorf("%q is not %q", got, command)
			}
			if typedBeside(command, left, 0) != command {
				t.Errorf("%q is not as it was where there is no terminal", command)
			}
		}
	}
}

// Progress says what the run waits for, and until when; the estimate counts the wait.
func TestProgressSaysWhatItWaitsFor(t *testing.T) {
	at := time.Date(2026, 11, 26, 14, 0, 0, 0, time.Local) //nolint:gosmopolitan // as people see it
	climb := send.Climb{PerSecond: 5}
	for name, test := range map[string]struct {
		reading
		want string
	}{
		"sending": {reading{Snapshot: send.Snapshot{Done: 10, Invited: 10, Climb: climb}, total: 60, rate: 5, at: at}, "5.0/s of 5/s, about 10s left, 10 invited"},
		"throttled": {
			reading{Snapshot: send.Snapshot{Done: 10, Climb: climb, HeldUntil: at.Add(29 * time.Second)}, total: 60, rate: 2, at: at},
			"throttled by Microsoft until 14:00:30, about 39s left",
		},
		"outage": {
			reading{Snapshot: send.Snapshot{Done: 10, OutageSince: at.Add(-time.Minute)}, total: 60, rate: 2, at: at},
			"Microsoft Graph has not answered since 13:59:00: trying again",
		},
		"again": {
			reading{Snapshot: send.Snapshot{Done: 59, Retrying: 1, RetryAt: at.Add(9 * time.Second), Climb: climb}, total: 60, rate: 1, at: at},
			"1 row is tried again by 14:00:10, about 9s left",
		},
		"look-up": {
			reading{Snapshot: send.Snapshot{Done: 58, Parked: 2, LookUpAt: at.Add(20 * time.Second), Climb: climb}, total: 60, rate: 1, at: at, until: at.Add(15 * time.Minute)},
			"2 rows without an answer, looked up at 14:00:20, until 14:15:00 at the most",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Where there is no terminal, what takes long prints a line every half a minute: the
// innermost of what goes on, how far it is, and what it waits for.
func TestActivityIsPrintedNowAndThen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "said")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		wait := func(d time.Duration) { _ = pause.For(t.Context(), d) }
		p := &process{err: file, screen: &screen{file: file}, getenv: func(string) string { return "" }}
		failed := errors.New("in the end")
		err := p.during("reading list.csv", func() error {
			wait(31 * time.Second)
			_ = p.withProgress("looking up", func(progress func(done, total int)) error {
				progress(20, 60)
				wait(31 * time.Second)
				p.screen.waiting("waiting for the other run to end (--wait)")
				progress(0, 0)
				wait(30 * time.Second)
				return nil
			})
			return failed
		})
		if !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
		p.quiet = true
		_ = p.during("nothing", func() error { wait(time.Hour); return nil })
	})
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(path)
	const want = "reading list.csv: 30s\nlooking up: 20 of 60, about 1m0s left\nwaiting for the other run to end (--wait): 29s\n"
	if err != nil || string(said) != want {
		t.Errorf("got %q, %v", said, err)
	}
}
