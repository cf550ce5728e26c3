package auth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
)

// metadata replaces the service at 169.254.169.254.
type metadata func(*http.Request) (*http.Response, error)

func (m metadata) RoundTrip(r *http.Request) (*http.Response, error) { return m(r) }

// answers is what a handler answers.
func answers(handler http.HandlerFunc) metadata {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		handler(w, r)
		resp := w.Result()
		resp.Request = r
		return resp, nil
	}
}

func nowhere(*http.Request) (*http.Response, error) { return nil, errors.New("no route to host") }

// elsewhere clears what would make the machine of the test a part of Azure.
func elsewhere(t *testing.T) {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET"} {
		t.Setenv(name, "")
	}
	t.Setenv("PATH", t.TempDir())
}

// machine signs in on a machine with that metadata service. MSAL keeps the
// tokens of managed identities for the process, so every session has its client.
func machine(t *testing.T, mode Mode, service metadata) *Session {
	t.Helper()
	env := map[string]string{clientVariable: uuid.NewString()}
	return signIn(t, Config{
		Mode: mode, Getenv: func(name string) string { return env[name] },
		Cloud: newAuthority(t).config(mode, nil).Cloud, HTTP: &http.Client{Transport: service},
	})
}

func TestManagedIdentityOfAVirtualMachine(t *testing.T) {
	for _, mode := range []Mode{ModeManagedIdentity, ModeDefault} {
		t.Run(string(mode), func(t *testing.T) {
			elsewhere(t)
			n := 0
			s := machine(t, mode, answers(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Metadata") != "true" {
					writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
					return
				}
				if q := r.URL.Query(); q.Get("resource") != "https://graph.microsoft.com" || q.Get("client_id") == "" {
					t.Errorf("query %v", q)
				}
				n++
				_, _ = w.Write([]byte(tokenBody(n, 3600)))
			}))
			wantToken(t, s, "token-1")
			wantToken(t, s, "token-1")
			wantFresh(t, s, "token-2")
			if got := s.Method(); got != "managed-identity" {
				t.Errorf("method %q", got)
			}
		})
	}
}

func TestManagedIdentityOfAppService(t *testing.T) {
	elsewhere(t)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Identity-Header") != "header-secret" || r.URL.Query().Get("resource") != "https://graph.microsoft.com" {
			t.Errorf("unexpected %s", r.URL)
		}
		_, _ = w.Write([]byte(tokenBody(1, 3600)))
	}))
	t.Cleanup(service.Close)
	t.Setenv("IDENTITY_ENDPOINT", service.URL)
	t.Setenv("IDENTITY_HEADER", "header-secret")
	s := machine(t, ModeDefault, service.Client().Transport.RoundTrip)
	wantToken(t, s, "token-1")
	if got := s.Method(); got != "managed-identity" {
		t.Errorf("method %q", got)
	}
}

func TestNoManagedIdentityIsSaidAtOnce(t *testing.T) {
	for name, service := range map[string]metadata{
		"nothing there": nowhere,
		"other cloud":   answers(http.NotFound),
		"proxy":         answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }),
		"captive portal": answers(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>log in"))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			elsewhere(t)
			_, err := machine(t, ModeManagedIdentity, service).Token(t.Context())
			var none *UnavailableError
			if !errors.As(err, &none) || none.Mode != ModeManagedIdentity {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestIdentityThatTheMachineLacks(t *testing.T) {
	elsewhere(t)
	s := machine(t, ModeDefault, answers(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "Identity not found"})
	}))
	_, err := s.Token(t.Context())
	var failed *FailedError
	if !errors.As(err, &failed) || failed.Mode != ModeManagedIdentity || failed.Text != "Identity not found" {
		t.Errorf("got %v", err)
	}
}
