package auth

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"guestlist/graph"
)

const (
	tenantID  = "11111111-1111-1111-1111-111111111111"
	clientID  = "22222222-2222-2222-2222-222222222222"
	appSecret = "s3cret~that.nobody-may-see"
)

// authority is an Entra of its own on a loopback port, with a certificate that
// only its client trusts.
type authority struct {
	*httptest.Server
	t *testing.T
	// reply answers the n-th token request, counted from 1. nil gives token-n.
	reply func(n int, form url.Values) (status int, body string)

	mu    sync.Mutex
	forms []url.Values
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", a.discover)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", a.token)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", a.deviceCode)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("unexpected %s %s", r.Method, r.URL) })
	a.Server = httptest.NewUnstartedServer(mux)
	a.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

func (a *authority) discover(w http.ResponseWriter, r *http.Request) {
	root := a.URL + "/" + r.PathValue("tenant")
	writeJSON(w, http.StatusOK, map[string]string{
		"issuer": root + "/v2.0", "token_endpoint": root + "/oauth2/v2.0/token", "authorization_endpoint": root + "/oauth2/v2.0/authorize",
	})
}

func (a *authority) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		a.t.Error(err)
	}
	a.mu.Lock()
	a.forms = append(a.forms, r.PostForm)
	n := len(a.forms)
	a.mu.Unlock()
	status, body := http.StatusOK, tokenBody(n, 3600)
	if a.reply != nil {
		status, body = a.reply(n, r.PostForm)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (a *authority) deviceCode(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"device_code": "dc", "user_code": "ABCD-EFGH", "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900, "interval": 1,
		"message": "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code ABCD-EFGH to authenticate.\x1b[2J",
	})
}

// exchanges returns the forms of all token requests so far.
func (a *authority) exchanges() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]url.Values(nil), a.forms...)
}

// config signs in at the authority with the variables given.
func (a *authority) config(mode Mode, env map[string]string) Config {
	return Config{
		Mode: mode, Getenv: func(name string) string { return env[name] },
		Cloud: graph.Cloud{GraphURL: graph.PublicURL, Authority: a.URL},
		HTTP:  a.Client(), DisableInstanceDiscovery: true,
	}
}

// tokenBody is an answer for an app. An id_token would keep it out of caches.
func tokenBody(n, seconds int) string {
	return fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":"token-%d"}`, seconds, n)
}

// personBody is an answer for a person, with a refresh token.
func personBody(n int) string {
	id := map[string]any{
		"aud": clientID, "iss": "https://login.example/" + tenantID + "/v2.0", "tid": tenantID, "sub": "s", "oid": "o",
		"preferred_username": "pat@contoso.example", "exp": 4102444800, "iat": 1,
	}
	return mustJSON(map[string]any{
		"token_type": "Bearer", "expires_in": 3600, "access_token": fmt.Sprintf("token-%d", n), "refresh_token": "refresh-1",
		"scope": graphScope(), "id_token": jwt(id), "client_info": base64JSON(map[string]string{"uid": "o", "utid": tenantID}),
	})
}

func graphScope() string { return graph.Cloud{GraphURL: graph.PublicURL}.Scope() }

func jwt(claims any) string {
	return strings.Join([]string{base64JSON(map[string]string{"alg": "RS256", "typ": "JWT"}), base64JSON(claims), "c2ln"}, ".")
}

func base64JSON(v any) string {
	return base64.RawURLEncoding.EncodeToString([]byte(mustJSON(v)))
}

func mustJSON(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, mustJSON(v))
}

func signIn(t *testing.T, cfg Config) *Session {
	t.Helper()
	s, err := SignIn(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantToken fails the test unless the session gives that token.
func wantToken(t *testing.T, s *Session, want string) {
	t.Helper()
	got, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Reveal() != want {
		t.Fatalf("token %q, want %q", got.Reveal(), want)
	}
}

// wantFresh fails the test unless the session gets that token anew and keeps it.
func wantFresh(t *testing.T, s *Session, want string) {
	t.Helper()
	got, err := s.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Reveal() != want {
		t.Fatalf("fresh token %q, want %q", got.Reveal(), want)
	}
	wantToken(t, s, want)
}

// wantForm fails the test unless a token request has these fields.
func wantForm(t *testing.T, form url.Values, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if form.Get(name) != value {
			t.Errorf("%s = %q, want %q", name, form.Get(name), value)
		}
	}
}
