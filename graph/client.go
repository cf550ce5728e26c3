package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"guestlist/internal/secret"
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
	// Connections is how many connections are kept open, one for each request in flight.
	Connections int
	// Timeout bounds one request from dialling to the last byte of the answer;
	// it must be more than zero.
	Timeout time.Duration
	// UserAgent names the program to Microsoft.
	UserAgent string
}

// Client calls Graph. It is safe for concurrent use.
type Client struct {
	cfg     Config
	http    *http.Client
	renewal *renewal
	// skew is how far Graph's clock is ahead of ours, in nanoseconds.
	skew atomic.Int64
}

// New checks the URL and returns a client. Nothing is sent yet. The error is a
// [*URLError].
func New(cfg Config) (*Client, error) {
	if err := checkURL(cfg.URL); err != nil {
		return nil, err
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	return &Client{cfg: cfg, renewal: newRenewal(&cfg), http: &http.Client{
		Transport:     transport(cfg.Connections),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ServerTime returns what Graph's clock showed when ours showed local, going by
// the Date header of the latest answer, which is right to a second. Before the
// first answer both clocks count as equal.
func (c *Client) ServerTime(local time.Time) time.Time {
	return local.Add(time.Duration(c.skew.Load()))
}

// URLError says that a Graph root cannot be used.
type URLError struct{ URL, Reason string }

func (e *URLError) Error() string { return fmt.Sprintf("Graph URL %q: %s", e.URL, e.Reason) }

// Hint says what a usable root looks like.
func (e *URLError) Hint() string {
	return "give --graph-url an https root such as " + PublicURL + "; plain http is for loopback only"
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return &URLError{text, "not an absolute URL"}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return &URLError{text, "must have no user, query or fragment"}
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	default:
		return &URLError{text, "would send the token in clear text"}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// transport is http.DefaultTransport with room for all workers: its two idle
// connections per host halve the throughput at 128 requests in flight.
func transport(connections int) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          connections,
		MaxIdleConnsPerHost:   connections,
		IdleConnTimeout:       60 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) requestID() string { return cleanText(a.header.Get("Request-Id")) }

// load is how much of the tenant's limit is used, 0 when the header is absent
// or makes no sense.
func (a answer) load() float64 {
	share, err := strconv.ParseFloat(a.header.Get("X-Ms-Throttle-Limit-Percentage"), 64)
	if err != nil || !(share >= 0 && share < 100) {
		return 0
	}
	return share
}

// request is what call sends.
type request struct {
	method, path string
	body         []byte
}

// call sends one request and reads the whole answer. It repeats the request once
// when the token was refused and a fresh one can be had. Its errors are
// [*SignInError], [*UnreachableError] and [*NoAnswerError]; a refusal is an answer.
func (c *Client) call(ctx context.Context, q request) (answer, error) {
	token, err := c.cfg.Token(ctx)
	if err != nil {
		return answer{}, &SignInError{err}
	}
	a, err := c.attempt(ctx, q, token)
	if err != nil || a.status != http.StatusUnauthorized {
		return a, err
	}
	token, err = c.renewal.renew(ctx, token)
	switch {
	case err != nil:
		return answer{}, &SignInError{err}
	case token.IsZero():
		return a, nil
	}
	return c.attempt(ctx, q, token)
}

// attempt sends a request and notes when Graph accepted the token.
func (c *Client) attempt(ctx context.Context, q request, token secret.Text) (answer, error) {
	a, err := c.send(ctx, q, token)
	if err == nil && a.status != http.StatusUnauthorized {
		c.renewal.accepted(token)
	}
	return a, err
}

func (c *Client) send(ctx context.Context, q request, token secret.Text) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// From here on bytes may be on the wire, whatever fails later.
		GotConn: func(httptrace.GotConnInfo) { left.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, q.method, c.cfg.URL+q.path, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, &UnreachableError{err}
	}
	c.headers(req, token)
	resp, err := c.http.Do(req) //nolint:bodyclose // read closes it
	switch {
	case err == nil:
		return c.read(resp)
	case left.Load():
		return answer{}, &NoAnswerError{Err: cleanError(err)}
	default:
		return answer{}, &UnreachableError{cleanError(err)}
	}
}

func (c *Client) headers(req *http.Request, token secret.Text) {
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Client-Request-Id", uuid.NewString())
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if req.Method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
}

func (c *Client) read(resp *http.Response) (answer, error) {
	defer func() { _ = resp.Body.Close() }()
	c.learnClock(resp.Header)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	a := answer{status: resp.StatusCode, header: resp.Header, body: body}
	if err != nil && a.status < http.StatusMultipleChoices {
		return a, &NoAnswerError{Err: cleanError(err), RequestID: a.requestID()}
	}
	return a, nil // a refusal counts even when its text was cut short
}

// learnClock notes how far Graph's clock is from ours. The header has whole
// seconds, so the middle of its second is the best guess.
func (c *Client) learnClock(h http.Header) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		c.skew.Store(int64(time.Until(date.Add(500 * time.Millisecond))))
	}
}

// cleanError makes an error of the transport safe to show: it can quote what the
// other side sent, and names the URL, which holds the guest's address in a look-up.
func cleanError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return &transportError{err}
}

// transportError is an error of net/http with a text that passed [cleanText].
type transportError struct{ err error }

func (e *transportError) Error() string { return cleanText(e.err.Error()) }

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
