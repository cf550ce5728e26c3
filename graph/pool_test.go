package graph

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// frames is one connection of an HTTP/2 server that works frame by frame, to do
// what no proper server does.
type frames struct {
	*http2.Framer

	conn   net.Conn
	number int // of the connection, from 1
	encode *hpack.Encoder
	block  bytes.Buffer
}

// answer sends a whole answer on a stream.
func (f *frames) answer(stream uint32, status, body string) {
	f.block.Reset()
	_ = f.encode.WriteField(hpack.HeaderField{Name: ":status", Value: status})
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.block.Bytes(), EndHeaders: true})
	_ = f.WriteData(stream, true, []byte(body))
}

// hostile is a server over TLS and HTTP/2. It counts the requests whose head came.
type hostile struct {
	url         string
	tls         *tls.Config // of its clients
	connections atomic.Int32
	requests    atomic.Int32
}

// newHostile calls request for each request that came whole, with its number from
// 1. The connection ends when it returns false.
func newHostile(t *testing.T, request func(f *frames, stream uint32, number int) bool) *hostile {
	t.Helper()
	pattern := httptest.NewTLSServer(nil) // has a certificate and clients that trust it
	t.Cleanup(pattern.Close)
	trusting := pattern.Client().Transport.(*http.Transport).TLSClientConfig
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: pattern.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{url: "https://" + listener.Addr().String(), tls: &tls.Config{RootCAs: trusting.RootCAs}}
	var serving sync.WaitGroup
	var conns []net.Conn
	var mu sync.Mutex
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			serving.Go(func() { h.serve(conn, request) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	return h
}

func (h *hostile) serve(conn net.Conn, request func(*frames, uint32, int) bool) {
	defer conn.Close()
	if _, err := io.CopyN(io.Discard, conn, int64(len(http2.ClientPreface))); err != nil {
		return
	}
	f := &frames{Framer: http2.NewFramer(conn, conn), conn: conn, number: int(h.connections.Add(1))}
	f.encode = hpack.NewEncoder(&f.block)
	_ = f.WriteSettings()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		ended := false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				_ = f.WritePing(true, frame.Data)
			}
		case *http2.HeadersFrame:
			h.requests.Add(1)
			ended = frame.StreamEnded()
		case *http2.DataFrame:
			ended = frame.StreamEnded()
		}
		if ended && !request(f, frame.Header().StreamID, int(h.requests.Load())) {
			return
		}
	}
}

// client trusts the server. Its time-outs are short.
func (h *hostile) client(t *testing.T, timeout, health time.Duration) *Client {
	t.Helper()
	c, err := New(Config{
		URL: h.url, Connections: 32, Timeout: timeout,
		Token: func(context.Context) (secret.Text, error) { return secret.New("t"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.pool.tls, c.pool.health = h.tls, health
	t.Cleanup(c.Close)
	return c
}

const linkBody = `{"inviteRedeemUrl":"https://login.microsoftonline.com/redeem?rd=x","status":"PendingAcceptance","invitedUser":{"id":"u1"}}`

// Whatever the server says over HTTP/2, each call is one request, and a request
// that may have been read is never repeated unasked.
func TestNothingIsRepeatedUnasked(t *testing.T) {
	for name, test := range map[string]struct {
		refuse       func(f *frames, stream uint32) bool
		notProcessed bool
	}{
		"REFUSED_STREAM": {func(f *frames, stream uint32) bool {
			return f.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
		}, true},
		"PROTOCOL_ERROR": {func(f *frames, stream uint32) bool { // net/http repeats after this as well
			return f.WriteRSTStream(stream, http2.ErrCodeProtocol) == nil
		}, false},
		"GOAWAY": {func(f *frames, _ uint32) bool {
			return f.WriteGoAway(0, http2.ErrCodeNo, nil) == nil
		}, true},
		"GOAWAY and closed": {func(f *frames, stream uint32) bool {
			_ = f.WriteGoAway(stream, http2.ErrCodeNo, []byte("ticket=nobody-may-see"))
			return false
		}, false},
		"closed": {func(*frames, uint32) bool { return false }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(t, func(f *frames, stream uint32, _ int) bool { return test.refuse(f, stream) })
			c := h.client(t, 5*time.Second, time.Second)
			for call := range 3 {
				_, err := c.Invite(t.Context(), Invitation{EmailAddress: "a@b.example"})
				silent, ok := errors.AsType[*NoAnswerError](err)
				if !ok || silent.NotProcessed != test.notProcessed || strings.Contains(err.Error(), "nobody-may-see") {
					t.Fatalf("POST: got %v", err)
				}
				assert.Equal(t, "POSTs", int(h.requests.Load()), call+1)
			}
			before := h.requests.Load()
			for call := range 3 {
				if _, err := c.Organization(t.Context()); !errors.As(err, new(*NoAnswerError)) {
					t.Fatalf("GET: got %v", err)
				}
				assert.Equal(t, "GETs", int(h.requests.Load()-before), call+1)
			}
		})
	}
}

// Servers retire connections all the time. A request that meets one is sent over
// the next, or known not to have been processed where it had already left.
func TestRetiredConnection(t *testing.T) {
	var answered atomic.Int32
	h := newHostile(t, func(f *frames, stream uint32, _ int) bool {
		answered.Add(1)
		f.answer(stream, "201", linkBody)
		_ = f.WriteGoAway(stream, http2.ErrCodeNo, nil)
		return false
	})
	c := h.client(t, 5*time.Second, time.Second)
	invited := 0
	for range 20 {
		_, err := c.Invite(t.Context(), Invitation{})
		silent, ok := errors.AsType[*NoAnswerError](err)
		switch {
		case err == nil:
			invited++
		case !ok:
			t.Errorf("got %v", err)
		case !silent.NotProcessed: // it may have been
			answered.Add(-1)
		}
	}
	if n := int(answered.Load()); n > invited || invited == 0 {
		t.Errorf("%d answers for %d invited guests", n, invited)
	}
}

// A connection that dies without a word is noticed by its health check, long
// before the time-out of its requests.
func TestSilentConnectionIsLeft(t *testing.T) {
	t.Parallel()
	const rows, quietAt = 200, 40
	quiet := make(chan struct{})
	h := newHostile(t, func(f *frames, stream uint32, number int) bool {
		if f.number == 1 && number >= quietAt {
			<-quiet // neither reads nor answers from here on
			return false
		}
		f.answer(stream, "201", linkBody)
		return true
	})
	t.Cleanup(func() { close(quiet) })
	c := h.client(t, time.Minute, 200*time.Millisecond)
	if _, err := c.Invite(t.Context(), Invitation{}); err != nil { // one connection for all
		t.Fatal(err)
	}
	start := time.Now()
	var unanswered atomic.Int32
	var workers sync.WaitGroup
	var next atomic.Int32
	for range 8 {
		workers.Go(func() {
			for next.Add(1) <= rows {
				_, err := c.Invite(t.Context(), Invitation{})
				if errors.As(err, new(*NoAnswerError)) {
					unanswered.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if n := unanswered.Load(); n < 1 || n > 8 {
		t.Errorf("%d rows without an answer, at most the 8 in flight may be", n)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	assert.Equal(t, "connections", int(h.connections.Load()), 2)
}

// Microsoft asks for a new connection after a time-out and after a 503.
func TestNewConnectionAfterTrouble(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(f *frames, stream uint32){
		"time-out": func(*frames, uint32) {},
		"503":      func(f *frames, stream uint32) { f.answer(stream, "503", "{}") },
		"cut body": func(f *frames, stream uint32) {
			f.block.Reset()
			_ = f.encode.WriteField(hpack.HeaderField{Name: ":status", Value: "201"})
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.block.Bytes(), EndHeaders: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "503" && testing.Short() {
				t.Skip("waits for a time-out")
			}
			var met []uint32 // streams that meet trouble, once all are there
			h := newHostile(t, func(f *frames, stream uint32, number int) bool {
				if f.number != 1 || number == 1 {
					f.answer(stream, "201", linkBody)
					return true
				}
				if met = append(met, stream); len(met) == 4 {
					for _, stream := range met {
						trouble(f, stream)
					}
				}
				return true
			})
			c := h.client(t, 2*time.Second, time.Minute)
			if _, err := c.Invite(t.Context(), Invitation{}); err != nil {
				t.Fatal(err)
			}
			var workers sync.WaitGroup
			for range 4 { // all on the first connection, which is replaced once
				workers.Go(func() {
					if _, err := c.Invite(t.Context(), Invitation{}); err == nil {
						t.Error("no trouble on the first connection")
					}
				})
			}
			workers.Wait()
			for range 4 {
				if _, err := c.Invite(t.Context(), Invitation{}); err != nil {
					t.Errorf("on the next connection: %v", err)
				}
			}
			assert.Equal(t, "connections", int(h.connections.Load()), 2)
		})
	}
}

func TestTimeOutSaysSo(t *testing.T) {
	t.Parallel()
	h := newHostile(t, func(*frames, uint32, int) bool { return true })
	_, err := h.client(t, time.Second, time.Minute).Invite(t.Context(), Invitation{})
	assert.Equal(t, "error", fmt.Sprint(err), "no answer from Graph: it did not come within 1 second")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// net/http logs what comes unasked, and that may hold a link.
func TestUnaskedBytesAreNotLogged(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)                          //nolint:forbidigo // the logger of net/http
	t.Cleanup(func() { log.SetOutput(io.Discard) }) //nolint:forbidigo // as above
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 64<<10)
		_, _ = conn.Read(buf)
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s", len(linkBody), linkBody)
		_, _ = io.WriteString(conn, linkBody) // unasked
		_, _ = conn.Read(buf)                 // until the client has seen it, and closed
		_ = conn.Close()
	}()
	c, err := New(Config{
		URL: "http://" + listener.Addr().String(), Connections: 1, Timeout: 5 * time.Second,
		Token: func(context.Context) (secret.Text, error) { return secret.New("t"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Invite(t.Context(), Invitation{}); err != nil {
		t.Fatal(err)
	}
	<-gone
	_ = listener.Close()
	c.Close()
	if strings.Contains(logged.String(), "redeem") {
		t.Errorf("logged: %s", logged.String())
	}
}
