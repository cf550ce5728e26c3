package sandbox

import (
	"net/url"
	"testing"

	"guestlist/internal/assert"
)

func TestRedeemURLShape(t *testing.T) {
	r := serve(t, Config{})
	body := decode[created](t, r.post(t, ask("pat@fabrikam.example")).body)
	if n := len(body.InviteRedeemURL); n < 350 || n > 450 {
		t.Errorf("%d characters: %s", n, body.InviteRedeemURL)
	}
	outer, err := url.Parse(body.InviteRedeemURL)
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "outer", outer.Host+outer.Path, "login.microsoftonline.com/redeem")
	inner, err := url.Parse(outer.Query().Get("rd"))
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "inner", inner.Host+inner.Path, "invitations.microsoft.com/redeem/")
	assert.Equal(t, "tenant", inner.Query().Get("tenant"), TenantID)
	assert.Equal(t, "user", inner.Query().Get("user"), body.ID)
	assert.Equal(t, "version", inner.Query().Get("ver"), "2.0")
	assert.Equal(t, "ticket", len(inner.Query().Get("ticket")), 144)
}
