package session

import (
	"fmt"
	"testing"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// Of many guests who are said to be invited, all users of the tenant are read; an account that
// has another address, or another id, confirms nothing.
func TestManyClaimsAreConfirmedAtOnce(t *testing.T) {
	const many = readByIDUpTo + 10
	id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012X", n) } // Graph says it in small letters
	address := func(n int) string { return fmt.Sprintf("guest%d@x.example", n) }
	people := make([]sandbox.Person, 0, many)
	for n := range many {
		p := sandbox.Person{Address: address(n), ID: id(n)}
		switch n {
		case 0:
			p.Address, p.OtherMails = "first@x.example", []string{address(n)}
		case 1:
			p.Address = "second@x.example"
		case 2:
			p.ID = id(many + n)
		}
		if n != 3 {
			people = append(people, p)
		}
	}
	simulated, tenant := tenantOf(t, people)
	confirm := func(from int) (c claims, readings int) {
		c.doubted = make(map[claim]bool)
		err := c.confirm(t.Context(), tenant.Directory(), func(yield func(journal.Earlier, error) bool) {
			readings++
			for n := from; n < many; n++ {
				r := journal.Earlier{Record: batch.Record{Outcome: batch.Outcome{Address: address(n), UserID: id(n), Status: batch.Invited}}}
				if !yield(r, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return c, readings
	}
	c, _ := confirm(0)
	assert.Equal(t, "said to be invited", c.invited, many)
	assert.Equal(t, "doubted", c.doubted, map[claim]bool{
		claimOf(batch.Outcome{Address: address(1), UserID: id(1)}): true,
		claimOf(batch.Outcome{Address: address(2), UserID: id(2)}): true,
		claimOf(batch.Outcome{Address: address(3), UserID: id(3)}): true,
	})
	if n := len(simulated.Requests()); n > 10 { // looked up one by one, it would be 34
		t.Errorf("%d requests", n)
	}
	c, readings := confirm(4)
	assert.Equal(t, "where all are confirmed", []int{c.doubts(), readings}, []int{0, 1})
}
