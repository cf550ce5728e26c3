package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"guestlist/internal/secret"
)

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
