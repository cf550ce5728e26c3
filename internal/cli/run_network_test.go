package cli_test

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
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
