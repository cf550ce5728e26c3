package graph_test

import (
	"net/url"
	"strings"
	"testing"

	"guestlist/graph"
	"guestlist/internal/secret"
)

func TestOnlyLinksOfTheDocumentedShapeAreInvitationLinks(t *testing.T) {
	const tenant = "04dcc6ab-388a-4559-b527-fbec656300ea"
	link := func(outer, inner string) string { return outer + "?rd=" + url.QueryEscape(inner) }
	const login, invitations = "https://login.microsoftonline.com/redeem", "https://invitations.microsoft.com/redeem/?tenant=" + tenant + "&user=u&ticket=t%3d&ver=2.0"
	for name, test := range map[string]struct {
		link string
		want bool
	}{
		"as documented":         {link(login, invitations), true},
		"in other letters":      {link("https://login.microsoftonline.com/redeem/", strings.Replace(invitations, tenant, strings.ToUpper(tenant), 1)), true},
		"http":                  {link("http://login.microsoftonline.com/redeem", invitations), false},
		"another host":          {link("https://login.microsoftonline.com.evil.example/redeem", invitations), false},
		"a user before it":      {link("https://login.microsoftonline.com@evil.example/redeem", invitations), false},
		"a port":                {link("https://login.microsoftonline.com:8443/redeem", invitations), false},
		"another cloud":         {link("https://login.microsoftonline.us/redeem", invitations), false},
		"a consent page":        {"https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=evil", false},
		"consent behind redeem": {link("https://login.microsoftonline.com/common/redeem", invitations), false},
		"no inner address":      {login, false},
		"inner host":            {link(login, strings.Replace(invitations, "invitations.microsoft.com", "evil.example", 1)), false},
		"inner http":            {link(login, strings.Replace(invitations, "https", "http", 1)), false},
		"another tenant":        {link(login, strings.Replace(invitations, tenant, "00000000-0000-0000-0000-000000000000", 1)), false},
		"two tenants":           {link(login, invitations+"&tenant="+tenant), false},
		"no tenant":             {link(login, "https://invitations.microsoft.com/redeem/?user=u"), false},
		"two inner addresses":   {link(login, invitations) + "&rd=" + url.QueryEscape("https://evil.example"), false},
		"no URL":                {"click here", false},
		"nothing":               {"", false},
	} {
		cloud, err := graph.ParseCloud("public")
		if err != nil {
			t.Fatal(err)
		}
		if got := cloud.IsInvitationLink(secret.New(test.link), tenant); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, c := range graph.Clouds() {
		if !c.IsInvitationLink(secret.New(link(c.Authority+"/redeem", invitations)), "") {
			t.Errorf("%s: its own link of some tenant is refused", c.Name)
		}
	}
}
