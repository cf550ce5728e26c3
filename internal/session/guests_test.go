package session

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// Of more guests than are read one by one, all users of the tenant are read: whom those do
// not show is asked about, and what is read comes to the row that it is of.
func TestManyGuestsAreReadAtOnce(t *testing.T) {
	need.NoRace(t, "writes some thousand guests into a journal")
	need.Time(t, "writes them one by one")
	const many = readByIDUpTo + 10
	invited := time.Now().Add(-2 * time.Hour)
	id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }
	address := func(n int) string { return fmt.Sprintf("guest%d@x.example", n) }
	people := make([]sandbox.Person, 0, many)
	var records []journal.Earlier
	for n := range many {
		p := sandbox.Person{Address: address(n), ID: id(n), Created: invited, State: graph.StatePending}
		switch n {
		case 1, 2:
			p.State, p.StateChanged = graph.StateAccepted, invited.Add(time.Hour)
		case 3:
			p.Deleted = time.Now().Add(-time.Minute)
		case 4:
			p.ID = id(many + n) // another account has the address by now
		case 5:
			p.Address = "other@x.example" // by now
		}
		if n != 6 {
			people = append(people, p)
		}
		records = append(records, journal.Earlier{Columns: []string{"Email"}, Record: batch.Record{
			Cells: []string{address(n)}, Outcome: batch.Outcome{Address: address(n), Status: batch.Invited, UserID: id(n), At: invited},
		}})
	}
	simulated, tenant := tenantOf(t, people)
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "many.journal.db"), journal.Anyone())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	if err := j.Restore(t.Context(), func(yield func(journal.Earlier, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	s := &Session{journal: j, tenant: tenant}
	if err := s.ReadGuests(t.Context(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if n := len(simulated.Requests()); n > 30 { // by id, it would be hundreds
		t.Errorf("%d requests", n)
	}
	states, some := make(map[batch.GuestState]int), make(map[string]string)
	for rec, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		states[rec.Guest.State]++
		for n := range 7 {
			if rec.Outcome.Address == address(n) {
				some[address(n)] = fmt.Sprintf("%s, %s", rec.Outcome.Status, rec.Guest.State)
			}
		}
	}
	assert.Equal(t, "states", states, map[batch.GuestState]int{
		batch.GuestNotAccepted: many - 4, batch.GuestAccepted: 2, batch.GuestDeleted: 1, batch.GuestNotShown: 1,
	})
	assert.Equal(t, "some", some, map[string]string{
		address(0): "invited, not accepted", address(1): "invited, accepted", address(2): "invited, accepted", address(3): "invited, deleted",
		address(4): "invited, not accepted", address(5): "invited, not accepted", address(6): "invited, not shown yet",
	})

	// Where the tenant shows none of them, they are not held all at once either.
	_, s.tenant = tenantOf(t, nil)
	missed := 0
	err = s.readGuests(t.Context(), func(int, int) {}, func(read []*guest) error {
		missed += len(read)
		if len(read) > planTogether {
			t.Errorf("%d guests at once", len(read))
		}
		return nil
	})
	assert.Equal(t, "missed", missed, many)
	if err != nil {
		t.Error(err)
	}
}

// tenantOf is a tenant with these people.
func tenantOf(t *testing.T, people []sandbox.Person) (*sandbox.Tenant, *Tenant) {
	t.Helper()
	simulated := sandbox.New(sandbox.Config{People: people, Record: true})
	server, err := simulated.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := graph.New(graph.Config{URL: server.URL, Token: func(context.Context) (secret.Text, error) { return secret.New("token"), nil }, Connections: 4, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return simulated, &Tenant{Client: client, ID: journal.Identity{Tenant: sandbox.TenantID}, LookupFor: lookupFor}
}
