package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// undoChaos is a tenant that does to deletions what networks and services do, and has guests
// accept while they go on.
type undoChaos struct {
	mu        sync.Mutex
	dice      *rand.Rand
	met       map[string]int // deletions that met something, by path
	deletions atomic.Int32
}

// trouble is what befalls a deletion, twice for each guest at the most: a refusal before it
// is carried out, or none.
func (c *undoChaos) trouble(r *http.Request) (status, retryAfter int) {
	if !isDeletion(r) {
		return 0, 0
	}
	c.deletions.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.met[r.URL.Path] == 2 || c.dice.IntN(4) > 0 {
		return 0, 0
	}
	c.met[r.URL.Path]++
	return []int{429, 503}[c.dice.IntN(2)], 1
}

// cut has some answers lost after the deletion was carried out.
func (c *undoChaos) cut(r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return isDeletion(r) && c.dice.IntN(4) == 0
}

// Whatever is killed, cut off or throttled, in the end each guest is gone who was to be,
// deleted once, and no one else is.
func TestNoOneIsDeletedWhoWasNotToBe(t *testing.T) {
	t.Parallel()
	need.Time(t, "kills undo many times")
	const seed = 15
	c := &undoChaos{dice: rand.New(rand.NewPCG(seed, seed)), met: make(map[string]int)}
	p := newProgram(t, sandbox.Config{
		Trouble: c.trouble, Cut: c.cut, Latency: func() time.Duration { return 2 * time.Millisecond },
		People: []sandbox.Person{{Address: "before" + domain, Invited: []time.Time{time.Now().Add(-time.Hour)}}, {Address: "employee" + domain, Type: "Member"}},
	})
	names := []string{"before", "employee"}
	for i := range 16 {
		names = append(names, fmt.Sprintf("guest%d", i), fmt.Sprintf("stays%d", i))
	}
	p.listOf(t, "p.csv", names...)
	p.run(t, 0, "invite", "p.csv")
	for i := range 16 {
		switch name := fmt.Sprintf("stays%d", i); i % 2 {
		case 0:
			p.tenant.Accept(name + domain)
		default:
			p.change(name, func(x *sandbox.Person) { x.Roles = []string{"Owner"} })
		}
	}
	kills := 0
	for left := -1; left != 0; {
		plan := p.dryUndo(t)
		if left = len(plan.Left); left == 0 {
			break
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		cmd := p.command(ctx, "undo", "p.results.xlsx", "--confirm", strconv.Itoa(left))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		aim := c.deletions.Load() + 1 + int32(kills%4)
		for running := true; running; {
			select {
			case <-ended:
				running = false
			case <-time.After(time.Millisecond):
				if kills < 8 && c.deletions.Load() >= aim {
					<-time.After(time.Duration(kills) * time.Millisecond)
					_ = cmd.Process.Kill()
					<-ended
					kills++
					running = false
				}
			}
		}
		cancel()
	}
	p.run(t, 3, "undo", "p.results.xlsx") // a dry run leaves the results as they are
	want := make(map[string]int)
	for i := range 16 {
		want[fmt.Sprintf("guest%d", i)] = 1
	}
	assert.Equal(t, "deleted", p.deletions(), want)
	assert.Equal(t, "was killed", kills > 3, true)
	for address, state := range p.guestStates(t) {
		if _, gone := want[address[:len(address)-len(domain)]]; gone != (state == "removed, deleted, replaced") {
			t.Errorf("%s: %s", address, state)
		}
	}
}

// dryUndo lists whom undo would remove.
func (p *program) dryUndo(t *testing.T) (u undone) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.run(t, 0, "undo", "p.results.xlsx", "--dry-run", "--json")), &u); err != nil {
		t.Fatal(err)
	}
	return u
}
