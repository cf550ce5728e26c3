package auth

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The fake browser hands the page it should open to the test through a pipe;
// the test is the person and the authority's page.
func TestBrowser(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "page")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	script := "#!/bin/sh\necho noise\nprintf %s \"$1\" > " + pipe + "\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	a := newAuthority(t)
	a.reply = func(n int, _ url.Values) (int, string) { return http.StatusOK, personBody(n) }
	cfg := a.config(ModeBrowser, nil)
	cfg.TenantID, cfg.ClientID = tenantID, clientID
	s := signIn(t, cfg)
	done := make(chan struct{})
	go func() { defer close(done); authorize(t, a, pipe) }()
	wantToken(t, s, "token-1")
	<-done
	wantForm(t, a.exchanges()[0], map[string]string{"grant_type": "authorization_code", "code": "code-1", "client_id": clientID})
	if got := s.Method(); got != "browser" {
		t.Errorf("method %q", got)
	}
}

// authorize does what a person does on the page, and sends the code to where
// the program listens.
func authorize(t *testing.T, a *authority, pipe string) {
	t.Helper()
	page, err := os.ReadFile(pipe)
	if err != nil {
		t.Error(err)
		return
	}
	u, err := url.Parse(string(page))
	if err != nil {
		t.Error(err)
		return
	}
	if got, want := u.Scheme+"://"+u.Host+u.Path, a.URL+"/"+tenantID+"/oauth2/v2.0/authorize"; got != want {
		t.Errorf("page %s, want %s", got, want)
	}
	q := u.Query()
	resp, err := http.PostForm(q.Get("redirect_uri"), url.Values{"code": {"code-1"}, "state": {q.Get("state")}}) //nolint:forbidigo // a browser
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
}
