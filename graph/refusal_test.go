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

// Graph may say the reason in the parts of its envelope that most answers lack.
func TestEveryPartOfTheEnvelopeIsRead(t *testing.T) {
	for name, test := range map[string]struct{ body, code, message, entry string }{
		"target": {
			`{"code":"BadRequest","message":"Invalid value.","target":"inviteRedirectUrl"}`,
			"BadRequest", "Invalid value. (inviteRedirectUrl)", "",
		},
		"details": {
			`{"code":"BadRequest","message":"One or more errors.","details":[{"code":"X","message":"Group email address is not supported.","target":"invitedUserEmailAddress"},{"message":"Group"}]}`,
			"BadRequest", "One or more errors. - Group email address is not supported. (invitedUserEmailAddress)", "GroupAddress",
		},
		"details without a message": {
			`{"code":"BadRequest","message":"","details":[{"code":"Directory_QuotaExceeded"}]}`,
			"BadRequest", "Bad Request", "QuotaExceeded",
		},
		"inner code": {
			`{"code":"BadRequest","message":"No.","innerError":{"code":"Outer","innerError":{"code":"Directory_QuotaExceeded"},"request-id":"inner-1"}}`,
			"BadRequest", "No.", "QuotaExceeded",
		},
		"older spelling": {
			`{"code":"BadRequest","message":"No.","innererror":{"code":"Authorization_RequestDenied"}}`,
			"BadRequest", "No.", "RequestDenied",
		},
		"text before inner code": {
			`{"code":"BadRequest","message":"Group email address is not supported.","innerError":{"code":"Directory_QuotaExceeded"}}`,
			"BadRequest", "Group email address is not supported.", "GroupAddress",
		},
		"odd shapes": {
			`{"code":"BadRequest","message":"Group email address is not supported.","target":{"a":1},"details":"none","innerError":[1]}`,
			"BadRequest", "Group email address is not supported.", "GroupAddress",
		},
		"a link in the details": {
			`{"code":"BadRequest","message":"No.","details":[{"message":"see ` + redeemURL + `"}]}`,
			"BadRequest", "No. - see [secret]", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":`+test.body+`}`)
			})
			_, err := c.Invite(t.Context(), graph.Invitation{})
			var refused *graph.Refusal
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			assert.Equal(t, "refusal", []string{refused.Code, refused.Message, refused.Entry.Name}, []string{test.code, test.message, test.entry})
		})
	}
}

// A 404 is the row's fault only where the row names an object that can be missing.
func TestReplicationIsNoFaultOfTheRow(t *testing.T) {
	const gone = `{"error":{"code":"Request_ResourceNotFound","message":"Resource '1' does not exist or one of its queried reference-property objects are not present."}}`
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, gone)
	})
	for want, inv := range map[string]graph.Invitation{
		"NotReplicated":  {EmailAddress: "a@b.example"},
		"ObjectNotFound": {EmailAddress: "a@b.example", Sponsors: []graph.Object{{ID: "1"}}},
	} {
		_, err := c.Invite(t.Context(), inv)
		var refused *graph.Refusal
		if !errors.As(err, &refused) || refused.Entry.Name != want || strings.Contains(refused.Hint(), "object id") != (want == "ObjectNotFound") {
			t.Errorf("want %s, got %v, next: %s", want, err, refused.Hint())
		}
	}
}
