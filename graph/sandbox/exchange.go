package sandbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// arrival says how much of an answer reaches the client.
type arrival int

const (
	whole arrival = iota
	half
	nothing
)

// exchange is a request with its answer, ready to be sent.
type exchange struct {
	status  int
	header  http.Header
	body    []byte
	arrives arrival
	delay   time.Duration
}

const (
	metadata  = "https://graph.microsoft.com/v1.0/$metadata"
	entity    = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
	plainJSON = "application/json"
	webPage   = "text/html; charset=us-ascii"
)

// reply is an answer with a JSON body.
func (*Tenant) reply(seen Request, status int, body any) exchange {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false) // & and < stand as they are in Graph's answers
	if err := out.Encode(body); err != nil {
		panic("sandbox: an answer that JSON cannot hold: " + err.Error())
	}
	x := exchange{status: status, body: bytes.TrimSpace(text.Bytes()), header: http.Header{}}
	x.header.Set("Content-Type", entity)
	x.header.Set("Request-Id", seen.RequestID)
	x.header.Set("Client-Request-Id", seen.ClientRequestID)
	return x
}

// refuse records a request that changed nothing, and refuses it.
func (t *Tenant) refuse(seen Request, why *refusal) exchange {
	seen.Status = why.status
	t.mu.Lock()
	t.record(seen)
	t.mu.Unlock()
	return t.refusal(seen, why)
}

// refusal is the answer of a request that is on record already.
func (t *Tenant) refusal(seen Request, why *refusal) exchange {
	x := t.reply(seen, why.status, why.envelope(seen, t.now()))
	x.header.Set("Content-Type", plainJSON)
	if why.code == "" {
		x.header.Set("Content-Type", webPage)
		x.body = []byte(why.message)
	}
	if why.retryAfter > 0 {
		x.header.Set("Retry-After", strconv.Itoa(why.retryAfter))
	}
	if why.status == http.StatusUnauthorized {
		x.header.Set("WWW-Authenticate", `Bearer realm=""`)
	}
	return x
}

// The share of the quota is told between these bounds, as documented for
// x-ms-throttle-limit-percentage.
const (
	quietShare = 0.8
	mostShare  = 1.8
)

// used tells how much of the quota is used, once it is worth telling.
func (x exchange) used(share float64) exchange {
	if share > quietShare {
		told := strconv.FormatFloat(min(share, mostShare), 'f', 2, 64)
		x.header.Set("X-Ms-Throttle-Limit-Percentage", told)
	}
	return x
}

// deliver sends as much of the answer as is to arrive.
func (t *Tenant) deliver(w http.ResponseWriter, x exchange) {
	if x.arrives == nothing {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), x.header)
	w.Header().Set("Date", t.now().UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(x.body)))
	w.WriteHeader(x.status)
	if x.arrives == half {
		_, _ = w.Write(x.body[:len(x.body)/2])
		_ = http.NewResponseController(w).Flush() // what is not flushed would be lost with the rest
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(x.body) // a client that has gone needs no answer
}
