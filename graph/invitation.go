package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"guestlist/internal/secret"
)

// MaxSponsors is how many sponsors an invitation may name
// (learn.microsoft.com/graph/api/resources/invitation).
const MaxSponsors = 5

// Invitation is the body of POST /invitations. The address and the redirect
// URL are required; Graph fills in the rest
// (learn.microsoft.com/graph/api/resources/invitation).
type Invitation struct {
	// EmailAddress is the guest's. The documentation lists characters that it may
	// not have.
	EmailAddress string `json:"invitedUserEmailAddress"`
	// DisplayName has at most 256 characters, as user.displayName has. The name in
	// the guest's own directory replaces it on redemption, by public reports.
	DisplayName string `json:"invitedUserDisplayName,omitempty"`
	// RedirectURL is where the guest lands after redeeming: absolute http or https.
	RedirectURL string `json:"inviteRedirectUrl"`
	// SendMessage has Microsoft send the invitation email. Graph's default is false.
	SendMessage bool `json:"sendInvitationMessage"`
	// MessageInfo matters only when SendMessage is set.
	MessageInfo *MessageInfo `json:"invitedUserMessageInfo,omitempty"`
	// UserType is "Guest" (Graph's default) or "Member".
	UserType string `json:"invitedUserType,omitempty"`
	// Sponsors are users or groups, [MaxSponsors] at most. The metadata of the
	// national clouds lacks the property.
	Sponsors []Object `json:"invitedUserSponsors,omitempty"`
	// ResetRedemption gives an existing guest, named by InvitedUser, a new
	// sign-in identity.
	ResetRedemption bool `json:"resetRedemption,omitempty"`
	// InvitedUser names an existing account. With an internal user's id it
	// converts the account for good, so no code may set it unasked
	// (learn.microsoft.com/entra/external-id/invite-internal-users).
	InvitedUser *Object `json:"invitedUser,omitempty"`
}

// Object names a directory object.
type Object struct {
	// ID is the object's id, a GUID.
	ID string `json:"id"`
}

// MessageInfo is what an invitation says about its email
// (learn.microsoft.com/graph/api/resources/invitedusermessageinfo).
type MessageInfo struct {
	// Body is plain text; no maximum is documented. Graph leaves it out without a
	// word when an app sends without a signed-in user, or the inviter has no
	// email address (learn.microsoft.com/entra/external-id/troubleshoot).
	Body string `json:"customizedMessageBody,omitempty"`
	// Language is a culture such as "nl-NL"; Graph's default is en-US.
	Language string `json:"messageLanguage,omitempty"`
	// CC holds one recipient at most: Graph sends a copy to the first alone.
	CC []Recipient `json:"ccRecipients,omitempty"`
}

// Recipient is an email address the way Graph wraps it.
type Recipient struct {
	// EmailAddress is the recipient's.
	EmailAddress EmailAddress `json:"emailAddress"`
}

// EmailAddress is an address without a name.
type EmailAddress struct {
	// Address is the address itself.
	Address string `json:"address"`
}

// CC wraps the address of one Cc recipient for [MessageInfo].
func CC(address string) []Recipient {
	return []Recipient{{EmailAddress: EmailAddress{Address: address}}}
}

// StatusError is the invitation status that counts as a failure although Graph
// answered 201. Microsoft has never explained it
// (github.com/microsoftgraph/microsoft-graph-docs/issues/9382).
const StatusError = "Error"

// StatusCompleted is the invitation status that leaves nothing to redeem.
const StatusCompleted = "Completed"

// Receipt is what Graph answers to an invitation. The redeem URL exists only
// here: Graph has no way to read an invitation again.
type Receipt struct {
	// Address is whom the answer says to be invited, as it stands there, "" where it
	// does not say: for comparing, not for showing.
	Address string
	// RedeemURL is the invitation link, an https URL, "" where the answer has none. It
	// carries a ticket.
	RedeemURL secret.Text
	// UserID is the object id of the guest, new or existing.
	UserID string
	// Status is PendingAcceptance, Completed, InProgress or [StatusError].
	Status string
	// RequestID is what Microsoft support asks for, ClientRequestID the id that
	// went along with the request.
	RequestID, ClientRequestID string
	// Load is the share of the tenant's limit that is used, from
	// x-ms-throttle-limit-percentage: 0.8 to 1.8, and 0 below that
	// (learn.microsoft.com/graph/throttling-limits).
	Load float64
}

// These describe an answer that cannot be used. They quote none of the body, since
// it may hold a part of the redeem URL.
var (
	errNotCreated = errors.New("the answer is not 201 Created")
	errNoJSON     = errors.New("the answer is not readable JSON")
	errNoGuest    = errors.New("the answer has neither a link nor a guest")
	errBadLink    = errors.New("the link in the answer is not an https URL")
)

// Invite creates an invitation: POST /invitations, 201 on success
// (learn.microsoft.com/graph/api/invitation-post). It needs User.Invite.All.
// Errors are [*Refusal], [*UnreachableError], [*NoAnswerError], [*NotGraphError],
// [*SignInError] and that of the client's gate.
func (c *Client) Invite(ctx context.Context, inv Invitation) (Receipt, error) {
	body, err := json.Marshal(inv)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode invitation: %w", err)
	}
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/invitations", body: body})
	if err != nil {
		return Receipt{}, err
	}
	if a.status >= http.StatusMultipleChoices {
		refused := refusal(a)
		if len(inv.Sponsors) == 0 && inv.InvitedUser == nil {
			refused.namesNothing()
		}
		return Receipt{}, refused
	}
	r, err := receipt(a)
	if err != nil && a.requestID() == "" { // Graph gives every answer one
		return r, c.notGraph(a)
	}
	return r, err
}

// receipt reads a 201. One without a link is an answer all the same, if it names the
// guest: there is one.
func receipt(a answer) (Receipt, error) {
	if a.status != http.StatusCreated {
		return Receipt{}, a.unreadable(errNotCreated)
	}
	var got struct {
		Address     string `json:"invitedUserEmailAddress"`
		RedeemURL   string `json:"inviteRedeemUrl"`
		Status      string `json:"status"`
		InvitedUser Object `json:"invitedUser"`
	}
	if json.Unmarshal(a.body, &got) != nil {
		return Receipt{}, a.unreadable(errNoJSON)
	}
	link := secret.New(got.RedeemURL)
	switch {
	case link.IsZero() && got.InvitedUser.ID == "" && got.Status != StatusError:
		return Receipt{}, a.unreadable(errNoGuest)
	case !link.IsZero() && !IsHTTPS(link):
		return Receipt{}, a.unreadable(errBadLink)
	}
	return Receipt{
		Address:   got.Address,
		RedeemURL: link,
		UserID:    cleanText(got.InvitedUser.ID),
		Status:    cleanText(got.Status),
		RequestID: a.requestID(), ClientRequestID: a.clientRequestID,
		Load: a.load(),
	}, nil
}
