package sandbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// delivery says how much of an answer is sent before the connection is cut.
type delivery int

const (
	complete  delivery = iota // all of it, and the connection stays
	firstHalf                 // the head and one half of the body
	nothing                   // not a byte
)

// response is an answer that is ready to be sent.
type response struct {
	status   int
	header   http.Header
	body     []byte
	delivery delivery
	delay    time.Duration
}

const (
	metadata  = "https://graph.microsoft.com/v1.0/$metadata"
	odataJSON = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
	bareJSON  = "application/json"
	webPage   = "text/html; charset=us-ascii"
)

// jsonResponse is an answer with a JSON body.
func jsonResponse(req Request, status int, body any) response {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false) // Graph does not escape & and <
	if err := out.Encode(body); err != nil {
		panic("sandbox: an answer that JSON cannot hold: " + err.Error())
	}
	r := response{status: status, body: bytes.TrimSpace(text.Bytes()), header: http.Header{}}
	r.header.Set("Content-Type", odataJSON)
	r.header.Set("Request-Id", req.RequestID)
	r.header.Set("Client-Request-Id", req.ClientRequestID)
	return r
}

// noContent is the answer to a change that was made.
func noContent(req Request) response {
	r := response{status: http.StatusNoContent, header: http.Header{}}
	r.header.Set("Request-Id", req.RequestID)
	r.header.Set("Client-Request-Id", req.ClientRequestID)
	return r
}

// refusalResponse is the answer of a request that is refused. now is the
// tenant's time.
func refusalResponse(req Request, why *refusal, now time.Time) response {
	r := jsonResponse(req, why.status, why.envelope(req, now))
	r.header.Set("Content-Type", bareJSON)
	if why.code == "" {
		r.header.Set("Content-Type", webPage)
		r.body = []byte(why.message)
	}
	if why.foreign {
		r.header.Del("Request-Id")
		r.header.Del("Client-Request-Id")
	}
	if why.retryAfter > 0 {
		r.header.Set("Retry-After", strconv.Itoa(why.retryAfter))
	}
	if why.status == http.StatusUnauthorized {
		r.header.Set("WWW-Authenticate", `Bearer realm=""`+why.challenge)
	}
	return r
}

// The documented range of x-ms-throttle-limit-percentage: the header is sent
// from 0.8 on and ends at 1.8 (learn.microsoft.com/graph/throttling-limits).
const (
	minLoad = 0.8
	maxLoad = 1.8
)

// withLoad adds the header that says how much of the quota is used, a share of
// 1, where it is high enough to be sent.
func (r response) withLoad(share float64) response {
	if share > minLoad {
		r.header.Set("X-Ms-Throttle-Limit-Percentage", strconv.FormatFloat(min(share, maxLoad), 'f', 2, 64))
	}
	return r
}

// send writes the answer as far as its delivery says, dated by the tenant's
// clock. It panics with [http.ErrAbortHandler] where the connection is cut.
func (r response) send(w http.ResponseWriter, now time.Time) {
	if r.delivery == nothing {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if r.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	if r.delivery == firstHalf {
		_, _ = w.Write(r.body[:len(r.body)/2])
		_ = http.NewResponseController(w).Flush() // what is not flushed is lost with the connection
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(r.body) // a client that has gone needs no answer
}
