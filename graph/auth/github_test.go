package auth

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

const gitHubSecret = "runtime-token-that-nobody-may-see"

// gitHub is the service that tells who a job is.
func gitHub(t *testing.T, status int, body string) (url string, queries *[]string) {
	t.Helper()
	queries = new([]string)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "authorization", r.Header.Get("Authorization"), "Bearer "+gitHubSecret)
		*queries = append(*queries, r.URL.RawQuery)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/token?api-version=2.0", queries
}

func gitHubEnv(url string) map[string]string {
	return map[string]string{
		tenantVariable: tenantID, clientVariable: clientID, gitHubURLVariable: url, gitHubTokenVariable: gitHubSecret,
	}
}

func TestGitHubActionsIsAWorkloadIdentity(t *testing.T) {
	for _, mode := range []Mode{ModeWorkloadIdentity, ModeDefault} {
		for cloud, audience := range map[string]string{"public": "", "usgov": "USGov", "usgovdod": "USGov", "china": "China"} {
			t.Run(string(mode)+" "+cloud, func(t *testing.T) {
				url, queries := gitHub(t, http.StatusOK, `{"count":1,"value":"job-token"}`)
				a := newAuthority(t)
				cfg := a.config(mode, gitHubEnv(url))
				cfg.Cloud.Name = cloud
				s := signIn(t, cfg)
				wantToken(t, s, "token-1")
				wantForm(t, a.exchanges()[0], map[string]string{"client_id": clientID, "client_assertion": "job-token"})
				assert.Equal(t, "method", s.Method(), "workload-identity")
				wantFresh(t, s, "token-2")
				want := "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange" + audience
				assert.Equal(t, "queries", *queries, []string{want, want})
			})
		}
	}
}

func TestTheNamedFileComesBeforeGitHub(t *testing.T) {
	url, queries := gitHub(t, http.StatusOK, `{"value":"job-token"}`)
	a := newAuthority(t)
	env := gitHubEnv(url)
	env[federatedVariable] = t.TempDir() + "/token"
	write(t, env[federatedVariable], "of-the-file")
	wantToken(t, signIn(t, a.config(ModeDefault, env)), "token-1")
	wantForm(t, a.exchanges()[0], map[string]string{"client_assertion": "of-the-file"})
	assert.Equal(t, "queries", len(*queries), 0)
}

func TestGitHubThatGivesNoToken(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
	}{
		"denied":    {http.StatusForbidden, "no"},
		"no JSON":   {http.StatusOK, "<html>" + gitHubSecret},
		"no value":  {http.StatusOK, "{}"},
		"redirects": {http.StatusFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := gitHub(t, test.status, test.body)
			a := newAuthority(t)
			_, err := signIn(t, a.config(ModeWorkloadIdentity, gitHubEnv(url))).Token(t.Context())
			var failed *FederatedError
			if !errors.As(err, &failed) || !strings.Contains(failed.Hint(), "id-token: write") || strings.Contains(fmt.Sprintf("%+v", err), gitHubSecret) {
				t.Errorf("got %v", err)
			}
			assert.Equal(t, "exchanges", len(a.exchanges()), 0)
		})
	}
	_, err := signIn(t, newAuthority(t).config(ModeWorkloadIdentity, gitHubEnv("http://token.example/"))).Token(t.Context())
	if !errors.As(err, new(*FederatedError)) {
		t.Errorf("plain http: got %v", err)
	}
}
