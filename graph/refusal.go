package graph

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// maxMessage bounds the text that a refusal keeps, in bytes: Graph has put
// whole HTML pages there (github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/2456).
const maxMessage = 1000

// objectID finds the account in "… as object ID: {id}", also spelled objectID.
var objectID = regexp.MustCompile(`(?i)object ?id:? *([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// Refusal is an answer other than 2xx. Read it with [errors.As].
type Refusal struct { //nolint:errname // what Microsoft's pages call such an answer
	// Status is the HTTP status.
	Status int
	// Code and Message are Graph's, on one line, bounded and without secrets. What
	// Graph says in details is a part of the message. A body that is not Graph's
	// envelope gives the status text and its own text.
	Code, Message string
	// RequestID and Date (UTC), when Graph answered, are what Microsoft support
	// asks for.
	RequestID string
	Date      time.Time
	// ClientRequestID is the id that went along with the request.
	ClientRequestID string
	// RetryAfter is in whole seconds, 1 second to 1 year, zero when Graph named none.
	RetryAfter time.Duration
	// Load is as in [Receipt].
	Load float64
	// Envelope says that the body is Graph's own, and not that of something in front
	// of it.
	Envelope bool
	// Claims are those that the token lacks, a JSON object, "" where it lacks none.
	Claims string
	// Entry is what the catalogue knows about it.
	Entry Entry
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message)
}

// Hint is the catalogue's advice.
func (r *Refusal) Hint() string {
	if r.Claims != "" {
		return r.Entry.Advice + "\nWith the Azure CLI: " + ClaimsCommand(r.Claims)
	}
	return r.Entry.Advice
}

// UserID returns the object id of the account that already owns the address,
// which the message names; "" when it names none.
func (r *Refusal) UserID() string {
	if m := objectID.FindStringSubmatch(r.Message); m != nil {
		return m[1]
	}
	return ""
}

// codeThrottled is what the directory answers when it has too much to do, with
// whatever status.
const codeThrottled = "Request_ThrottledTemporarily"

// Throttled reports whether Graph turned the request away unprocessed: nothing
// was done, and it may be sent again after RetryAfter
// (learn.microsoft.com/graph/throttling). A 503 without Graph's envelope is from
// something in front of it, and proves nothing.
func (r *Refusal) Throttled() bool {
	return r.Status == http.StatusTooManyRequests || r.Code == codeThrottled ||
		r.Status == http.StatusServiceUnavailable && r.Envelope && r.RetryAfter > 0
}

// Fault reports whether the service was not able to answer, whatever was asked: other
// rows would meet the same. A fault that the catalogue knows by its text concerns the
// row.
func (r *Refusal) Fault() bool {
	return r.Code == codeThrottled ||
		(r.Status >= http.StatusInternalServerError || r.Status == http.StatusRequestTimeout) && len(r.Entry.Texts) == 0
}

// Unprocessed reports whether the service itself said that it was not there for the
// request: nothing was done (learn.microsoft.com/graph/errors), and it may be sent again.
func (r *Refusal) Unprocessed() bool {
	return r.Status == http.StatusServiceUnavailable && r.Envelope && !r.Throttled()
}

// TooMany reports whether the number of requests was the reason: the tenant
// allows fewer than were sent. A 503 is throttled for other reasons.
func (r *Refusal) TooMany() bool { return r.Status == http.StatusTooManyRequests }

// Denied reports whether the sign-in lacks the permission for the request.
func (r *Refusal) Denied() bool {
	return r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
}

// Open reports whether it is unknown what happened: the service, or something in
// front of it, broke while it had the request.
func (r *Refusal) Open() bool {
	return !r.Throttled() && !r.Unprocessed() && (r.Status >= http.StatusInternalServerError || r.Status == http.StatusRequestTimeout)
}

// passes reports whether the same read may be answered a little later.
func (r *Refusal) passes() bool { return r.Throttled() || r.Open() || r.Unprocessed() }

// missingObject finds the object in "Resource '{id}' does not exist …".
var missingObject = regexp.MustCompile(`(?i)\bresource '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'`)

// Missing returns the id of the object of which Graph says that it is not there, in lower
// case; "" where the message names none.
func (r *Refusal) Missing() string {
	if m := missingObject.FindStringSubmatch(r.Message); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// Conflict reports whether Graph found another change in the way. An invitation makes a user
// and sends an email, and which of its steps met the conflict the answer does not tell: the
// email may have left.
func (r *Refusal) Conflict() bool {
	return r.Entry.Name == concurrentChange && r.Status != http.StatusLocked
}

// TimedOut reports whether something in front of the service gave up waiting for it: the
// service may be busy with the request still.
func (r *Refusal) TimedOut() bool {
	return r.Status == http.StatusGatewayTimeout || r.Status == http.StatusRequestTimeout
}

// refusal is the one place that turns an answer into an error. It accepts any
// body, HTML and an empty one included.
func refusal(a answer) *Refusal {
	var envelope struct {
		Error graphError `json:"error"`
	}
	var inner []string
	r := &Refusal{Status: a.status, Load: a.load(), RequestID: a.requestID(), ClientRequestID: a.clientRequestID, Date: time.Now().UTC()}
	if json.Unmarshal(a.body, &envelope) == nil {
		r.Envelope = envelope.Error.Code != ""
		r.Code, r.Message = cleanText(envelope.Error.Code), cleanText(envelope.Error.text())
		r.RequestID = cmp.Or(r.RequestID, cleanText(envelope.Error.inner().RequestID))
		inner = envelope.Error.innerCodes()
	} else {
		r.Message = cleanText(string(a.body))
	}
	r.Code = cmp.Or(r.Code, strings.ReplaceAll(http.StatusText(a.status), " ", ""))
	r.Message = cmp.Or(r.Message, http.StatusText(a.status), "no text")
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		r.Date = date.UTC()
	}
	r.RetryAfter = retryAfter(a.header.Get("Retry-After"), r.Date)
	r.Entry = classify(r.Status, r.Code, r.Message, inner...)
	if r.Claims = claimsAsked(a); r.Claims != "" {
		r.Entry = entryNamed(claimsChallenge)
	}
	return r
}

// graphError is Graph's envelope, or one of its details
// (learn.microsoft.com/graph/errors). What is no part of every answer is read
// leniently: it must not cost the code and the message.
type graphError struct {
	Code       string          `json:"code"`
	Message    string          `json:"message"`
	Target     json.RawMessage `json:"target"`
	Details    json.RawMessage `json:"details"`
	InnerError json.RawMessage `json:"innerError"`
}

// innerError says more than the error around it, and may have a further one in it.
type innerError struct {
	Code       string          `json:"code"`
	RequestID  string          `json:"request-id"`
	InnerError json.RawMessage `json:"innerError"`
}

// maxInner bounds how many levels and details are read.
const maxInner = 10

// target is the property that the error is about, "" where none is named.
func (e graphError) target() (name string) {
	_ = json.Unmarshal(e.Target, &name) // anything but a text is left out
	return name
}

func (e graphError) details() (all []graphError) {
	_ = json.Unmarshal(e.Details, &all) // what is no list is left out
	return all[:min(len(all), maxInner)]
}

func (e graphError) inner() (in innerError) {
	_ = json.Unmarshal(e.InnerError, &in) // what is no object is left out
	return in
}

// text is the message with what target and details add to it.
func (e graphError) text() string {
	said := e.about()
	for _, d := range e.details() {
		if more := d.about(); more != "" && !strings.Contains(said, more) {
			said = strings.TrimPrefix(said+" - "+more, " - ")
		}
	}
	return said
}

// about is the message with the property that it is about.
func (e graphError) about() string {
	target := e.target()
	if target == "" || strings.Contains(e.Message, target) {
		return e.Message
	}
	return strings.TrimSpace(e.Message + " (" + target + ")")
}

// innerCodes are those of the inner errors and details, the innermost first.
func (e graphError) innerCodes() (codes []string) {
	at := e.InnerError
	for range maxInner {
		var in innerError
		if json.Unmarshal(at, &in) != nil {
			break
		}
		codes = append(codes, in.Code)
		at = in.InnerError
	}
	slices.Reverse(codes)
	for _, d := range e.details() {
		codes = append(codes, d.Code)
	}
	return slices.DeleteFunc(codes, func(code string) bool { return code == "" })
}

// namesNothing corrects the entry of a 404 to a request that names no object: what is
// not found is then nothing that a person could correct.
func (r *Refusal) namesNothing() {
	if r.Entry.Name != objectNotFound {
		return
	}
	r.Entry = entryNamed(notReplicated)
}

// lacksPermission reports whether an answer is about what the sign-in may do, rather than
// about its token or about one object.
func (r *Refusal) lacksPermission() bool {
	switch r.Entry.Name {
	case requestDenied, "InsufficientPrivileges":
		return true
	default:
		return !r.Entry.Known() && r.Status == http.StatusForbidden
	}
}

// notThere reports whether an answer says that an object is missing, in one of the ways that
// have been seen of objects which had just been created.
func (r *Refusal) notThere() bool {
	return slices.Contains([]string{objectNotFound, notReplicated}, r.Entry.Name)
}

// tags finds markup, and styles and scripts with what they enclose.
var tags = regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<[^>]*>`)

// cleanText makes foreign text safe for an error cell, a log and a terminal: one
// line without markup and control characters, secrets masked, at most
// [maxMessage] bytes.
func cleanText(s string) string {
	if strings.Contains(strings.ToLower(s), "<html") {
		s = tags.ReplaceAllString(s, " ")
	}
	return cleanLine(s, maxMessage)
}

// cleanLine is one line of foreign text without secrets, bounded in bytes.
func cleanLine(s string, most int) string { return text.Truncate(secret.Mask(text.Line(s)), most) }

// maxRetryAfter bounds the wait that is read. Waits of minutes have been reported.
const maxRetryAfter = 365 * 24 * time.Hour

// retryAfter reads the header in its three forms: whole seconds, fractions
// (older samples of learn.microsoft.com/graph/throttling show 2.128) and an HTTP
// date, which is compared with the answer's own Date. The result is in whole
// seconds, 1 second to [maxRetryAfter], and zero when there is no readable value.
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
