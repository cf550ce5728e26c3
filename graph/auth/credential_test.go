package auth

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/graph"
)

func TestCancelledSignInSaysSo(t *testing.T) {
	a := newAuthority(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the operator pressed Ctrl-C")
	a.reply = func(n int, _ url.Values) (int, string) {
		cancel(stop)
		return http.StatusServiceUnavailable, tokenBody(n, 1) // azidentity would try again
	}
	_, err := signIn(t, a.config(ModeClientSecret, secretEnv())).Token(ctx)
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestFreshTokenThoughTheOldOneLives(t *testing.T) {
	a := newAuthority(t)
	s := signIn(t, a.config(ModeClientSecret, secretEnv()))
	wantToken(t, s, "token-1")
	wantFresh(t, s, "token-2")
	if form := a.exchanges()[1]; form.Has("claims") {
		t.Errorf("an app's fresh token needs no claims: %v", form.Get("claims"))
	}
}

// The clock of a bubble moves only while no connection is open, hence no
// keep-alives.
func TestTokenIsRenewedOverTheWireBeforeItEnds(t *testing.T) {
	a := newAuthority(t)
	a.Config.SetKeepAlivesEnabled(false)
	synctest.Test(t, func(t *testing.T) {
		s := signIn(t, a.config(ModeClientSecret, secretEnv()))
		wantToken(t, s, "token-1")
		pass(54 * time.Minute)
		wantToken(t, s, "token-1")
		pass(2 * time.Minute)
		wantToken(t, s, "token-2")
		if n := len(a.exchanges()); n != 2 {
			t.Errorf("%d exchanges", n)
		}
	})
}

func TestWorkersShareOneExchange(t *testing.T) {
	a := newAuthority(t)
	s := signIn(t, a.config(ModeClientSecret, secretEnv()))
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			if got, err := s.Token(t.Context()); err != nil || got.Reveal() != "token-1" {
				t.Errorf("got %q, %v", got.Reveal(), err)
			}
		})
	}
	workers.Wait()
	if n := len(a.exchanges()); n != 1 {
		t.Errorf("%d exchanges", n)
	}
}

func TestClientRepeatsARefusedRequestWithAFreshToken(t *testing.T) {
	a := newAuthority(t)
	s := signIn(t, a.config(ModeClientSecret, secretEnv()))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-2" {
			writeJSON(w, http.StatusUnauthorized, map[string]any{"error": map[string]string{"code": "InvalidAuthenticationToken"}})
			return
		}
		writeJSON(w, http.StatusCreated, map[string]string{"inviteRedeemUrl": "https://redeem.example", "status": "PendingAcceptance"})
	}))
	t.Cleanup(server.Close)
	client, err := graph.New(graph.Config{
		URL: server.URL, Connections: 1, Timeout: 5 * time.Second, Token: s.Token, Fresh: s.Fresh,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for range 2 {
		if _, err := client.Invite(t.Context(), graph.Invitation{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(a.exchanges()); n != 2 {
		t.Errorf("%d exchanges", n)
	}
}

// A token for the claims that Graph asked for comes from the service, not from a cache.
func TestTokenForClaims(t *testing.T) {
	const claims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	a := newAuthority(t)
	s := signIn(t, a.config(ModeClientSecret, secretEnv()))
	wantToken(t, s, "token-1")
	got, err := s.ForClaims(t.Context(), claims)
	if err != nil || got.Reveal() != "token-2" {
		t.Fatalf("got %q, %v", got.Reveal(), err)
	}
	if asked := a.exchanges()[1].Get("claims"); !strings.Contains(asked, `"acrs"`) {
		t.Errorf("claims %q", asked)
	}
	wantToken(t, s, "token-2")
}

func TestAzureCLINeedsAPersonForClaims(t *testing.T) {
	fakeAzureCLI(t, `echo '{"accessToken":"token-of-az","expires_on":4102444800}'`)
	s := machine(t, ModeAzureCLI, nowhere)
	wantToken(t, s, "token-of-az")
	_, err := s.ForClaims(t.Context(), `{"a":1}`)
	var refused *ClaimsError
	if !errors.As(err, &refused) || !strings.HasSuffix(refused.Hint(), "\naz login --claims-challenge \"eyJhIjoxfQ==\"") {
		t.Errorf("got %v", err)
	}
}

func TestReadyMadeTokenHasNoOtherClaims(t *testing.T) {
	s := signIn(t, newAuthority(t).config(ModeToken, map[string]string{TokenVariable: "ready-made"}))
	wantToken(t, s, "ready-made")
	if got, err := s.ForClaims(t.Context(), `{"a":1}`); err != nil || !got.IsZero() {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
	wantToken(t, s, "ready-made")
}
