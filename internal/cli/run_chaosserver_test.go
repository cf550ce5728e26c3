package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"hash/fnv"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
)

// fault is what goes wrong with one request.
type fault struct {
	invites bool   // the guest is created, and mailed if asked, all the same
	cut     string // "" for an answer, "before" it or in its "middle"
	status  int    // of an answer, 0 for the tenant's own
	retry   string // its Retry-After
}

// The faults. Those that did nothing and do not say so are rarer for mailed
// rows: each costs a look-up to its end.
var (
	lost      = fault{invites: true, cut: "before"}
	halved    = fault{invites: true, cut: "middle"}
	broken    = fault{invites: true, status: http.StatusInternalServerError}
	late      = fault{invites: true, status: http.StatusGatewayTimeout}
	muddled   = fault{invites: true, status: http.StatusServiceUnavailable}
	dropped   = fault{cut: "before"}
	timedOut  = fault{status: http.StatusGatewayTimeout}
	down      = fault{status: http.StatusServiceUnavailable}
	busy      = fault{status: http.StatusServiceUnavailable, retry: "1"}
	throttled = fault{status: http.StatusTooManyRequests, retry: "1"}

	silentFaults = []fault{lost, lost, halved, halved, halved, broken, late, muddled, dropped, dropped, timedOut, down, busy, throttled}
	mailedFaults = []fault{lost, lost, lost, halved, halved, halved, broken, broken, late, muddled, timedOut, down, busy, throttled}
	lookUpFaults = []fault{dropped, timedOut, down, throttled}
)

const (
	// faultShare is how many requests meet a fault, where nothing else is said, and
	// maxFaults how many of those to one address do: in the end everybody gets through.
	faultShare = 0.3
	maxFaults  = 2
	// maxDelay bounds the waits before the tenant acts and before it answers.
	maxDelay = 25 * time.Millisecond
)

// chaosServer stands before a tenant and does to its answers what networks and
// services do. What befalls a request follows from the seed, the address and
// how many requests for it came before.
type chaosServer struct {
	URL    string
	env    []string // by which a client trusts it
	seed   uint64
	share  float64 // of the requests that meet a fault
	tenant *sandbox.Tenant

	mu        sync.Mutex
	met       map[string]int // requests by kind and address
	faults    map[string]int // of them, those that met a fault
	seen      map[string]int // requests by process
	posts     int
	requests  int
	posted    map[string]*posted // by the client-request-id
	delivered []delivery
	armed     *trigger
	patient   bool // nobody is told to come back later any more
	weather   weather
}

// weather is what befalls all requests for a while, and not one alone.
type weather struct {
	dice *rand.Rand
	next int // the number of the request that brings the next change
	// down is until when the service is, and fault what it answers.
	down  time.Time
	fault fault

	outages, goAways, silences int
}

// event is a change of the weather that a request brings.
type event int

const (
	noEvent event = iota
	// goAway asks the client to use another connection: over HTTP/2 a GOAWAY.
	goAway
	// goSilent makes a connection die without a word.
	goSilent
)

// change tells what a request brings. Changes are some dozens of requests apart.
func (w *weather) change(request int, patient bool) event {
	if request < w.next {
		return noEvent
	}
	w.next = request + 40 + w.dice.IntN(80)
	switch kind := w.dice.IntN(4); {
	case kind == 0:
		w.silences++
		return goSilent
	case kind == 1 && !patient:
		w.outages++
		w.down = time.Now().Add(500*time.Millisecond + upTo(w.dice, 2*time.Second))
		w.fault = []fault{down, {status: http.StatusBadGateway}, timedOut}[w.dice.IntN(3)]
		return noEvent
	}
	w.goAways++
	return goAway
}

// line is a connection that can fall silent: what is written to it is lost then, and
// nothing more is read from it.
type line struct {
	net.Conn

	silent atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if l.silent.Load() {
		<-l.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (l *line) Write(p []byte) (int, error) {
	if l.silent.Load() {
		return len(p), nil
	}
	return l.Conn.Write(p)
}

func (l *line) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Conn.Close()
}

// lines are the connections of a server.
type lines struct{ net.Listener }

func (l lines) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn, closed: make(chan struct{})}, nil
}

type lineKey struct{}

// withLine remembers on which connection a request comes.
func withLine(ctx context.Context, conn net.Conn) context.Context {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	return context.WithValue(ctx, lineKey{}, conn)
}

// delivery is a link that left in a whole answer.
type delivery struct {
	process, address, link string
	at                     time.Time
	line                   *line
}

// trigger fires at the nth request of a process.
type trigger struct {
	process string
	request int
	fire    chan struct{}
}

func newChaosServer(t *testing.T, tenant *sandbox.Tenant, seed uint64) *chaosServer {
	t.Helper()
	s := &chaosServer{
		seed: seed, share: faultShare, tenant: tenant,
		met: make(map[string]int), faults: make(map[string]int), seen: make(map[string]int), posted: make(map[string]*posted),
	}
	s.weather = weather{dice: rand.New(rand.NewPCG(seed, 1)), next: 30}
	server := httptest.NewUnstartedServer(s)
	server.Listener = lines{server.Listener}
	server.Config.ConnContext = withLine
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // processes die in the midst of a handshake
	if seed%2 == 0 || runtime.GOOS == "windows" {                                    // where SSL_CERT_FILE adds no authority
		server.Start()
	} else {
		server.EnableHTTP2 = true
		server.StartTLS()
		authority := filepath.Join(t.TempDir(), "authority.pem")
		if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		s.env = []string{"SSL_CERT_FILE=" + authority}
	}
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.URL = server.URL + "/v1.0"
	return s
}

// await returns a channel that is closed at the nth request of a process.
func (s *chaosServer) await(process string, request int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = &trigger{process, request, make(chan struct{})}
	return s.armed.fire
}

// relent stops telling requests to come back later: after a few such answers
// the program goes so slowly that a list takes minutes.
func (s *chaosServer) relent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patient = true
}

// ServeHTTP lets the tenant act whether or not the client is still there: a
// process that was killed cannot call its requests back.
func (s *chaosServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // killed while it sent the request
	}
	process := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	address, mailed := addressee(r, body)
	f, before, after, changed := s.draw(kindOf(r, body), address, mailed, process)
	sent := s.note(r, process)
	conn, _ := r.Context().Value(lineKey{}).(*line)
	<-time.After(before)
	answer := httptest.NewRecorder()
	if f == (fault{}) || f.invites {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		s.tenant.ServeHTTP(answer, again)
	}
	<-time.After(after)
	if f.status != 0 {
		answer = refusal(f)
	}
	switch changed {
	case noEvent:
	case goAway:
		w.Header().Set("Connection", "close")
	case goSilent:
		s.fallSilent(conn)
	}
	deliver(w, answer, f.cut)
	if f == (fault{}) && r.Context().Err() == nil {
		s.mu.Lock()
		sent.line, sent.answered = conn, time.Now()
		s.mu.Unlock()
	}
	if link := redeemURL(answer); link != "" && f.cut == "" && r.Context().Err() == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !conn.silent.Load() {
			s.delivered = append(s.delivered, delivery{process, address, link, time.Now(), conn})
		}
	}
}

// fallSilent makes a connection dead. The ends of answers that were on their way may be
// lost as well.
func (s *chaosServer) fallSilent(conn *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	conn.silent.Store(true)
	s.delivered = slices.DeleteFunc(s.delivered, func(d delivery) bool { return d.line == conn && time.Since(d.at) < settled })
}

// posted is an invitation: who sent it, and on which connection its own answer left, nil
// where that met a fault.
type posted struct {
	process  string
	line     *line
	answered time.Time
}

// note keeps who sent a request.
func (s *chaosServer) note(r *http.Request, process string) *posted {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := &posted{process: process}
	if isInvitation(r) {
		s.posted[r.Header.Get("Client-Request-Id")] = sent
	}
	return sent
}

// draw counts a request and tells what befalls it.
func (s *chaosServer) draw(kind, address string, mailed bool, process string) (f fault, before, after time.Duration, changed event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	changed = s.weather.change(s.requests, s.patient)
	s.seen[process]++
	if a := s.armed; a != nil && a.process == process && a.request == s.seen[process] {
		close(a.fire)
	}
	which := kind + " " + address
	s.met[which]++
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(which))
	dice := rand.New(rand.NewPCG(s.seed, hash.Sum64()+uint64(s.met[which])))
	before, after = upTo(dice, maxDelay), upTo(dice, maxDelay)
	if kind == invitation {
		s.posts++
	}
	if time.Now().Before(s.weather.down) {
		return s.weather.fault, before, after, changed
	}

	possible := silentFaults
	switch {
	case kind == lookUp:
		// A look-up whose last answer is a fault proves nothing, and the row
		// would rightly end unconfirmed.
		if s.met[which] > 1 {
			return f, before, after, changed
		}
		possible = lookUpFaults
	case mailed:
		possible = mailedFaults
	}
	if dice.Float64() >= s.share || s.faults[which] == maxFaults {
		return f, before, after, changed
	}
	if f = possible[dice.IntN(len(possible))]; f.retry != "" && s.patient {
		return fault{}, before, after, changed
	}
	s.faults[which]++
	return f, before, after, changed
}

// The kinds of requests. Most look-ups and changes of guests come as a $batch.
const (
	invitation = "invitation"
	alteration = "alteration"
	lookUp     = "look-up"
)

func kindOf(r *http.Request, body []byte) string {
	var batch struct {
		Requests []struct {
			Method string `json:"method"`
		} `json:"requests"`
	}
	_ = json.Unmarshal(body, &batch) // all but a $batch have none
	switch {
	case isInvitation(r):
		return invitation
	case len(batch.Requests) > 0 && batch.Requests[0].Method != http.MethodGet, len(batch.Requests) == 0 && r.Method != http.MethodGet:
		return alteration
	}
	return lookUp
}

func isInvitation(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/invitations") }

// addressee reads whom a request is about, and whether it asks for a mail.
func addressee(r *http.Request, body []byte) (address string, mailed bool) {
	if !isInvitation(r) {
		return r.Method + " " + r.URL.RequestURI() + string(body), false
	}
	var inv sandbox.Invitation
	if err := json.Unmarshal(body, &inv); err != nil {
		panic(err)
	}
	return strings.ToLower(inv.InvitedUserEmailAddress), inv.SendInvitationMessage
}

func refusal(f fault) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	if f.retry != "" {
		w.Header().Set("Retry-After", f.retry)
	}
	if f.invites { // what bears Graph's envelope may be taken at its word
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.status)
		_, _ = w.WriteString("<html><title>" + http.StatusText(f.status) + "</title></html>")
		return w
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_, _ = w.WriteString(`{"error":{"code":"chaos","message":"` + http.StatusText(f.status) + `"}}`)
	return w
}

// deliver passes an answer on, as much of it as is to arrive.
func deliver(w http.ResponseWriter, answer *httptest.ResponseRecorder, cut string) {
	if cut == "before" {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	body := answer.Body.Bytes()
	if cut == "middle" {
		body = body[:len(body)/2]
	}
	_, err := w.Write(body)
	if err = cmp.Or(err, http.NewResponseController(w).Flush()); err != nil || cut != "" {
		panic(http.ErrAbortHandler)
	}
}

func redeemURL(answer *httptest.ResponseRecorder) string {
	var receipt struct {
		Link string `json:"inviteRedeemUrl"`
	}
	_ = json.Unmarshal(answer.Body.Bytes(), &receipt) // a look-up or a refusal has none
	return receipt.Link
}

// count tells how many requests came, how many of them to invite, and how many
// met a fault.
func (s *chaosServer) count(n *toll) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.requests, n.posts, n.faults = s.requests, s.posts, 0
	n.outages, n.goAways, n.silences = s.weather.outages, s.weather.goAways, s.weather.silences
	for _, faults := range s.faults {
		n.faults += faults
	}
}

// saw reports whether a process sent a request.
func (s *chaosServer) saw(process string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[process] > 0
}

// upTo draws a time below the longest.
func upTo(dice *rand.Rand, longest time.Duration) time.Duration {
	return time.Duration(dice.Int64N(int64(longest)))
}
