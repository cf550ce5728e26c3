package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/secret"
)

// clockwork is a method whose tokens live for an hour. It takes a second to
// answer.
type clockwork struct {
	n    int
	fail error
	life time.Duration
}

func (*clockwork) mode() Mode                                 { return ModeClientSecret }
func (c *clockwork) fresh(ctx context.Context) (token, error) { return c.get(ctx) }

func (c *clockwork) forClaims(ctx context.Context, _ string) (token, error) { return c.get(ctx) }

func (c *clockwork) get(ctx context.Context) (token, error) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return token{}, ctx.Err()
	}
	c.n++
	if c.fail != nil {
		return token{}, c.fail
	}
	end := time.Now().Add(c.life)
	return token{secret.New(fmt.Sprintf("token-%d", c.n)), end.Add(-renewBefore), end}, nil
}

func TestOneRenewsWhileTheOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(&clockwork{life: time.Hour})
		wantToken(t, s, "token-1")
		pass(56 * time.Minute)
		renewed := make(chan struct{})
		go func() {
			defer close(renewed)
			if got, err := s.Token(t.Context()); err != nil || got.Reveal() != "token-2" {
				t.Errorf("renewed %q, %v", got.Reveal(), err)
			}
		}()
		synctest.Wait()
		start := time.Now()
		wantToken(t, s, "token-1")
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for a token that was alive", waited)
		}
		<-renewed
		wantToken(t, s, "token-2")
	})
}

func TestAWrongSecretIsSentOnceForAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{fail: errors.New("wrong secret")}
		s := newSession(c)
		var workers sync.WaitGroup
		for range 32 {
			workers.Go(func() {
				if _, err := s.Token(t.Context()); !errors.Is(err, c.fail) {
					t.Errorf("got %v", err)
				}
			})
		}
		workers.Wait()
		if c.n != 1 {
			t.Errorf("sent %d times", c.n)
		}
		_, _ = s.Token(t.Context()) // a later caller tries again
		if c.n != 2 {
			t.Errorf("sent %d times in the end", c.n)
		}
	})
}

func TestFailedRenewalLeavesTheOldTokenToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{life: time.Hour}
		s := newSession(c)
		wantToken(t, s, "token-1")
		c.fail = errors.New("authority is down")
		pass(56 * time.Minute)
		for range 10 {
			wantToken(t, s, "token-1")
		}
		if c.n != 2 {
			t.Errorf("%d tries in a moment", c.n-1)
		}
		pass(5 * time.Minute)
		if _, err := s.Token(t.Context()); !errors.Is(err, c.fail) {
			t.Errorf("after its end: got %v", err)
		}
		c.fail = nil
		wantToken(t, s, fmt.Sprintf("token-%d", c.n+1))
	})
}

func TestShortTokensAreNotRenewedForEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{life: 2 * time.Minute}
		s := newSession(c)
		for range 240 { // two minutes
			if _, err := s.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			pass(500 * time.Millisecond)
		}
		if c.n < 3 || c.n > 5 {
			t.Errorf("%d tokens in two minutes", c.n)
		}
	})
}

func TestWaitingForATokenCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(&clockwork{life: time.Hour})
		go func() { _, _ = s.Token(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := s.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("token: got %v", err)
		}
		if _, err := s.Fresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("fresh: got %v", err)
		}
	})
}

// A cancelled caller must not make the others fail.
func TestCancelledSignInLeavesItToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(&clockwork{life: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		go func() { _, _ = s.Token(ctx) }()
		synctest.Wait()
		wantToken(t, s, "token-1")
	})
}

// absent does not exist on this machine until it is there.
type absent struct {
	clockwork
	there bool
}

func (a *absent) get(ctx context.Context) (token, error) {
	if !a.there {
		return token{}, &UnavailableError{Mode: ModeManagedIdentity, Reason: "none"}
	}
	return a.clockwork.get(ctx)
}

// A run must not change who it invites as.
func TestTheMethodThatAnsweredIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &absent{}, &clockwork{life: time.Hour}
		s := newSession(first, second)
		wantToken(t, s, "token-1")
		first.there = true
		second.fail = errors.New("authority is down")
		pass(2 * time.Hour)
		if _, err := s.Token(t.Context()); !errors.Is(err, second.fail) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFreshFailureKeepsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{life: time.Hour}
		s := newSession(c)
		wantFresh(t, s, "token-1") // before any other
		c.fail = errors.New("authority is down")
		if _, err := s.Fresh(t.Context()); !errors.Is(err, c.fail) {
			t.Errorf("got %v", err)
		}
		wantToken(t, s, "token-1")
	})
}

// pass lets time go by on the clock of a bubble.
func pass(d time.Duration) { <-time.After(d) }
