package graph

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// NotGraphError says that something between this machine and Graph answered in its
// place: the sign-in page of a Wi-Fi, the block page of a company, a proxy. Every
// other request would meet the same.
type NotGraphError struct {
	// Status is the HTTP status, Title that of a web page and To the host that a
	// redirect leads to, "" where the answer has none. They are foreign, and safe to show.
	Status    int
	Title, To string
	// Proxy is the proxy in use, without its password, "" for none.
	Proxy string
	// NotSent says that the proxy did not let the request through: nothing was done.
	// Otherwise Graph may have it, however unlikely.
	NotSent bool
	// ClientRequestID is the id that went along with the request.
	ClientRequestID string
}

func (e *NotGraphError) Error() string {
	status := strings.TrimSpace(strconv.Itoa(e.Status) + " " + http.StatusText(e.Status))
	who := "something between this machine and Microsoft Graph"
	if e.NotSent {
		who = "the proxy"
	}
	said := fmt.Sprintf("%s answered in its place: status %s", who, status)
	if e.Title != "" {
		said += fmt.Sprintf(", a web page titled %q", e.Title)
	}
	if e.To != "" {
		said += ", a redirect to " + e.To
	}
	return said + ", proxy in use: " + cmp.Or(e.Proxy, "none")
}

// Hint says how to get it out of the way.
func (e *NotGraphError) Hint() string {
	switch {
	case e.Status == http.StatusProxyAuthRequired:
		return "the proxy asks for a password: set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT, then run the same command again"
	case e.NotSent:
		return "ask those who run the proxy to let this machine reach Microsoft Graph and the sign-in service, or check HTTPS_PROXY and NO_PROXY; then run the same command again"
	case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		return "check --graph-url (it ends in /v1.0), HTTPS_PROXY and NO_PROXY, then run the same command again"
	default:
		return "open a web page on this machine: sign in to the network, or ask those who run it to let Microsoft Graph through. Check HTTPS_PROXY, NO_PROXY and --graph-url, too; then run the same command again"
	}
}

// notGraph is the error of an answer that is not Graph's own.
func (c *Client) notGraph(a answer) *NotGraphError {
	e := &NotGraphError{Status: a.status, Title: pageTitle(a.body), ClientRequestID: a.clientRequestID}
	if to, err := url.Parse(a.header.Get("Location")); err == nil && a.status < http.StatusBadRequest {
		e.To = cleanText(to.Host)
	}
	e.Proxy, _ = c.Proxy() // where it cannot be told, none is in use
	return e
}

var titleElement = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// maxTitle bounds the title of a page, in bytes.
const maxTitle = 200

// pageTitle is the title of a web page, on one line, "" where there is none.
func pageTitle(body []byte) string {
	m := titleElement.FindSubmatch(body)
	if m == nil {
		return ""
	}
	return cleanLine(html.UnescapeString(string(m[1])), maxTitle)
}

// proxyError says that a proxy answered a CONNECT with something else than 200.
type proxyError struct {
	status int
	proxy  string
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered %d %s", e.proxy, e.status, http.StatusText(e.status))
}

// checkConnect reads what a proxy answers to CONNECT.
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{resp.StatusCode, proxy.Redacted()}
}

// refused reports whether the proxy does not let the request through, rather than
// being unable to reach the other side.
func (e *proxyError) refused() bool {
	return e.status < http.StatusInternalServerError || e.status == http.StatusNetworkAuthenticationRequired
}
