package graph

import (
	"net/url"
	"strings"

	"guestlist/internal/secret"
)

// IsHTTPS reports whether a text is an absolute https URL, as every invitation link is.
func IsHTTPS(link secret.Text) bool {
	u, err := url.Parse(link.Reveal())
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

// LinkHost is the host of an invitation link, "" where it has none. It contains
// nothing of the ticket.
func LinkHost(link secret.Text) string {
	u, err := url.Parse(link.Reveal())
	if err != nil {
		return ""
	}
	return cleanText(strings.ToLower(u.Hostname()))
}

// SignInHost is the host of the cloud's sign-in pages, where its invitation links lead.
func (c Cloud) SignInHost() string {
	u, err := url.Parse(c.Authority)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// IsInvitationLink reports whether a link has the documented shape of those of a
// tenant (learn.microsoft.com/graph/api/invitation-post): https, the cloud's own host,
// /redeem?rd= and in it an https address of Microsoft that names the tenant. A tenant
// of "" is any. A link on the right host is not enough: that host has consent pages
// of strangers, too. Of a name that comes twice it is not known which one counts.
func (c Cloud) IsInvitationLink(link secret.Text, tenant string) bool {
	outer, query, ok := parseHTTPS(link.Reveal())
	if !ok || outer.Host != c.SignInHost() || strings.Trim(outer.Path, "/") != "redeem" || len(query["rd"]) != 1 {
		return false
	}
	inner, query, ok := parseHTTPS(query.Get("rd"))
	if !ok || !isMicrosoft(inner.Host) || len(query["tenant"]) != 1 {
		return false
	}
	return tenant == "" || strings.EqualFold(query.Get("tenant"), tenant)
}

// parseHTTPS reads an https address and its query.
func parseHTTPS(link string) (*url.URL, url.Values, bool) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return nil, nil, false
	}
	query, err := url.ParseQuery(u.RawQuery)
	return u, query, err == nil
}

// microsoftDomains are Microsoft's own, of all clouds: only for the public one is the
// host within a link documented. Domains below which customers have names, such as
// chinacloudapi.cn, are not among them.
var microsoftDomains = []string{
	"microsoft.com", "microsoftonline.com", "microsoft.us", "microsoftonline.us", "microsoftonline.cn",
}

func isMicrosoft(host string) bool {
	for _, domain := range microsoftDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
