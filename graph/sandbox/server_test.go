package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"guestlist/internal/assert"
)

func withTimeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

func TestServeOnLoopbackOnly(t *testing.T) {
	r := serve(t, Config{})
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "host", u.Hostname(), "127.0.0.1")
	assert.Equal(t, "path", u.Path, "/v1.0")
}

func TestServeEnds(t *testing.T) {
	ends := map[string]func(cancel context.CancelFunc, s *Server) error{
		"Close":       func(_ context.CancelFunc, s *Server) error { return s.Close() },
		"Close twice": func(_ context.CancelFunc, s *Server) error { return errors.Join(s.Close(), s.Close()) },
		"ctx":         func(cancel context.CancelFunc, s *Server) error { cancel(); return s.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s, err := New(Config{}).Serve(ctx)
			if err != nil {
				t.Fatal(err)
			}
			idle, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.URL, "http://"), root))
			if err != nil {
				t.Fatal(err)
			}
			defer idle.Close()
			if err := end(cancel, s); err != nil {
				t.Error(err)
			}
			if _, err := net.Dial("tcp", idle.RemoteAddr().String()); err == nil { // which error it is, differs by system
				t.Error("still listening")
			}
		})
	}
}

func TestServeUnderDeadContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := New(Config{}).Serve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.serving.Wait() // ends by itself
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Close does not wait for an answer that is still to come, and its client
// sees a cut connection, not an empty 200.
func TestCloseCutsAnswersInFlight(t *testing.T) {
	waiting := make(chan struct{})
	tenant := New(Config{Latency: func() time.Duration { close(waiting); return time.Hour }})
	s, err := tenant.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := room{tenant, s.URL, &http.Client{Transport: &http.Transport{}}}
	req := post(t, r.url, ask("pat@fabrikam.example"))
	answers := make(chan got, 1)
	go func() { answers <- r.do(req) }()
	<-waiting
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if g := <-answers; g.err == nil {
		t.Errorf("answered %d", g.status)
	}
}

// Many clients at once lose nothing and count nothing twice.
func TestConcurrency(t *testing.T) {
	const clients, guests = 32, 100
	r := serve(t, Config{Record: true})
	var links sync.Map
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range guests {
				body := fmt.Sprintf("g%d@fabrikam.example", i)
				g := r.post(t, ask(body))
				if g.err != nil || g.status != http.StatusCreated {
					t.Errorf("%d %v", g.status, g.err)
					return
				}
				if _, twice := links.LoadOrStore(decode[created](t, g.body).InviteRedeemURL, true); twice {
					t.Error("a link was given twice")
				}
			}
		})
	}
	wg.Wait()
	assert.Equal(t, "guests", r.Guests(), guests)
	assert.Equal(t, "requests", len(r.Requests()), clients*guests)
	for i := range guests {
		address := fmt.Sprintf("g%d@fabrikam.example", i)
		assert.Equal(t, "mails", r.Mails(address), clients)
		if _, given := links.Load(r.RedeemURL(address)); !given {
			t.Errorf("%s: the live link was never given", address)
		}
	}
}

func BenchmarkInviteOverSockets(b *testing.B) {
	tenant := New(Config{Quota: 1 << 20, Window: time.Second})
	s, err := tenant.Serve(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			req, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/invitations", strings.NewReader(ask(fmt.Sprintf("g%d@fabrikam.example", i))))
			req.Header.Set("Authorization", "Bearer abc")
			req.Header.Set("Content-Type", "application/json")
			if g := (room{client: client}).do(req); g.err != nil || g.status != http.StatusCreated {
				b.Errorf("%d %v", g.status, g.err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

func BenchmarkInvite(b *testing.B) {
	tenant := New(Config{Quota: 1 << 20, Window: time.Second})
	for i := range b.N {
		req := httptest.NewRequest(http.MethodPost, root+"/invitations", strings.NewReader(ask(fmt.Sprintf("g%d@fabrikam.example", i))))
		req.Header.Set("Authorization", "Bearer abc")
		req.Header.Set("Content-Type", "application/json")
		tenant.ServeHTTP(httptest.NewRecorder(), req)
	}
}
