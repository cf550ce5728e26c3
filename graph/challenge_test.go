package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

const (
	claims    = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	challenge = `Bearer realm="", authorization_uri="https://login.example/x", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"`
)

// claimer is a sign-in whose tokens prove more once it was asked for claims.
type claimer struct {
	tokens

	asked atomic.Int32
	fail  error
	can   bool
}

func (c *claimer) ForClaims(ctx context.Context, asked string) (secret.Text, error) {
	c.asked.Add(1)
	switch {
	case asked != claims:
		return secret.Text{}, fmt.Errorf("asked for %s", asked)
	case c.fail != nil || !c.can:
		return secret.Text{}, c.fail
	}
	return c.Fresh(ctx)
}

// policed is a client of a Graph that wants claims of the first token.
func policed(t *testing.T, s *claimer, status int, header string) *graph.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer t1" {
			created(w, receiptBody)
			return
		}
		w.Header().Set("WWW-Authenticate", header)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"error":{"code":"InvalidAuthenticationToken","message":"challenge"}}`)
	}))
	t.Cleanup(server.Close)
	c, err := graph.New(graph.Config{
		URL: server.URL, Connections: 32, Timeout: 5 * time.Second, Token: s.Token, Fresh: s.Fresh, ForClaims: s.ForClaims,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClaimsChallengeIsAnswered(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		s := &claimer{can: true}
		c := policed(t, s, status, challenge)
		var rows sync.WaitGroup
		for range 32 {
			rows.Go(func() {
				if err := invite(t, c); err != nil {
					t.Errorf("%d: %v", status, err)
				}
			})
		}
		rows.Wait()
		assert.Equal(t, "tokens for claims", int(s.asked.Load()), 1)
	}
}

func TestClaimsChallengeThatCannotBeAnswered(t *testing.T) {
	const line = `az login --claims-challenge "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"`
	s := &claimer{}
	var refused *graph.Refusal
	if err := invite(t, policed(t, s, http.StatusForbidden, challenge)); !errors.As(err, &refused) ||
		refused.Entry.Name != "ClaimsChallenge" || refused.Claims != claims || !strings.Contains(refused.Hint(), line) {
		t.Errorf("got %v", err)
	}
	s = &claimer{fail: errors.New("not here")}
	if err := invite(t, policed(t, s, http.StatusForbidden, challenge)); !errors.As(err, new(*graph.SignInError)) || !errors.Is(err, s.fail) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoClaimsChallenge(t *testing.T) {
	for name, header := range map[string]string{
		"another error": strings.Replace(challenge, "insufficient_claims", "invalid_token", 1),
		"no claims":     `Bearer error="insufficient_claims"`,
		"no base64":     `Bearer error="insufficient_claims", claims="%%%"`,
		"no JSON":       `Bearer error="insufficient_claims", claims="bm9uZQ=="`,
		"no object":     `Bearer error="insufficient_claims", claims="WzFd"`,
		"too long":      `Bearer error="insufficient_claims", claims="` + strings.Repeat("a", 9000) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			s := &claimer{can: true}
			var refused *graph.Refusal
			if err := invite(t, policed(t, s, http.StatusForbidden, header)); !errors.As(err, &refused) || refused.Claims != "" || s.asked.Load() != 0 {
				t.Errorf("got %v, asked %d times", err, s.asked.Load())
			}
		})
	}
}
