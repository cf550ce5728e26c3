package sandbox

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"guestlist/internal/assert"
)

func TestInviteHeaders(t *testing.T) {
	r := serve(t, Config{})
	req := post(t, r.url, ask("pat@fabrikam.example"))
	req.Header.Set("client-request-id", "7d7e9c3c-0000-4000-8000-000000000001")
	g := r.do(req)
	assert.Equal(t, "client-request-id", g.header.Get("client-request-id"), "7d7e9c3c-0000-4000-8000-000000000001")
	if err := uuid.Validate(g.header.Get("request-id")); err != nil {
		t.Errorf("request-id: %v", err)
	}
	if kind := g.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json; odata.metadata=minimal") {
		t.Errorf("content type %q", kind)
	}
	without := r.post(t, ask("pat@fabrikam.example"))
	assert.Equal(t, "own client-request-id", without.header.Get("client-request-id"), without.header.Get("request-id"))
}
