package graph_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestRefusalsSurviveAnyBody(t *testing.T) {
	const envelope = `{"error":{"code":%q,"message":%q,"innerError":{"date":"2026-04-16T00:00:00","request-id":"inner-1"}}}`
	page := "<!DOCTYPE html><html><style>x{}</style><body>404 - File or directory not found.</body></html>"
	for _, test := range []struct {
		name, body    string
		status        int
		code, message string
	}{
		{"envelope", fmt.Sprintf(envelope, "BadRequest", "Group email address is not supported."), 400, "BadRequest", "Group email address is not supported."},
		{"page in envelope", fmt.Sprintf(envelope, "UnknownError", page), 404, "UnknownError", "404 - File or directory not found."},
		{"page", page, 502, "BadGateway", "404 - File or directory not found."},
		{"nothing", "", 500, "InternalServerError", "Internal Server Error"},
		{"other JSON", `{"oops":1}`, 403, "Forbidden", "Forbidden"},
		{"long", strings.Repeat("ä", 5000), 400, "BadRequest", strings.Repeat("ä", 500) + "…"},
		{"secrets", `see ` + redeemURL + ` and eyJhbGciOi.eyJ0aWQi.c2ln, Authorization: Bearer abc`, 400, "BadRequest", "see [secret] and [secret], Authorization: [secret]"},
		{"controls", "a\x00\x1b[31mb\xff", 400, "BadRequest", "a\ufffd\ufffd[31mb\ufffd"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Request-Id", "req-1") // of Graph's own answers, whatever is in them
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			_, err := c.Invite(t.Context(), graph.Invitation{})
			var refused *graph.Refusal
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			assert.Equal(t, "status", refused.Status, test.status)
			assert.Equal(t, "code", refused.Code, test.code)
			assert.Equal(t, "message", refused.Message, test.message)
		})
	}
}
