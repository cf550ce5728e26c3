package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// tokens is a sign-in that counts: Token repeats the current token, Fresh
// moves on to the next.
type tokens struct {
	mu    sync.Mutex
	n     int
	stuck bool // Fresh gives the same token again
	err   error
	fresh atomic.Int32
}

func (s *tokens) Token(context.Context) (secret.Text, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return secret.New(fmt.Sprintf("t%d", s.n)), nil
}

func (s *tokens) Fresh(ctx context.Context) (secret.Text, error) {
	s.fresh.Add(1)
	if s.err != nil {
		return secret.Text{}, s.err
	}
	s.mu.Lock()
	if !s.stuck {
		s.n++
	}
	s.mu.Unlock()
	return s.Token(ctx)
}

// picky is a Graph that accepts tokens for which ok says so.
type picky struct {
	ok       func(authorization string) bool
	requests atomic.Int32
}

func (p *picky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	if p.ok(r.Header.Get("Authorization")) {
		created(w, receiptBody)
		return
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid."}}`))
}

func renewing(t *testing.T, p *picky, s *tokens) *graph.Client {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	c, err := graph.New(graph.Config{
		URL: server.URL, Connections: 32, Timeout: 5 * time.Second, Token: s.Token, Fresh: s.Fresh,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func only(token string) func(string) bool {
	return func(authorization string) bool { return authorization == "Bearer "+token }
}

func nothing(string) bool { return false }

func invite(t *testing.T, c *graph.Client) error {
	t.Helper()
	_, err := c.Invite(t.Context(), graph.Invitation{EmailAddress: "a@b.example"})
	return err
}

// asRefusal fails the test unless err is a 401.
func asRefusal(t *testing.T, err error) {
	t.Helper()
	var r *graph.Refusal
	if !errors.As(err, &r) || r.Status != http.StatusUnauthorized || r.Entry.Name != "InvalidToken" {
		t.Errorf("got %v, want the 401", err)
	}
}

func TestRefusedTokenIsTradedOnce(t *testing.T) {
	p, s := &picky{ok: only("t1")}, &tokens{}
	c := renewing(t, p, s)
	if err := invite(t, c); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "requests", int(p.requests.Load()), 2)
	assert.Equal(t, "fresh tokens", int(s.fresh.Load()), 1)
}

func TestSecondRefusalComesBack(t *testing.T) {
	p, s := &picky{ok: nothing}, &tokens{}
	c := renewing(t, p, s)
	asRefusal(t, invite(t, c))
	assert.Equal(t, "requests", int(p.requests.Load()), 2)
	asRefusal(t, invite(t, c)) // the fresh token is no better for the next row
	assert.Equal(t, "requests after another row", int(p.requests.Load()), 3)
	assert.Equal(t, "fresh tokens", int(s.fresh.Load()), 1)
}

func TestAcceptedTokenMayBeTradedAgain(t *testing.T) {
	var now atomic.Value
	now.Store("Bearer t1")
	p, s := &picky{ok: func(a string) bool { return a == now.Load() }}, &tokens{}
	c := renewing(t, p, s)
	if err := invite(t, c); err != nil {
		t.Fatal(err)
	}
	now.Store("Bearer t2")
	if err := invite(t, c); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "fresh tokens", int(s.fresh.Load()), 2)
}

func TestAllWorkersShareOneFreshToken(t *testing.T) {
	for _, test := range []struct {
		name string
		ok   func(string) bool
	}{{"accepted", only("t1")}, {"refused as well", nothing}} {
		t.Run(test.name, func(t *testing.T) {
			p, s := &picky{ok: test.ok}, &tokens{}
			c := renewing(t, p, s)
			var workers sync.WaitGroup
			for range 32 {
				workers.Go(func() {
					if err := invite(t, c); err != nil {
						asRefusal(t, err)
					}
				})
			}
			workers.Wait()
			assert.Equal(t, "fresh tokens", int(s.fresh.Load()), 1)
			if n := p.requests.Load(); n > 64 {
				t.Errorf("%d requests for 32 rows", n)
			}
		})
	}
}

func TestSameTokenIsNotTriedAgain(t *testing.T) {
	p, s := &picky{ok: nothing}, &tokens{stuck: true}
	c := renewing(t, p, s)
	asRefusal(t, invite(t, c))
	asRefusal(t, invite(t, c))
	assert.Equal(t, "requests", int(p.requests.Load()), 2)
	assert.Equal(t, "fresh tokens", int(s.fresh.Load()), 1)
}

func TestFailedTradeIsASignInError(t *testing.T) {
	gone := errors.New("the secret was deleted")
	p, s := &picky{ok: nothing}, &tokens{err: gone}
	c := renewing(t, p, s)
	err := invite(t, c)
	if !errors.As(err, new(*graph.SignInError)) || !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	asRefusal(t, invite(t, c))
	assert.Equal(t, "fresh tokens", int(s.fresh.Load()), 1)
}
