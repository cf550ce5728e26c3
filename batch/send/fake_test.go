package send_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/secret"
)

// fakeGraph answers from functions, in virtual time.
type fakeGraph struct {
	answer func(ctx context.Context, try int, inv graph.Invitation) (graph.Receipt, error)
	users  func(address string) ([]graph.User, error)

	mu      sync.Mutex
	posts   []post
	lookups int
}

type post struct {
	at   time.Time
	inv  graph.Invitation
	mail bool
}

func (g *fakeGraph) Invite(ctx context.Context, inv graph.Invitation) (graph.Receipt, error) {
	g.mu.Lock()
	try := 1
	for _, p := range g.posts {
		if p.inv.EmailAddress == inv.EmailAddress {
			try++
		}
	}
	g.posts = append(g.posts, post{at: time.Now(), inv: inv, mail: inv.SendMessage})
	g.mu.Unlock()
	if g.answer == nil {
		return receipt(inv), nil
	}
	return g.answer(ctx, try, inv)
}

func (g *fakeGraph) LookUp(_ context.Context, addresses []string) (map[string][]graph.User, error) {
	g.mu.Lock()
	g.lookups++
	g.mu.Unlock()
	found := make(map[string][]graph.User)
	for _, address := range addresses {
		if g.users == nil {
			continue
		}
		users, err := g.users(address)
		if err != nil {
			return nil, err
		}
		if len(users) > 0 {
			found[address] = users
		}
	}
	return found, nil
}

func (*fakeGraph) ServerTime(local time.Time) time.Time { return local }

func (g *fakeGraph) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.posts)
}

func receipt(inv graph.Invitation) graph.Receipt {
	return graph.Receipt{RedeemURL: secret.New("https://redeem/" + inv.EmailAddress), UserID: "u", Status: "PendingAcceptance"}
}

// memory is a journal in memory that checks the order of things: an intent
// before every post, an outcome once.
type memory struct {
	fail func(what string) error

	mu       sync.Mutex
	intents  []batch.Intent
	outcomes map[string]batch.Outcome
	settled  map[int64]bool
	faults   []string
}

func (m *memory) Intend(_ context.Context, in batch.Intent) (int64, error) {
	if err := m.failing("intend"); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.intents = append(m.intents, in)
	return int64(len(m.intents)), nil
}

// lastIsOpen reports whether the latest intent has no outcome.
func (m *memory) lastIsOpen() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.settled[int64(len(m.intents))]
}

func (m *memory) Settle(_ context.Context, intent int64, o batch.Outcome) error {
	if err := m.failing("settle"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.outcomes == nil {
		m.outcomes, m.settled = map[string]batch.Outcome{}, map[int64]bool{}
	}
	if intent != 0 && m.settled[intent] {
		m.faults = append(m.faults, fmt.Sprintf("intent %d settled twice", intent))
	}
	m.settled[intent] = true
	m.outcomes[o.Address] = o
	return nil
}

func (m *memory) failing(what string) error {
	if m.fail == nil {
		return nil
	}
	return m.fail(what)
}

func (m *memory) statuses() map[batch.Status]int {
	counts := make(map[batch.Status]int)
	for _, o := range m.outcomes {
		counts[o.Status]++
	}
	return counts
}

// guests makes a plan of n silent rows to send, mailed one of n rows with a mail.
func guests(n int) iter.Seq2[batch.Step, error] { return people(n, silent) }
func mailed(n int) iter.Seq2[batch.Step, error] { return people(n, withMail) }

// kind is whether a row asks for a mail.
type kind bool

const silent, withMail kind = false, true

func people(n int, mail kind) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		for i := range n {
			if !yield(step(fmt.Sprintf("guest%d@x.example", i), mail), nil) {
				return
			}
		}
	}
}

func step(address string, mail kind) batch.Step {
	return batch.Step{
		Action: batch.Send, Status: batch.Pending,
		Judged: batch.Judged{
			Row: batch.Row{Line: 2}, Address: address,
			Invitation: graph.Invitation{EmailAddress: address, RedirectURL: "https://x.example", SendMessage: bool(mail)},
		},
	}
}

func one(s batch.Step) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) { yield(s, nil) }
}

// trial is a run against the fakes.
type trial struct {
	send.Config

	graph   *fakeGraph
	journal *memory
	// settle is how long open rows are looked up after the list, open those left then.
	settle time.Duration
	open   int
}

func newTrial() *trial {
	g, j := &fakeGraph{}, &memory{}
	return &trial{graph: g, journal: j, settle: time.Hour, Config: send.Config{
		Inviter: g, Journal: j, Workers: 32, MaxAttempts: 6, Grace: 30 * time.Second,
		LookupFor: 15 * time.Minute, MaxOutage: 15 * time.Minute, Meter: &send.Meter{},
	}}
}

func (tr *trial) run(ctx context.Context, steps iter.Seq2[batch.Step, error]) error {
	r := send.New(tr.Config)
	if err := r.Do(ctx, steps); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tr.settle)
	defer cancel()
	if err := r.Settle(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	tr.open = r.Open()
	return nil
}

func (tr *trial) do(t *testing.T, steps iter.Seq2[batch.Step, error]) error {
	t.Helper()
	err := tr.run(t.Context(), steps)
	for _, fault := range tr.journal.faults {
		t.Error(fault)
	}
	return err
}

func refuse(status int, after time.Duration, entry graph.Entry) error {
	return &graph.Refusal{Status: status, Envelope: true, Code: "Code", Message: "text", RetryAfter: after, RequestID: "req", Entry: entry}
}
