package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// maxMessage bounds the text that a refusal keeps, in bytes: Graph has put
// whole HTML pages there.
const maxMessage = 1000

// objectID finds the account in "… as object ID: {id}", also spelled objectID.
var objectID = regexp.MustCompile(`(?i)object ?id:? *([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// Refusal is an answer other than 2xx. Read it with [errors.As].
type Refusal struct { //nolint:errname // the field's own word for an answer that says no
	// Status is the HTTP status.
	Status int
	// Code and Message are Graph's, verbatim but bounded. A body that is not
	// Graph's envelope gives the status text and what text it had.
	Code, Message string
	// RequestID is what Microsoft support asks for, Date when Graph answered (UTC).
	RequestID string
	Date      time.Time
	// RetryAfter is at least a second, zero when Graph named none.
	RetryAfter time.Duration
	// Load is that of [Receipt].
	Load float64
	// Entry is what the catalogue knows about it.
	Entry Entry
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message)
}

// Hint is the catalogue's advice.
func (r *Refusal) Hint() string { return r.Entry.Advice }

// UserID returns the object id that the message names, "" when it names none:
// the account that already owns the address.
func (r *Refusal) UserID() string {
	if m := objectID.FindStringSubmatch(r.Message); m != nil {
		return m[1]
	}
	return ""
}

// Throttled reports whether Graph turned the request away unread: it may be
// sent again after RetryAfter, and nothing was done.
func (r *Refusal) Throttled() bool {
	return r.Status == http.StatusTooManyRequests ||
		r.Status == http.StatusServiceUnavailable && r.RetryAfter > 0
}

// TooMany reports whether it was for the number of requests: the tenant gives
// less than was asked for. A 503 is throttled as well, for reasons of its own.
func (r *Refusal) TooMany() bool { return r.Status == http.StatusTooManyRequests }

// Denied reports whether the sign-in may not do what was asked.
func (r *Refusal) Denied() bool {
	return r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
}

// Open reports whether it is unknown what happened: the service or something
// before it broke while the request was with them.
func (r *Refusal) Open() bool {
	return !r.Throttled() && (r.Status >= http.StatusInternalServerError || r.Status == http.StatusRequestTimeout)
}

// refusal is the one place that turns an answer into an error. It has
// something to say about any body, HTML and nothing at all included.
func refusal(a answer) *Refusal {
	var envelope struct {
		Error struct {
			Code       string `json:"code"`
			Message    string `json:"message"`
			InnerError struct {
				RequestID string `json:"request-id"`
			} `json:"innerError"`
		} `json:"error"`
	}
	r := &Refusal{Status: a.status, Load: a.load(), RequestID: a.requestID(), Date: time.Now().UTC()}
	if json.Unmarshal(a.body, &envelope) == nil {
		r.Code, r.Message = plain(envelope.Error.Code), plain(envelope.Error.Message)
		r.RequestID = first(r.RequestID, envelope.Error.InnerError.RequestID)
	} else {
		r.Message = plain(string(a.body))
	}
	r.Code = first(r.Code, strings.ReplaceAll(http.StatusText(a.status), " ", ""))
	r.Message = first(r.Message, http.StatusText(a.status), "no text")
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		r.Date = date.UTC()
	}
	r.RetryAfter = retryAfter(a.header.Get("Retry-After"), r.Date)
	r.Entry = look(r.Status, r.Code, r.Message)
	return r
}

var tags = regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<[^>]*>`)

// plain gives a message that fits a cell and a terminal: one line, markup and
// control characters gone, bounded.
func plain(s string) string {
	if strings.Contains(strings.ToLower(s), "<html") {
		s = tags.ReplaceAllString(s, " ")
	}
	return text.Truncate(secret.Mask(text.Line(s)), maxMessage)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// maxRetryAfter caps how long one answer may hold a run back. Reports know
// waits of minutes; a day would be a fault.
const maxRetryAfter = time.Hour

// retryAfter reads the header in its three forms: whole seconds, fractions
// (older Graph samples show 2.128) and an HTTP date, which is compared with the
// answer's own Date. It gives whole seconds, 1 s to [maxRetryAfter], and zero
// when there is no readable value.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil {
		date, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		seconds = date.Sub(now).Seconds()
	}
	if math.IsNaN(seconds) {
		return 0
	}
	seconds = min(max(1, math.Ceil(seconds)), maxRetryAfter.Seconds())
	return time.Duration(seconds) * time.Second
}
