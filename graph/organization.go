package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Organization is what a tenant says about itself.
type Organization struct {
	// ID is the tenant's id, a GUID.
	ID string `json:"id"`
	// Name is the tenant's display name.
	Name string `json:"displayName"`
}

// Organization reads the tenant's id and name: GET /organization
// (learn.microsoft.com/graph/api/organization-list). A signed-in person needs
// User.Read for it, an app Organization.Read.All. Errors are those of
// [Client.Invite].
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	var page struct {
		Value []Organization `json:"value"`
	}
	if err := c.get(ctx, "/organization?$select=id,displayName", &page); err != nil || len(page.Value) == 0 {
		return Organization{}, err
	}
	return page.Value[0], nil
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
	return policy.AllowInvitesFrom, err
}

// get reads one JSON answer into a value.
func (c *Client) get(ctx context.Context, path string, into any) error {
	a, err := c.call(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return refusal(a)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return &NoAnswerError{Err: fmt.Errorf("read %s: %w", path, cleanError(err)), RequestID: a.requestID()}
	}
	return nil
}

// User is a guest or a member as a look-up shows them
// (learn.microsoft.com/graph/api/resources/user).
type User struct {
	// ID is the object id, a GUID.
	ID   string `json:"id"`
	Mail string `json:"mail"`
	// Created is in Graph's time, to the second.
	Created time.Time `json:"createdDateTime"`
	// State is PendingAcceptance, Accepted, or "" for an account that was never
	// invited.
	State string `json:"externalUserState"`
	// Type is Guest or Member.
	Type string `json:"userType"`
}

// userProperties is what a look-up selects: externalUserState comes on request
// only, and a $select halves the cost of the call.
const userProperties = "id,mail,createdDateTime,externalUserState,userType"

// FindUsers looks an address up among the mail addresses and the other
// addresses of accounts: GET /users, which needs User.Read.All
// (learn.microsoft.com/graph/api/user-list). A new guest appears some time after
// the invitation. No match is no error. Errors are those of [Client.Invite].
func (c *Client) FindUsers(ctx context.Context, address string) ([]User, error) {
	quoted := "'" + strings.ReplaceAll(address, "'", "''") + "'"
	query := url.Values{
		"$filter": {"mail eq " + quoted + " or otherMails/any(x:x eq " + quoted + ")"},
		"$select": {userProperties},
	}
	a, err := c.call(ctx, request{method: http.MethodGet, path: "/users?" + query.Encode()})
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, refusal(a)
	}
	var page struct {
		Value []User `json:"value"`
	}
	if err := json.Unmarshal(a.body, &page); err != nil {
		return nil, &NoAnswerError{Err: fmt.Errorf("look-up: %w", cleanError(err)), RequestID: a.requestID()}
	}
	return page.Value, nil
}
