package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
)

// A policy that asks for more than the Azure CLI's sign-in has proved ends the run with
// the command to run, whole: its claims look like a token, and are none.
func TestClaimsChallengeOfTheAzureCLI(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the fake az is a shell script")
	}
	p := newProgram(t, sandbox.Config{})
	bin := t.TempDir()
	script := "#!/bin/sh\necho '{\"accessToken\":\"token-of-az\",\"expires_on\":4102444800}'\n"
	if err := os.WriteFile(filepath.Join(bin, "az"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN=", "PATH="+bin+":"+os.Getenv("PATH"))
	writeCSV(t, p.path("list.csv"), [][]string{{"Email"}, {"claims.a@fabrikam.example"}, {"b@fabrikam.example"}})
	const line = `az login --claims-challenge "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzYwMDAwMDAwIn19fQ=="`
	said := p.complains(t, 4, "invite", "list.csv", "--auth", "azure-cli", "--workers", "1")
	if !strings.Contains(said, line+"\n") {
		t.Errorf("lacks %s:\n%s", line, said)
	}
	for _, row := range results(t, p.path("list.results.xlsx"), "Results") {
		if row["Status"] != "pending" {
			t.Errorf("%v", row)
		}
	}
}

// What a ready-made token says of itself is told before anything is sent.
func TestReadyMadeTokenIsReadFirst(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), people[:3])
	token := func(ends time.Duration) string {
		return signed(t, map[string]any{"tid": "t1", "idtyp": "app", "roles": []string{"User.Invite.All"}, "exp": time.Now().Add(ends).Unix()})
	}
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+token(-time.Minute))
	if said := p.complains(t, 4, "invite", "list.csv"); !strings.Contains(said, "the token in GUESTLIST_ACCESS_TOKEN ended at ") {
		t.Error(said)
	}
	if n := len(p.tenant.Requests()); n != 0 {
		t.Errorf("%d requests with a token that had expired", n)
	}
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+token(20*time.Minute+10*time.Second))
	if said := p.complains(t, 0, "invite", "list.csv"); !strings.Contains(said, "in 20 minutes, and cannot be renewed") {
		t.Error(said)
	}
	if doctor := p.run(t, 0, "doctor"); !strings.Contains(doctor, "with token; the token ends at ") {
		t.Error(doctor)
	}

	// A token for something else is refused where Graph is Microsoft's own.
	p.env = append(p.env, "GUESTLIST_GRAPH_URL=", "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": "t1", "aud": "https://management.azure.com"}))
	if said := p.complains(t, 4, "invite", "list.csv"); !strings.Contains(said, `is for "https://management.azure.com", not for https://graph.microsoft.com`) {
		t.Error(said)
	}
}

// The identity of a machine is asked for on the machine: a proxy would ask its own.
func TestManagedIdentityUsesNoProxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadRequest) // what Azure's service answers to a probe
	}))
	t.Cleanup(proxy.Close)
	p := newProgram(t, sandbox.Config{})
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN=", "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=", "no_proxy=")
	p.run(t, 4, "doctor", "--auth", "managed-identity")
	if n := asked.Load(); n != 0 {
		t.Errorf("the proxy was asked %d times", n)
	}
}
