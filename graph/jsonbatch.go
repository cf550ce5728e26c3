package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// BatchSize is how many requests a $batch may hold
// (learn.microsoft.com/graph/json-batching). Graph counts each of them against its
// limits; a $batch saves round trips alone.
const BatchSize = 20

// errNoItem says that an answer to a $batch lacks one of its items.
var errNoItem = errors.New("the answer to a batch is not complete")

// item is one request of a $batch.
type item struct {
	method, path string // as in request
	body         []byte // JSON, nil for none
}

// batchRequest is the $batch of some items, [BatchSize] at most. Their answers may be
// in any order.
func batchRequest(items []item) (request, error) {
	type wireItem struct {
		ID      string            `json:"id"`
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    json.RawMessage   `json:"body,omitempty"`
	}
	var batch struct {
		Requests []wireItem `json:"requests"`
	}
	for i, it := range items {
		wire := wireItem{ID: strconv.Itoa(i), Method: it.method, URL: it.path, Body: it.body}
		if it.body != nil {
			wire.Headers = map[string]string{"Content-Type": "application/json"}
		}
		batch.Requests = append(batch.Requests, wire)
	}
	body, err := json.Marshal(batch)
	if err != nil {
		return request{}, fmt.Errorf("encode batch: %w", err)
	}
	return request{method: http.MethodPost, path: "/$batch", body: body, items: len(items), limit: maxPage}, nil
}

// batchAnswers reads the answer to a $batch of n items: theirs, in the order of the items.
// An item that the answer leaves out has the status 0. An answer with items that nobody
// asked for, or one twice, is of no use: which one to believe is not known.
func batchAnswers(a answer, n int) ([]answer, error) {
	var answered struct {
		Responses []struct {
			ID      string          `json:"id"`
			Status  int             `json:"status"`
			Headers map[string]any  `json:"headers"`
			Body    json.RawMessage `json:"body"`
		} `json:"responses"`
	}
	if json.Unmarshal(a.body, &answered) != nil {
		return nil, a.unreadable(errNoJSON)
	}
	answers := make([]answer, n)
	for i := range answers {
		answers[i] = answer{header: a.header, clientRequestID: a.clientRequestID}
	}
	for _, r := range answered.Responses {
		i, err := strconv.Atoi(r.ID)
		if err != nil || i < 0 || i >= n || answers[i].status != 0 || r.Status < 0 {
			return nil, a.unreadable(errNoItem)
		}
		header := a.header.Clone() // has the ids that support asks for
		header.Del("Retry-After")
		for name, value := range r.Headers { // in any case
			header.Set(name, fmt.Sprint(value))
		}
		answers[i] = answer{status: r.Status, header: header, body: r.Body, clientRequestID: a.clientRequestID}
	}
	return answers, nil
}

// wholeBatch is batchAnswers where a missing item spoils all.
func wholeBatch(a answer, n int) ([]answer, error) {
	answers, err := batchAnswers(a, n)
	if err == nil && slices.ContainsFunc(answers, func(a answer) bool { return a.status == 0 }) {
		return nil, a.unreadable(errNoItem)
	}
	return answers, err
}
