package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// userProperties is what a look-up selects: externalUserState comes on request
// only, and a $select halves the cost of the call.
const userProperties = "id,mail,createdDateTime,externalUserState,userType"

// FindUsers looks an address up among the mail addresses and the other
// addresses of accounts: GET /users, which needs User.Read.All. A guest appears
// some time after the invitation. No match is no error. Errors are those of
// [Client.Invite].
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
		return nil, &NoAnswerError{Err: fmt.Errorf("look-up: %w", err), RequestID: a.requestID()}
	}
	return page.Value, nil
}

// LookUp finds the users of some addresses, by the address as it was asked for. It is
// an error unless each of them was answered.
func (c *Client) LookUp(ctx context.Context, addresses []string) (map[string][]User, error) {
	found := make(map[string][]User)
	for _, address := range addresses {
		users, err := c.FindUsers(ctx, address)
		if err != nil {
			return nil, err
		}
		if len(users) > 0 {
			found[address] = users
		}
	}
	return found, nil
}
