package cli_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"guestlist/graph/sandbox"
)

// tunnel is a proxy that takes every CONNECT to one place.
func tunnel(t *testing.T, to string) (url string, used *atomic.Int32) {
	t.Helper()
	used = new(atomic.Int32)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
			return
		}
		used.Add(1)
		there, err := new(net.Dialer).DialContext(r.Context(), "tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer func() { _ = there.Close() }()
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = here.Close() }()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here) }()
		_, _ = io.Copy(here, there)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL, used
}

// captivePortal is a network in front of a tenant that lets so many invitations
// through and then answers everything itself until somebody signs in.
type captivePortal struct {
	tenant http.Handler
	first  int32

	signedIn                atomic.Bool
	invited, posts, lookUps atomic.Int32 // the last two are of requests that it answered itself
}

func (c *captivePortal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	invitation := strings.HasSuffix(r.URL.Path, "/invitations")
	switch {
	case c.signedIn.Load(), !invitation && c.invited.Load() < c.first, invitation && c.invited.Add(1) <= c.first:
		c.tenant.ServeHTTP(w, r)
		return
	case invitation:
		c.posts.Add(1)
	default:
		c.lookUps.Add(1)
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<html><title>Sign in to Corp WiFi</title></html>")
}

// After 20 good rows the login page of a Wi-Fi answers everything: the run stops at
// once, and burns nothing.
func TestCaptivePortal(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	portal := &captivePortal{tenant: p.tenant, first: 20}
	server := httptest.NewServer(portal)
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	list := [][]string{{"Email", "Send message"}}
	for i := range 60 {
		list = append(list, []string{fmt.Sprintf("p%02d@fabrikam.example", i), []string{"no", "yes"}[i%2]})
	}
	writeCSV(t, p.path("list.csv"), list)
	const workers = 4
	said := p.complains(t, 6, "invite", "list.csv", "--workers", strconv.Itoa(workers), "--settle", "1s", "--lookup-for", "1s")
	for _, want := range []string{`a web page titled "Sign in to Corp WiFi"`, "status 200 OK", "proxy in use: none", "  next: open a web page on this machine"} {
		if !strings.Contains(said, want) {
			t.Errorf("lacks %q:\n%s", want, said)
		}
	}
	if portal.posts.Load() > workers || portal.lookUps.Load() > 0 {
		t.Errorf("after the first page %d further invitations and %d look-ups", portal.posts.Load()-1, portal.lookUps.Load())
	}
	counts := make(map[string]int)
	for i, row := range results(t, p.path("list.results.xlsx"), "Results") {
		counts[row["Status"]]++
		if i%2 == 0 && row["Status"] != "invited" && row["Status"] != "pending" {
			t.Errorf("row %d sends no email, and is %s", i, row["Status"])
		}
	}
	if counts["invited"] != 20 || counts["failed"] > 0 || counts["pending"] < 60-20-workers {
		t.Errorf("%v", counts)
	}

	p.complains(t, 6, "invite", "list.csv") // it is said before anything is sent
	if posts := portal.posts.Load(); posts > workers {
		t.Errorf("%d invitations", posts)
	}
	if doctor := p.run(t, 1, "doctor"); !strings.Contains(doctor, "Sign in to Corp WiFi") {
		t.Error(doctor)
	}

	portal.signedIn.Store(true)
	p.run(t, 0, "invite", "list.csv", "--settle", "1m", "--lookup-for", "1s")
	for i, row := range list[1:] {
		if mails := p.tenant.Mails(row[0]); mails != i%2 {
			t.Errorf("%s got %d emails", row[0], mails)
		}
	}
	for _, row := range results(t, p.path("list.results.xlsx"), "Results") {
		if row["Status"] != "invited" {
			t.Errorf("%s is %s", row["Email"], row["Status"])
		}
	}
}

// Graph is reached over TLS with a private authority, through the proxy that the
// environment names, by HTTP/2.
func TestProxyAndPrivateAuthority(t *testing.T) {
	t.Parallel()
	tenant := sandbox.New(sandbox.Config{Record: true})
	var protocol atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol.Store(r.Proto)
		tenant.ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy, used := tunnel(t, server.Listener.Addr().String())

	p := newProgram(t, sandbox.Config{})
	authority := p.path("ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	writeCSV(t, p.path("list.csv"), people[:3])
	p.env = append(p.env, "GUESTLIST_GRAPH_URL=https://example.com/v1.0", "HTTPS_PROXY="+proxy, "NO_PROXY=")

	p.run(t, 1, "invite", "list.csv", "--max-attempts", "1") // nobody vouches for the server
	if len(tenant.Requests()) != 0 {
		t.Fatal("a request went to a server that nobody vouches for")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("authorities are those of the system's own store, and no file adds one")
	}
	p.env = append(p.env, "SSL_CERT_FILE="+authority)
	out := p.run(t, 0, "invite", "list.csv")
	if !strings.Contains(out, "2 rows sent with 2 requests") || used.Load() < 2 || protocol.Load() != "HTTP/2.0" {
		t.Errorf("proxy used %d times, %v\n%s", used.Load(), protocol.Load(), out)
	}

	p.env = append(p.env, "NO_PROXY=example.com")
	before := used.Load()
	writeCSV(t, p.path("other.csv"), people[:2])
	p.run(t, 1, "invite", "other.csv", "--max-attempts", "1", "--timeout", "2s") // nobody of that name here
	if used.Load() != before {
		t.Error("NO_PROXY was not heeded")
	}
}
