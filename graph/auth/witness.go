package auth

import (
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// witness remembers the latest refusal of an authority: for device codes, MSAL
// reads it and gives on an empty body, so that nobody could tell why.
type witness struct {
	mu   sync.Mutex
	body []byte
}

// Do is a step of azidentity's HTTP pipeline.
func (w *witness) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	body, err := runtime.Payload(resp) // which leaves it there to read again
	w.mu.Lock()
	defer w.mu.Unlock()
	w.body = body
	return resp, err
}

// said returns the body of a refusal.
func (w *witness) said(resp *http.Response) ([]byte, error) {
	body, err := runtime.Payload(resp)
	if len(body) > 0 || err != nil {
		return body, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.body, nil
}
