package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/pause"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// standardOutput stands for it where --events names a file.
const standardOutput = "-"

// eventSchema is the version of the events: docs/events.schema.json has what they are, and
// what is added to them keeps it. eventBegin is how each line of it begins.
const (
	eventSchema = 1
	eventBegin  = `{"schema":1,"event":"`
)

// How often events are looked for in what a run says of itself, and a progress is one.
const (
	eventsEvery   = time.Second
	progressEvery = 15 * time.Second
)

// events tell a program how a run goes, one JSON object a line. Nil ones tell nothing.
type events struct {
	writer *eventWriter
	run    string
	begun  time.Time

	quit func() // ends the looking
	// progressAt is when the latest progress was told, seen what the run said last.
	progressAt time.Time
	seen       reading

	mu sync.Mutex
	// ended is what is known of the end before it comes.
	ended endedEvent
}

// event is what all of them begin with.
type event struct {
	Schema int    `json:"schema"`
	Event  string `json:"event"`
	At     string `json:"at"`
	// Run tells the events of a run from those of others in the same file.
	Run string `json:"run"`
}

// startedEvent is the run as it begins to send.
type startedEvent struct {
	event

	Command    string `json:"command"`
	Version    string `json:"version"`
	List       string `json:"list"`
	Results    string `json:"results"`
	Journal    string `json:"journal"`
	Sandbox    bool   `json:"sandbox"`
	Operator   string `json:"operator"`
	SignedInAs string `json:"signed_in_as"`
	Tenant     string `json:"tenant"`
	// Send is how many rows the run means to send, Emailed those of them whom Microsoft emails.
	Send    int    `json:"send"`
	Emailed int    `json:"emailed"`
	Rate    string `json:"rate"`
}

// rowEvent is what came of a row.
type rowEvent struct {
	event

	Row              int                `json:"row"`
	Address          string             `json:"address"`
	Status           batch.Status       `json:"status"`
	Emailed          bool               `json:"emailed"`
	Existing         batch.ExistingKind `json:"existing_as,omitempty"`
	UserID           string             `json:"user_id,omitempty"`
	InvitationStatus string             `json:"invitation_status,omitempty"`
	Code             string             `json:"code,omitempty"`
	Error            string             `json:"error,omitempty"`
	Advice           string             `json:"advice,omitempty"`
	Attempts         int                `json:"attempts"`
	RequestID        string             `json:"request_id,omitempty"`
	ClientRequestID  string             `json:"client_request_id,omitempty"`
}

// stepEvent is what came of a step after the invitation.
type stepEvent struct {
	event

	Address   string              `json:"address"`
	Step      batch.FollowUpKind  `json:"step"`
	Target    string              `json:"target,omitempty"`
	Name      string              `json:"name,omitempty"`
	Status    batch.FollowUpState `json:"status"`
	UserID    string              `json:"user_id,omitempty"`
	Error     string              `json:"error,omitempty"`
	RequestID string              `json:"request_id,omitempty"`
}

// waitingEvent is that something waits: rows, or the whole run where there are none.
type waitingEvent struct {
	event

	For   string `json:"for"`
	Rows  int    `json:"rows,omitempty"`
	Until string `json:"until,omitempty"`
}

// What a run waits for.
const (
	waitsForRun     = "another run"
	waitsForLookUp  = "look-up"
	waitsForAttempt = "attempt"
)

// throttledEvent is that Microsoft asks everybody to wait.
type throttledEvent struct {
	event

	Until     string `json:"until"`
	Throttled int    `json:"throttled"`
}

// outageEvent is that Microsoft Graph answers no more, or again.
type outageEvent struct {
	event

	Since string `json:"since"`
	Over  bool   `json:"over"`
}

// rateEvent is that the rate has changed that the run keeps.
type rateEvent struct {
	event

	PerSecond int `json:"per_second"`
}

// progressEvent is how far the run is.
type progressEvent struct {
	event

	Send        int     `json:"send"`
	Sent        int     `json:"sent"`
	Invited     int     `json:"invited"`
	Failed      int     `json:"failed"`
	Unconfirmed int     `json:"unconfirmed"`
	LookUps     int     `json:"waiting_for_look_up"`
	Attempts    int     `json:"waiting_for_attempt"`
	Requests    int     `json:"requests"`
	Throttled   int     `json:"throttled"`
	PerSecond   float64 `json:"per_second"`
	SecondsLeft float64 `json:"seconds_left,omitempty"`
}

// stoppedEvent is that no further row is sent.
type stoppedEvent struct {
	event

	Reason string `json:"reason"`
	// Tenant says that it was an answer about the tenant, whose code and request are below.
	Tenant    bool   `json:"tenant"`
	Code      string `json:"code,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	ExitCode  int    `json:"exit_code"`
}

// lostEvent stands for those that its reader took too slowly.
type lostEvent struct {
	event

	Events int `json:"events"`
}

// endedEvent is the end of the run.
type endedEvent struct {
	event

	ExitCode int     `json:"exit_code"`
	Why      string  `json:"why,omitempty"`
	Error    string  `json:"error,omitempty"`
	Seconds  float64 `json:"seconds"`
	// Next are commands that go on from here.
	Next []string `json:"next"`
	// Batch is left out where the run ended before it wrote results.
	Batch *batchEvent `json:"batch,omitempty"`
}

// batchEvent is the list as the run wrote it into the results.
type batchEvent struct {
	Results string               `json:"results"`
	Rows    int                  `json:"rows"`
	Counts  map[batch.Status]int `json:"counts"`
	// UnfinishedSteps is guests, the others are of the run.
	UnfinishedSteps int `json:"unfinished_steps"`
	Sent            int `json:"sent"`
	Requests        int `json:"requests"`
	Throttled       int `json:"throttled"`
}

// startEvents opens what --events names, where there is something to be told. Where that is
// standard output, nothing else is printed there.
func (r *run) startEvents(ctx context.Context, list string) error {
	if r.o.events == "" || r.o.dryRun {
		return nil
	}
	file, name := r.out, "standard output"
	if r.o.events == standardOutput {
		if goesNowhere(r.out) {
			r.warn("--events: standard output is closed, or %s: no one gets the events", os.DevNull)
		}
		r.out = r.err
	} else {
		err := r.checkOwnFile("events", r.o.events, list)
		if err == nil {
			file, err = openEvents(ctx, r.o.events)
		}
		if err != nil {
			return err
		}
		name = text.Line(r.o.events)
	}
	r.events = &events{run: uuid.NewString(), begun: time.Now(), quit: func() {}}
	r.events.writer = newEventWriter(name, file, r.notice, func(n int) []byte { return r.events.line("lost", &lostEvent{Events: n}) })
	return nil
}

// goesNowhere reports whether what is written to a file is lost without an error. A file that
// was closed before the program began is such a one, too: Go opens the null device in its place.
func goesNowhere(file *os.File) bool {
	nowhere, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	info, err := file.Stat()
	return err == nil && os.SameFile(info, nowhere)
}

// headed is any event.
type headed interface{ head() *event }

func (e *event) head() *event { return e }

// line is an event as it is written.
func (e *events) line(name string, of headed) []byte {
	*of.head() = event{Schema: eventSchema, Event: name, At: moment(time.Now()), Run: e.run}
	line, _ := jsonLine(of) // they are texts and numbers
	return line
}

// moment is a time in an event, "" for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// tell hands an event over, and waits for nothing.
func (e *events) tell(name string, of headed) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writer.add(e.line(name, of))
}

// watch tells from now on what the run says of itself.
func (e *events) watch(meter *send.Meter, planned int) {
	if e == nil {
		return
	}
	pulse := newPulse(meter, planned, time.Time{})
	e.progressAt = time.Now()
	end := pause.Every(eventsEvery, func() { e.look(pulse.read(time.Now())) })
	e.quit = func() {
		end()
		e.look(pulse.read(time.Now())) // what the last second had
	}
}

// look tells what has changed since the last look, and the progress now and then.
func (e *events) look(now reading) {
	was := e.seen
	e.seen = now
	if now.HeldUntil.After(was.HeldUntil) {
		e.tell("throttled", &throttledEvent{Until: moment(now.HeldUntil), Throttled: now.Throttled})
	}
	if since := now.OutageSince; !since.Equal(was.OutageSince) {
		over := since.IsZero()
		if over {
			since = was.OutageSince
		}
		e.tell("outage", &outageEvent{Since: moment(since), Over: over})
	}
	if now.Climb.PerSecond != was.Climb.PerSecond {
		e.tell("rate", &rateEvent{PerSecond: now.Climb.PerSecond})
	}
	if now.Parked > 0 && was.Parked == 0 {
		e.tell("waiting", &waitingEvent{For: waitsForLookUp, Rows: now.Parked, Until: moment(now.LookUpAt)})
	}
	if now.Retrying > 0 && was.Retrying == 0 {
		e.tell("waiting", &waitingEvent{For: waitsForAttempt, Rows: now.Retrying, Until: moment(now.RetryAt)})
	}
	if now.at.Sub(e.progressAt) < progressEvery {
		return
	}
	e.progressAt = now.at
	e.tell("progress", &progressEvent{
		Send: now.total, Sent: now.Done, Invited: now.Invited, Failed: now.Failed, Unconfirmed: now.Unconfirmed,
		LookUps: now.Parked, Attempts: now.Retrying, Requests: now.Requests, Throttled: now.Throttled,
		PerSecond: now.rate, SecondsLeft: now.left().Seconds(),
	})
}

// row tells what came of a row.
func (e *events) row(step batch.Step, o batch.Outcome) {
	e.tell("row", &rowEvent{
		Row: step.Row.Line, Address: o.Address, Status: o.Status, Emailed: step.Invitation.SendMessage && o.Status == batch.Invited,
		Existing: o.Existing, UserID: o.UserID, InvitationStatus: o.InvitationStatus, Code: o.ErrorCode, Error: o.Error, Advice: o.Advice,
		Attempts: o.Attempts, RequestID: o.RequestID, ClientRequestID: o.ClientRequestID,
	})
}

// step tells what came of a step after the invitation.
func (e *events) step(f batch.FollowUp) {
	e.tell("step", &stepEvent{
		Address: f.Address, Step: f.Kind, Target: f.Target, Name: f.Name, Status: f.State, UserID: f.UserID, Error: f.Error, RequestID: f.RequestID,
	})
}

// stopped tells why no further row is sent.
func (e *events) stopped(err error) {
	told := stoppedEvent{Reason: text.Error(err), ExitCode: stopCode(err)}
	if blocked, ok := errors.AsType[*send.TenantError](err); ok {
		told.Tenant, told.Code, told.RequestID = true, blocked.Refusal.Code, blocked.Refusal.RequestID
	}
	e.tell("stopped", &told)
}

// counted notes what the results have.
func (e *events) counted(results string, facts batch.RunFacts, tally *batch.Tally) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	counts := make(map[batch.Status]int)
	for _, status := range batch.Statuses() {
		counts[status] = facts.Counts[status]
	}
	e.ended.Batch = &batchEvent{
		Results: results, Rows: facts.Counts.Rows(), Counts: counts, UnfinishedSteps: tally.Unfinished(),
		Sent: facts.Totals.Sent, Requests: facts.Totals.Requests, Throttled: facts.Totals.Throttled,
	}
}

// next notes what helps most now: the commands in what is told to people.
func (e *events) next(words string) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended.Next = []string{}
	for line := range strings.Lines(words) {
		if line = strings.TrimSpace(line); isTyped(line) {
			e.ended.Next = append(e.ended.Next, line)
		}
	}
}

// end tells the end of the run, and waits until it is written.
func (e *events) end(err error) {
	if e == nil {
		return
	}
	e.quit()
	last := e.ended
	last.ExitCode, last.Seconds = exitCode(err), time.Since(e.begun).Round(time.Millisecond).Seconds()
	settled, isSettled := errors.AsType[*settledError](err)
	switch {
	case isSettled:
		last.Why = settled.why
		if settled.cause != nil {
			last.Error = text.Error(settled.cause)
		}
	case err != nil:
		last.Error = text.Error(err)
	}
	if hint := session.Hint(err); last.Next == nil {
		e.next(hint)
		last.Next = e.ended.Next
	}
	e.writer.close(e.line("ended", &last))
}
