package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBatchItems is how many requests a $batch may hold
// (learn.microsoft.com/graph/json-batching).
const maxBatchItems = 20

// batchItem is one request of a $batch. The sandbox knows no dependsOn.
type batchItem struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// batchAnswer is the answer to one request of a $batch.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// readBatch reads the requests of a $batch, strictly.
func readBatch(r *http.Request) ([]batchItem, *refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return nil, badRequest(unreadable)
	}
	var batch struct {
		Requests []batchItem `json:"requests"`
	}
	in := json.NewDecoder(strings.NewReader(string(body)))
	in.DisallowUnknownFields()
	if err := in.Decode(&batch); err != nil {
		return nil, badRequest("Invalid batch payload format: " + err.Error())
	}
	if n := len(batch.Requests); n == 0 || n > maxBatchItems {
		return nil, badRequest("Number of batch request steps exceeds the maximum value of " + strconv.Itoa(maxBatchItems) + ".")
	}
	seen := map[string]bool{}
	for _, item := range batch.Requests {
		id := strings.ToLower(item.ID)
		if id == "" || seen[id] {
			return nil, badRequest("The request ids of a batch must be unique.")
		}
		seen[id] = true
		if !strings.HasPrefix(item.URL, "/") {
			return nil, badRequest("The URL of request '" + item.ID + "' is not relative.")
		}
	}
	return batch.Requests, nil
}

// request is what the item asks for, under the token of the batch.
func (item batchItem) request(outer *http.Request) (*http.Request, *refusal) {
	target, err := url.Parse(root + item.URL)
	if err != nil {
		return nil, badRequest("The URL of request '" + item.ID + "' cannot be read.")
	}
	r := outer.Clone(outer.Context())
	r.Method, r.URL = item.Method, target
	r.Body = io.NopCloser(strings.NewReader(string(item.Body)))
	r.Header = http.Header{"Authorization": outer.Header.Values("Authorization")}
	for name, value := range item.Headers {
		r.Header.Set(name, value)
	}
	return r, nil
}

// answer is a response as an item of the answer.
func (item batchItem) answer(r response) batchAnswer {
	a := batchAnswer{ID: item.ID, Status: r.status, Headers: map[string]string{}}
	for name := range r.header {
		a.Headers[name] = r.header.Get(name)
	}
	switch {
	case len(r.body) == 0:
	case json.Valid(r.body):
		a.Body = json.RawMessage(r.body)
	default:
		a.Body = base64.StdEncoding.EncodeToString(r.body)
	}
	return a
}
