package graph

import (
	"context"
)

// Organization is what a tenant says about itself.
type Organization struct {
	// ID is the tenant's id, a GUID.
	ID string `json:"id"`
	// Name is the tenant's display name.
	Name string `json:"displayName"`
	// Domains are the tenant's own, whose people are not invited as guests.
	Domains []Domain `json:"verifiedDomains"`
}

// Domain is a domain that a tenant has proved to own
// (learn.microsoft.com/graph/api/resources/verifieddomain).
type Domain struct {
	// Name is the domain, such as contoso.com.
	Name string `json:"name"`
	// Default says that new users get it, Initial that it is the one that ends
	// in .onmicrosoft.com.
	Default bool `json:"isDefault"`
	Initial bool `json:"isInitial"`
}

// Organization reads the tenant's id, name and domains: GET /organization
// (learn.microsoft.com/graph/api/organization-list). A signed-in person needs
// User.Read for it, an app Organization.Read.All. Errors are those of
// [Client.Invite].
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	var page struct {
		Value []Organization `json:"value"`
	}
	if err := c.get(ctx, "/organization?$select=id,displayName,verifiedDomains", &page); err != nil || len(page.Value) == 0 {
		return Organization{}, err
	}
	o := page.Value[0]
	o.ID, o.Name = cleanText(o.ID), cleanText(o.Name) // they are shown
	for i := range o.Domains {
		o.Domains[i].Name = cleanText(o.Domains[i].Name)
	}
	return o, nil
}

// InvitePolicy says who may invite guests into a tenant
// (learn.microsoft.com/graph/api/resources/authorizationpolicy).
type InvitePolicy string

// The values that Microsoft documents.
const (
	// InvitesFromNone lets no one invite.
	InvitesFromNone InvitePolicy = "none"
	// InvitesFromAdmins lets admins and the role Guest Inviter invite.
	InvitesFromAdmins InvitePolicy = "adminsAndGuestInviters"
	// InvitesFromMembers lets all members invite, but not guests.
	InvitesFromMembers InvitePolicy = "adminsGuestInvitersAndAllMembers"
	// InvitesFromAll lets members and guests invite.
	InvitesFromAll InvitePolicy = "everyone"
)

// InvitePolicy reads allowInvitesFrom: GET /policies/authorizationPolicy, which
// needs Policy.Read.All. Errors are those of [Client.Invite].
func (c *Client) InvitePolicy(ctx context.Context) (InvitePolicy, error) {
	var policy struct {
		AllowInvitesFrom InvitePolicy `json:"allowInvitesFrom"`
	}
	err := c.get(ctx, "/policies/authorizationPolicy?$select=allowInvitesFrom", &policy)
	return InvitePolicy(cleanText(string(policy.AllowInvitesFrom))), err
}
