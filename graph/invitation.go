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
// (Graph documentation, invitation resource).
const MaxSponsors = 5

// Invitation is the body of POST /invitations. The address and the redirect
// URL are required; Graph fills in the rest.
type Invitation struct {
	EmailAddress string `json:"invitedUserEmailAddress"`
	// DisplayName is at most 256 characters, as user.displayName is. The
	// guest's home name replaces it on redemption.
	DisplayName string `json:"invitedUserDisplayName,omitempty"`
	// RedirectURL is where the guest lands after redeeming: absolute http or https.
	RedirectURL string `json:"inviteRedirectUrl"`
	// SendMessage lets Microsoft mail the invitation. Graph's default is false.
	SendMessage bool `json:"sendInvitationMessage"`
	// MessageInfo matters only when SendMessage is set.
	MessageInfo *MessageInfo `json:"invitedUserMessageInfo,omitempty"`
	// UserType is "Guest" (Graph's default) or "Member".
	UserType string `json:"invitedUserType,omitempty"`
	// Sponsors are users or groups, [MaxSponsors] at most. National clouds
	// lack the property.
	Sponsors []Object `json:"invitedUserSponsors,omitempty"`
	// ResetRedemption gives an existing guest, named by InvitedUser, a new
	// sign-in identity.
	ResetRedemption bool `json:"resetRedemption,omitempty"`
	// InvitedUser names an existing account. With an internal user's id it
	// converts the account for good, so nothing may fill it in by itself.
	InvitedUser *Object `json:"invitedUser,omitempty"`
}

// Object names a directory object by its id, a GUID.
type Object struct {
	ID string `json:"id"`
}

// MessageInfo shapes the invitation mail.
type MessageInfo struct {
	// Body is plain text. Graph drops it silently when an app sends without a
	// signed-in user, or the inviter has no mail address.
	Body string `json:"customizedMessageBody,omitempty"`
	// Language is a culture such as "nl-NL"; Graph's default is en-US.
	Language string `json:"messageLanguage,omitempty"`
	// CC holds one recipient at most: Graph mails only the first.
	CC []Recipient `json:"ccRecipients,omitempty"`
}

// Recipient is a mail address the way Graph wraps it.
type Recipient struct {
	EmailAddress EmailAddress `json:"emailAddress"`
}

// EmailAddress is a bare address.
type EmailAddress struct {
	Address string `json:"address"`
}

// CC wraps a copy recipient's address for [MessageInfo].
func CC(address string) []Recipient {
	return []Recipient{{EmailAddress: EmailAddress{Address: address}}}
}

// StatusError is the invitation status that counts as a failure although Graph
// answered 201. Microsoft never explained it.
const StatusError = "Error"

// Receipt is what Graph answers to an invitation. The redeem URL exists only
// here: Graph has no way to read an invitation again.
type Receipt struct {
	RedeemURL secret.Text
	// UserID is the object id of the guest, new or existing.
	UserID string
	// Status is PendingAcceptance, Completed, InProgress or [StatusError].
	Status    string
	RequestID string
	// Load is the share of the tenant's limit that is used, from
	// x-ms-throttle-limit-percentage: 0.8 to 1.8, 0 when Graph did not say.
	Load float64
}

// errNoLink and errNoJSON describe a 201 that tells nothing. They quote
// nothing of the body, since it may hold a part of the redeem URL.
var (
	errNoLink = errors.New("the answer has no inviteRedeemUrl")
	errNoJSON = errors.New("the answer is not readable JSON")
)

// Invite creates an invitation: POST /invitations, 201 on success. Errors are
// [*Refusal], [*UnreachableError], [*NoAnswerError] and [*SignInError].
func (c *Client) Invite(ctx context.Context, inv Invitation) (Receipt, error) {
	body, err := json.Marshal(inv)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode invitation: %w", err)
	}
	a, err := c.call(ctx, request{http.MethodPost, "/invitations", body})
	if err != nil {
		return Receipt{}, err
	}
	if a.status >= http.StatusMultipleChoices {
		return Receipt{}, refusal(a)
	}
	return receipt(a)
}

func receipt(a answer) (Receipt, error) {
	var got struct {
		RedeemURL   string `json:"inviteRedeemUrl"`
		Status      string `json:"status"`
		InvitedUser Object `json:"invitedUser"`
	}
	if json.Unmarshal(a.body, &got) != nil {
		return Receipt{}, &NoAnswerError{Err: errNoJSON, RequestID: a.requestID()}
	}
	if got.RedeemURL == "" && got.Status != StatusError {
		return Receipt{}, &NoAnswerError{Err: errNoLink, RequestID: a.requestID()}
	}
	return Receipt{
		RedeemURL: secret.New(got.RedeemURL),
		UserID:    got.InvitedUser.ID,
		Status:    got.Status,
		RequestID: a.requestID(),
		Load:      a.load(),
	}, nil
}
