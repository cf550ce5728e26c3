package graph

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// PublicURL is the Graph root of the public cloud.
const PublicURL = "https://graph.microsoft.com/v1.0"

// maxAnswer bounds how much of an answer is read, in bytes. A receipt has some
// two thousand; an error may carry a whole HTML page.
const maxAnswer = 1 << 20

// Config is what a [Client] needs.
type Config struct {
	// URL is the Graph root, e.g. [PublicURL]. Plain http is allowed to
	// loopback only, since every request carries a token.
	URL string
	// Token returns the bearer token of the next request.
	Token func(context.Context) (secret.Text, error)
	// Fresh returns a new token although the current one has not expired. It is
	// called once when Graph refuses a token with 401, and the request is then
	// repeated: a 401 proves that nothing was done. nil means no second try.
	Fresh func(context.Context) (secret.Text, error)
	// ForClaims returns a new token for claims that Graph asked for with 401 or 403, a
	// JSON object, and the request is repeated. The zero text says that the sign-in
	// cannot; nil does so for all.
	ForClaims func(ctx context.Context, claims string) (secret.Text, error)
	// Connections is how many connections are kept open, one for each request in flight.
	Connections int
	// Timeout bounds one request from dialling to the last byte of the answer;
	// it must be more than zero.
	Timeout time.Duration
	// UserAgent names the program to Microsoft.
	UserAgent string
}

// Departure is a request that is about to leave.
type Departure struct {
	// Method and Path are the request's. The path has no query, which can hold
	// an address.
	Method, Path string
	// Items is how many requests Graph counts it as: the items of a $batch, else 1.
	Items int
	// ClientRequestID is the id that goes along, a GUID. Microsoft support can find
	// a request by it that was never answered.
	ClientRequestID string
	// Repeated says that the same request left before, and Graph refused its token.
	Repeated bool
}

// Gate is asked before each request leaves, so that the caller's limiter, journal
// and meter know of all of them: the pages of a list, look-ups in a $batch, and
// repetitions. It may wait. If it returns an error, the request does not leave,
// and the error is returned as it is.
type Gate func(context.Context, Departure) error

// Client calls Graph. It is safe for concurrent use.
type Client struct {
	cfg     Config
	pool    *pool
	renewal *renewal
	gate    Gate
	clock   *clock
	// basic says that the sign-in may read basic properties of users alone.
	basic *atomic.Bool
}

// New checks the URL and returns a client. Nothing is sent yet. The error is a
// [*URLError].
func New(cfg Config) (*Client, error) {
	if err := checkURL(cfg.URL); err != nil {
		return nil, err
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	return &Client{
		cfg: cfg, renewal: newRenewal(&cfg), pool: newPool(cfg.Connections), clock: new(clock), basic: new(atomic.Bool),
		gate: func(context.Context, Departure) error { return nil },
	}, nil
}

// With returns a client whose requests pass a gate, in place of the gate that c
// has. It shares everything else with c: connections, tokens, clock and what it knows of the sign-in.
func (c *Client) With(gate Gate) *Client {
	gated := *c
	gated.gate = gate
	return &gated
}

// Close drops the idle connections.
func (c *Client) Close() { c.pool.close() }

// ServerTime returns what Graph's clock showed when ours showed local, going by
// the Date headers of the answers: right to a second with the first, and better with
// each further one. Before the first answer both clocks count as equal.
func (c *Client) ServerTime(local time.Time) time.Time {
	return local.Add(c.clock.ahead())
}

// URLError says that a Graph root cannot be used.
type URLError struct{ URL, Reason string }

func (e *URLError) Error() string { return fmt.Sprintf("Graph URL %q: %s", e.URL, e.Reason) }

// Hint says what a usable root looks like.
func (e *URLError) Hint() string {
	return "give --graph-url an https root such as " + PublicURL + "; plain http is for loopback only"
}

func checkURL(root string) error {
	u, err := url.Parse(root)
	switch {
	case err != nil || u.Host == "":
		return &URLError{root, "not an absolute URL"}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return &URLError{root, "must have no user, query or fragment"}
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	default:
		return &URLError{root, "would send the token in clear text"}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// request is what call sends.
type request struct {
	method, path string      // the path is below the root, with its query
	body         []byte      // nil for none
	header       http.Header // beyond those of every request
	items        int         // as in Departure, 0 is 1
	limit        int64       // of the answer in bytes, 0 is maxAnswer
	repeated     bool        // as in Departure
}

// call sends one request and reads the whole answer. It repeats the request once
// when the token was refused, or did not prove enough, and a fresh one can be had. Its errors are
// [*SignInError], [*UnreachableError], [*NoAnswerError], [*NotGraphError] and that of
// the gate; a refusal is an answer.
func (c *Client) call(ctx context.Context, q request) (answer, error) {
	token, err := c.cfg.Token(ctx)
	if err != nil {
		return answer{}, &SignInError{err}
	}
	a, err := c.attempt(ctx, q, token)
	claims := claimsAsked(a)
	if err != nil || claims == "" && a.status != http.StatusUnauthorized {
		return a, err
	}
	token, err = c.renewal.renew(ctx, token, claims)
	switch {
	case err != nil:
		return answer{}, &SignInError{err}
	case token.IsZero():
		return a, nil
	}
	q.repeated = true
	return c.attempt(ctx, q, token)
}

type clientRequestIDKey struct{}

// WithClientRequestID names the client-request-id of the next request that is made with
// the context, so that it can be written down before the request leaves. A repeat of it
// gets one of its own.
func WithClientRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, clientRequestIDKey{}, id)
}

// attempt sends a request once the gate lets it pass, and notes when Graph
// accepted the token.
func (c *Client) attempt(ctx context.Context, q request, token secret.Text) (answer, error) {
	path, _, _ := strings.Cut(q.path, "?")
	leaving := Departure{Method: q.method, Path: path, Items: max(1, q.items), ClientRequestID: uuid.NewString(), Repeated: q.repeated}
	if id, ok := ctx.Value(clientRequestIDKey{}).(string); ok && !q.repeated {
		leaving.ClientRequestID = id
	}
	if err := c.gate(ctx, leaving); err != nil {
		return answer{}, err
	}
	a, err := c.send(ctx, q, token, leaving.ClientRequestID)
	if err == nil && a.status != http.StatusUnauthorized && claimsAsked(a) == "" {
		c.renewal.accepted(token)
	}
	return a, err
}

// errRepeated says that net/http was about to send a request for a second time.
// It does so by itself where the server says that it did not process the request,
// and a request that the caller does not know of must not leave.
var errRepeated = errors.New("the connection ended before an answer")

// errNotProcessed is what a server says over HTTP/2 with REFUSED_STREAM or GOAWAY.
var errNotProcessed = errors.New("the server ended the connection before it processed the request")

// timeoutError says that an answer did not come in time.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return "it did not come within " + text.Duration(e.after) }

func (*timeoutError) Unwrap() error { return context.DeadlineExceeded }

// send sends a request once. net/http must not repeat it: a POST that was already
// written is not, as it has no GetBody, and transit stops the others.
func (c *Client) send(parent context.Context, q request, token secret.Text, id string) (answer, error) {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	out := transit{stop: stop}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: out.gotConn, WroteHeaders: out.wroteHeaders})
	req, err := http.NewRequestWithContext(ctx, q.method, c.cfg.URL+q.path, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, &UnreachableError{err}
	}
	req.GetBody = nil
	c.setHeaders(req, q, token, id)
	client := c.pool.client()
	defer c.pool.done(client)
	sent := time.Now()
	// client.Do would look into a redirect, and take one that it cannot read for no answer.
	resp, err := client.Transport.RoundTrip(req) //nolint:bodyclose // read closes it
	var a answer
	if err == nil {
		a, err = read(resp, cmp.Or(q.limit, maxAnswer))
	}
	mask := newTokenMask(token)
	a.body = mask.answer(a.header, a.body)
	timedOut := err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && parent.Err() == nil
	if timedOut || a.status == http.StatusServiceUnavailable {
		// Microsoft asks for a new connection
		// (learn.microsoft.com/graph/best-practices-concept).
		c.pool.renew(client)
	}
	a.clientRequestID = id
	switch {
	case err == nil && !a.isGraphs():
		return a, c.notGraph(a)
	case err == nil:
		c.clock.learn(a.header, sent, time.Now())
		return a, nil
	case !out.left.Load():
		return answer{}, neverSent(err, mask, id)
	case timedOut:
		err = &timeoutError{c.cfg.Timeout}
	case errors.Is(context.Cause(ctx), errRepeated):
		err = errRepeated
	case isNotProcessed(err):
		return a, &NoAnswerError{Err: errNotProcessed, NotProcessed: true, RequestID: a.requestID(), ClientRequestID: id}
	}
	return a, &NoAnswerError{Err: &transportError{unwrapURL(err), mask}, RequestID: a.requestID(), ClientRequestID: id}
}

// transit watches how a request leaves.
type transit struct {
	stop context.CancelCauseFunc
	// left says that bytes may be on the wire, whatever fails later.
	left atomic.Bool
	// wrote says that the head of the request was written.
	wrote atomic.Bool
}

// gotConn is called when a request is about to be written to a connection. Where
// it has been written before, it is stopped. Over HTTP/2 that is checked before
// the first byte. HTTP/1 does not check, but the connection is this request's own.
func (d *transit) gotConn(info httptrace.GotConnInfo) {
	if d.wrote.Load() {
		d.stop(errRepeated)
		if conn, ok := info.Conn.(*tls.Conn); !ok || conn.ConnectionState().NegotiatedProtocol != "h2" {
			_ = info.Conn.Close()
		}
	}
	d.left.Store(true)
}

func (d *transit) wroteHeaders() { d.wrote.Store(true) }

// isNotProcessed reports whether the server said that it did not process a
// request, which only HTTP/2 can say (RFC 9113, section 8.7). net/http has these
// errors as texts alone.
func isNotProcessed(err error) bool {
	s := err.Error()
	return strings.Contains(s, "REFUSED_STREAM") || strings.Contains(s, "graceful shutdown GOAWAY")
}

func (c *Client) setHeaders(req *http.Request, q request, token secret.Text, id string) {
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Client-Request-Id", id)
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, q.header)
}

// read reads an answer to its end, as far as a limit in bytes. The error is that
// of a body that was cut.
func read(resp *http.Response, limit int64) (answer, error) {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	a := answer{status: resp.StatusCode, header: resp.Header, body: body}
	if a.status >= http.StatusMultipleChoices {
		return a, nil // a refusal counts even when its text was cut short
	}
	return a, err
}

// get reads one JSON answer into a value.
func (c *Client) get(ctx context.Context, path string, into any) error {
	a, err := c.call(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return refusal(a)
	}
	if json.Unmarshal(a.body, into) != nil {
		return a.unreadable(errNoJSON)
	}
	return nil
}

// cleanError makes an error of the transport safe to show: it can quote what the
// other side sent, and names the URL, which holds the guest's address in a look-up.
func cleanError(err error) error { return &transportError{err: unwrapURL(err)} }

// unwrapURL takes the URL off an error.
func unwrapURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// transportError is an error of net/http with a text that passed [cleanText].
type transportError struct {
	err  error
	mask tokenMask
}

func (e *transportError) Error() string { return cleanText(e.mask.text(text.Error(e.err))) }

func (e *transportError) Unwrap() error { return e.err }

// Proxy returns the URL of the proxy that requests to Graph go through, as the
// environment says (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), without its password; ""
// for none. The error names a variable that holds no URL.
func (c *Client) Proxy() (string, error) {
	req, err := http.NewRequest(http.MethodGet, c.cfg.URL, http.NoBody) //nolint:noctx // it is not sent
	if err != nil {
		return "", err
	}
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil || proxy == nil {
		return "", err
	}
	return proxy.Redacted(), nil
}
