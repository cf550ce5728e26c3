package graph

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// healthCheck is how long an HTTP/2 connection may be silent before it is asked
// for a sign of life, and how long that may take. A connection that died without
// a word is left after twice this time, not at the time-out of each request.
const healthCheck = 5 * time.Second

// pool holds the connections to Graph, and gives up all of them when one of them
// turns out to be of no use: over HTTP/2 all requests share one connection, which
// would otherwise go on to be used.
type pool struct {
	connections int         // kept open, one for each request in flight
	tls         *tls.Config // nil for the machine's own trust
	health      time.Duration
	// transport makes the next transport; tests replace it.
	transport func() http.RoundTripper

	mu      sync.Mutex
	current *http.Client
}

func newPool(connections int) *pool {
	silenceHTTP()
	p := &pool{connections: connections, health: healthCheck}
	p.transport = p.newTransport
	return p
}

// silenceHTTP takes the standard logger away from net/http, which has no other
// for a client and would print what the other side sent unasked, with any secret
// that it holds. Nothing else in guestlist uses that logger.
func silenceHTTP() { log.SetOutput(io.Discard) } //nolint:forbidigo // the only way to silence net/http

// client returns the client of the connections in use. It follows no redirect:
// every request carries a token.
func (p *pool) client() *http.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		p.current = &http.Client{
			Transport:     p.transport(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return p.current
}

// renew has later requests use new connections, unless another request has seen
// to that since it got used from [pool.client]. Requests in flight go on.
func (p *pool) renew(used *http.Client) {
	p.mu.Lock()
	if p.current == used {
		p.current = nil
	}
	p.mu.Unlock()
	used.CloseIdleConnections()
}

// done drops connections that are no longer in use once their requests are done.
func (p *pool) done(used *http.Client) {
	p.mu.Lock()
	retired := p.current != used
	p.mu.Unlock()
	if retired {
		used.CloseIdleConnections()
	}
}

// close drops the idle connections.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.CloseIdleConnections()
	}
}

// newTransport is http.DefaultTransport with room for all workers - its two idle
// connections per host halve the throughput at 128 requests in flight - and with
// health checks.
func (p *pool) newTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkConnect,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        p.tls,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: p.health, PingTimeout: p.health},
		MaxIdleConns:           p.connections,
		MaxIdleConnsPerHost:    p.connections,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    15 * time.Second,
		ExpectContinueTimeout:  time.Second,
	}
}
