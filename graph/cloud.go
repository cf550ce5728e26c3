package graph

import (
	"fmt"
	"net/url"
	"strings"

	"guestlist/internal/text"
)

// Cloud is one of Microsoft's clouds. Tokens of one are worth nothing in
// another, so the authority and the Graph root always change together.
type Cloud struct {
	// Name is what --cloud calls it.
	Name string
	// GraphURL is the Graph root, e.g. [PublicURL].
	GraphURL string
	// Authority is where tokens come from, an https root.
	Authority string
	// MyApps is where people find the apps that they may use.
	MyApps string
	// Sponsors reports whether invitations may name sponsors: the metadata of
	// the national clouds has no invitedUserSponsors.
	Sponsors bool
	// InvitesOff says that tenants let no one invite guests by default
	// (learn.microsoft.com/graph/api/resources/authorizationpolicy).
	InvitesOff bool
}

// clouds is from Graph's page on national cloud deployments
// (learn.microsoft.com/graph/deployments).
var clouds = []Cloud{
	{Name: "public", GraphURL: PublicURL, Authority: "https://login.microsoftonline.com", MyApps: "https://myapplications.microsoft.com", Sponsors: true},
	{Name: "usgov", GraphURL: "https://graph.microsoft.us/v1.0", Authority: "https://login.microsoftonline.us", MyApps: "https://myapps.microsoft.us", InvitesOff: true},
	{Name: "usgovdod", GraphURL: "https://dod-graph.microsoft.us/v1.0", Authority: "https://login.microsoftonline.us", MyApps: "https://myapps.microsoft.us", InvitesOff: true},
	{Name: "china", GraphURL: "https://microsoftgraph.chinacloudapi.cn/v1.0", Authority: "https://login.chinacloudapi.cn", MyApps: "https://myapps.windowsazure.cn"},
}

// Clouds returns all clouds, the public one first.
func Clouds() []Cloud { return append([]Cloud(nil), clouds...) }

// ParseCloud finds a cloud by its name, in any case. The error is a [*CloudError].
func ParseCloud(name string) (Cloud, error) {
	for _, c := range clouds {
		if strings.EqualFold(c.Name, name) {
			return c, nil
		}
	}
	return Cloud{}, &CloudError{Name: name}
}

// Scope is what a token is asked for: the permissions that the app was granted,
// {graph host}/.default.
func (c Cloud) Scope() string {
	return strings.TrimSuffix(c.GraphURL, "/v1.0") + "/.default"
}

// MyAppsOf is the page of a tenant's apps, where guests see those of the tenant that
// invited them (learn.microsoft.com/entra/external-id/redemption-experience); that of
// the person's own tenant where the id is "".
func (c Cloud) MyAppsOf(tenant string) string {
	if tenant == "" {
		return c.MyApps
	}
	return c.MyApps + "/?tenantid=" + url.QueryEscape(tenant)
}

// CloudError says that there is no cloud of that name.
type CloudError struct {
	// Name is what was given.
	Name string
}

func (e *CloudError) Error() string {
	unknown := fmt.Sprintf("unknown --cloud %q", e.Name)
	if likely := text.Nearest(cloudNames(), e.Name); likely != "" {
		unknown += "; did you mean " + likely + "?"
	}
	return unknown
}

// Hint lists the clouds, with Microsoft's names for them.
func (*CloudError) Hint() string {
	return "the clouds are public (commercial and GCC), usgov (GCC High), usgovdod (DoD) and china (operated by 21Vianet)"
}

func cloudNames() []string {
	names := make([]string, len(clouds))
	for i, c := range clouds {
		names[i] = c.Name
	}
	return names
}
