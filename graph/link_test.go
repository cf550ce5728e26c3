package graph

import (
	"net/url"
	"testing"

	"guestlist/internal/secret"
)

func TestInvitationLinkHasTheDocumentedShape(t *testing.T) {
	const tenant = "04dcc6ab-388a-4559-b527-fbec656300ea"
	around := func(inner string) string {
		return "https://login.microsoftonline.com/redeem?rd=" + url.QueryEscape(inner)
	}
	// The one of learn.microsoft.com/graph/api/invitation-post.
	const documented = "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d04dcc6ab-388a-4559-b527-fbec656300ea%26user%3d7b92124c-9fa9-406f-8b8e-225df8376ba9%26ticket%3dVV9dmiExBsfRIVNFjb5ITj9VXAd07Ypv4gTg%252f8PiuJs%253d%26ver%3d2.0"
	for name, test := range map[string]struct {
		cloud, link, tenant string
		want                bool
	}{
		"as documented":            {"public", documented, tenant, true},
		"the tenant in capitals":   {"public", documented, "04DCC6AB-388A-4559-B527-FBEC656300EA", true},
		"a tenant that is unknown": {"public", documented, "", true},
		"of another tenant":        {"public", documented, "11111111-388a-4559-b527-fbec656300ea", false},
		"of no tenant":             {"public", around("https://invitations.microsoft.com/redeem/?user=x"), tenant, false},
		"of another cloud":         {"usgov", documented, tenant, false},
		"of that cloud":            {"usgov", "https://login.microsoftonline.us/redeem?rd=" + url.QueryEscape("https://invitations.microsoft.us/redeem/?tenant="+tenant), tenant, true},
		"plain http":               {"public", "http" + documented[len("https"):], tenant, false},
		"a consent page":           {"public", "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=x", tenant, false},
		"another path":             {"public", "https://login.microsoftonline.com/redeem/x?rd=" + url.QueryEscape("https://invitations.microsoft.com/?tenant="+tenant), tenant, false},
		"within another site":      {"public", around("https://evil.example/redeem/?tenant=" + tenant), tenant, false},
		"a name like Microsoft's":  {"public", around("https://evilmicrosoft.com/redeem/?tenant=" + tenant), tenant, false},
		"Microsoft as a user":      {"public", around("https://invitations.microsoft.com@evil.example/?tenant=" + tenant), tenant, false},
		"the cloud as a user":      {"public", "https://login.microsoftonline.com@evil.example/redeem?rd=" + url.QueryEscape("https://invitations.microsoft.com/?tenant="+tenant), tenant, false},
		"within it plain http":     {"public", around("http://invitations.microsoft.com/redeem/?tenant=" + tenant), tenant, false},
		"another port":             {"public", "https://login.microsoftonline.com:8443/redeem?rd=" + url.QueryEscape("https://invitations.microsoft.com/?tenant="+tenant), tenant, false},
		"another site":             {"public", "https://links.example/redeem", tenant, false},
		"no URL":                   {"public", "https://%zz", tenant, false},
		"nothing":                  {"public", "", tenant, false},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, err := ParseCloud(test.cloud)
			if err != nil {
				t.Fatal(err)
			}
			if got := cloud.IsInvitationLink(secret.New(test.link), test.tenant); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
