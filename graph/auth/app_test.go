package auth

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/graph"
)

func secretEnv() map[string]string {
	return map[string]string{tenantVariable: tenantID, clientVariable: clientID, secretVariable: appSecret}
}

func TestClientSecretIsExchanged(t *testing.T) {
	for _, mode := range []Mode{ModeClientSecret, ModeDefault} {
		t.Run(string(mode), func(t *testing.T) {
			a := newAuthority(t)
			s := signIn(t, a.config(mode, secretEnv()))
			if got := s.Method(); got != "" {
				t.Errorf("method %q before the first token", got)
			}
			wantToken(t, s, "token-1")
			wantToken(t, s, "token-1")
			if got := s.Method(); got != "client-secret" {
				t.Errorf("method %q", got)
			}
			if n := len(a.exchanges()); n != 1 {
				t.Fatalf("%d exchanges", n)
			}
			form := a.exchanges()[0]
			wantForm(t, form, map[string]string{"grant_type": "client_credentials", "client_id": clientID, "client_secret": appSecret})
			if scopes := strings.Fields(form.Get("scope")); len(scopes) == 0 || scopes[0] != "https://graph.microsoft.com/.default" {
				t.Errorf("scope %q", scopes)
			}
		})
	}
}

func TestFlagsWinOverVariables(t *testing.T) {
	a := newAuthority(t)
	cfg := a.config(ModeClientSecret, secretEnv())
	cfg.ClientID = "33333333-3333-3333-3333-333333333333"
	wantToken(t, signIn(t, cfg), "token-1")
	wantForm(t, a.exchanges()[0], map[string]string{"client_id": cfg.ClientID})
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

func TestWorkloadIdentityTradesTheFile(t *testing.T) {
	for _, mode := range []Mode{ModeWorkloadIdentity, ModeDefault} {
		t.Run(string(mode), func(t *testing.T) {
			a := newAuthority(t)
			file := filepath.Join(t.TempDir(), "token")
			write(t, file, "federated-1")
			s := signIn(t, a.config(mode, map[string]string{
				tenantVariable: tenantID, clientVariable: clientID, federatedVariable: file,
			}))
			wantToken(t, s, "token-1")
			wantForm(t, a.exchanges()[0], map[string]string{
				"grant_type": "client_credentials", "client_id": clientID, "client_assertion": "federated-1",
				"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			})
			if got := s.Method(); got != "workload-identity" {
				t.Errorf("method %q", got)
			}
			write(t, file, "federated-2")
			wantFresh(t, s, "token-2")
			wantForm(t, a.exchanges()[1], map[string]string{"client_assertion": "federated-2"})
		})
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
