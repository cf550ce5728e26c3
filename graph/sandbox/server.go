package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// loopback is the only address that a simulated tenant listens on, so that no
// other machine can mistake it for a service.
const loopback = "127.0.0.1:0"

// headTime bounds how long a client may need for the head of a request.
const headTime = 10 * time.Second

// Server is a tenant that listens on a free port of this machine.
type Server struct {
	// URL is the Graph root to give to a client, e.g. "http://127.0.0.1:41234/v1.0".
	URL string

	http      http.Server
	detach    func() bool
	serving   sync.WaitGroup // the accepting goroutine
	conns     sync.WaitGroup // one for each open connection
	acceptErr error          // why accepting ended; read after serving
}

// newServer starts to serve a tenant.
func newServer(ctx context.Context, t *Tenant) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp4", loopback)
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox on %s: %w", loopback, err)
	}
	s := &Server{URL: "http://" + l.Addr().String() + root}
	s.http = http.Server{
		Handler:           t,
		ReadHeaderTimeout: headTime,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.track,
	}
	s.serving.Go(func() { s.acceptErr = s.http.Serve(l) })
	s.detach = context.AfterFunc(ctx, func() { _ = s.http.Close() })
	return s, nil
}

// Close cuts all connections and returns when every goroutine of the server
// has ended. It may be called twice.
func (s *Server) Close() error {
	s.detach()
	err := s.http.Close()
	s.serving.Wait() // no connection is added from here on
	s.conns.Wait()
	if !errors.Is(s.acceptErr, http.ErrServerClosed) {
		err = errors.Join(err, s.acceptErr)
	}
	return err
}

// track counts the connections, each of which has a goroutine.
func (s *Server) track(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.conns.Add(1)
	}
	if state == http.StateClosed || state == http.StateHijacked {
		s.conns.Done()
	}
}
