package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// answer is a response that was read to its end.
type answer struct {
	status          int
	header          http.Header
	body            []byte
	clientRequestID string
}

func (a answer) requestID() string { return cleanText(a.header.Get("Request-Id")) }

// unreadable is the error of an answer that came and cannot be used.
func (a answer) unreadable(err error) error {
	return &NoAnswerError{Err: cleanError(err), RequestID: a.requestID(), ClientRequestID: a.clientRequestID}
}

// load is how much of the tenant's limit is used, 0 when the header is absent
// or makes no sense.
func (a answer) load() float64 {
	share, err := strconv.ParseFloat(a.header.Get("X-Ms-Throttle-Limit-Percentage"), 64)
	if err != nil || !(share >= 0 && share < 100) {
		return 0
	}
	return share
}

// isGraphs reports whether an answer can be Graph's own. Graph gives every answer a
// request-id, and refuses in JSON. Faults of the service count as its own in any
// case: its gateways answer with pages, too, and a request that they had may have
// been carried out.
func (a answer) isGraphs() bool {
	switch {
	case a.status == http.StatusNetworkAuthenticationRequired: // what a captive portal should say (RFC 6585)
		return false
	case a.status >= http.StatusInternalServerError, a.status == http.StatusTooManyRequests, a.status == http.StatusRequestTimeout:
		return true
	case a.header.Get("Request-Id") != "":
		return true
	case a.status == http.StatusNoContent: // captive portals answer so, and nothing in it is Graph's
		return false
	case a.status < http.StatusMultipleChoices:
		return !a.isPage()
	case a.status < http.StatusBadRequest:
		return false
	case a.status == http.StatusUnauthorized && len(a.body) == 0: // it shows no one else
		return true
	default:
		return a.hasEnvelope()
	}
}

// isPage reports whether the body is a web page. Graph has put pages into its JSON,
// but not in the place of it.
func (a answer) isPage() bool {
	body := bytes.TrimLeft(bytes.TrimPrefix(a.body, []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(body, []byte("<")) || strings.HasPrefix(a.header.Get("Content-Type"), "text/html")
}

// hasEnvelope reports whether the body is a refusal as Graph words it.
func (a answer) hasEnvelope() bool {
	var envelope struct {
		Error *struct {
			Code *string `json:"code"`
		} `json:"error"`
	}
	return json.Unmarshal(a.body, &envelope) == nil && envelope.Error != nil && envelope.Error.Code != nil
}
