package sandbox

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// Invitation is the body of an invitation as it was sent
// (learn.microsoft.com/graph/api/resources/invitation).
type Invitation struct {
	InvitedUserEmailAddress string       `json:"invitedUserEmailAddress"`
	InvitedUserDisplayName  *string      `json:"invitedUserDisplayName"`
	InvitedUserType         *string      `json:"invitedUserType"`
	InviteRedirectURL       string       `json:"inviteRedirectUrl"`
	SendInvitationMessage   bool         `json:"sendInvitationMessage"`
	InvitedUserMessageInfo  *MessageInfo `json:"invitedUserMessageInfo"`
	ResetRedemption         bool         `json:"resetRedemption"`
	InvitedUser             *Reference   `json:"invitedUser"`
	InvitedUserSponsors     []Reference  `json:"invitedUserSponsors"`
}

// MessageInfo is what an invitation says about its email
// (learn.microsoft.com/graph/api/resources/invitedusermessageinfo).
type MessageInfo struct {
	MessageLanguage       *string     `json:"messageLanguage"`
	CcRecipients          []Recipient `json:"ccRecipients"`
	CustomizedMessageBody *string     `json:"customizedMessageBody"`
}

// Recipient gets a copy of the email.
type Recipient struct {
	EmailAddress EmailAddress `json:"emailAddress"`
}

// EmailAddress is an address with a name.
type EmailAddress struct {
	Name    *string `json:"name"`
	Address *string `json:"address"`
}

// Reference names an object of the directory.
type Reference struct {
	// ID is the object id, a GUID.
	ID string `json:"id"`
}

// shape lists the properties that an object may have. An empty shape is that of
// a plain value.
type shape map[string]shape

// invitable is what a request may say. The service ignores other properties of
// invitedUser, which is why the sandbox refuses them.
var invitable = shape{
	"invitedUserEmailAddress": {},
	"invitedUserDisplayName":  {},
	"invitedUserType":         {},
	"inviteRedirectUrl":       {},
	"sendInvitationMessage":   {},
	"invitedUserMessageInfo": {
		"messageLanguage":       {},
		"customizedMessageBody": {},
		"ccRecipients":          {"emailAddress": {"name": {}, "address": {}}},
	},
	"resetRedemption":     {},
	"invitedUser":         {"id": {}},
	"invitedUserSponsors": {"id": {}},
}

// unknownProperty returns a property of a decoded JSON value that its shape does
// not have, "" when there is none.
func (s shape) unknownProperty(value any) string {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if name := s.unknownProperty(item); name != "" {
				return name
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			inner, known := s[name]
			if !known {
				return name
			}
			if deeper := inner.unknownProperty(value[name]); deeper != "" {
				return deeper
			}
		}
	}
	return ""
}

// maxBody is Graph's general limit for a request, in bytes.
const maxBody = 4 << 20

const unreadable = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."

// readInvitation reads an invitation strictly. What could be read comes back
// with a refusal as well.
func readInvitation(r *http.Request) (Invitation, *refusal) {
	var inv Invitation
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return inv, badRequest(unreadable)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return inv, badRequest(unreadable)
	}
	var loose map[string]any
	if err := json.Unmarshal(body, &loose); err != nil || loose == nil {
		return inv, badRequest(unreadable)
	}
	if name := invitable.unknownProperty(loose); name != "" {
		return inv, badRequest("The property '" + name + "' does not exist on type 'microsoft.graph.invitation'. Make sure to only use property names that are defined by the type.")
	}
	if err := json.Unmarshal(body, &inv); err != nil {
		return inv, badRequest("Cannot convert a value of the invitation to the type of its property: " + err.Error())
	}
	return inv, inv.validate()
}

// maxSponsors is the documented limit.
const maxSponsors = 5

// validate says what is wrong with an invitation by itself, nil for nothing. The
// limits are Graph's; its texts for them are not known.
func (inv Invitation) validate() *refusal {
	switch {
	case inv.InvitedUserEmailAddress == "":
		return badRequest("Required property 'invitedUserEmailAddress' is missing.")
	case inv.InviteRedirectURL == "":
		return badRequest("Required property 'inviteRedirectUrl' is missing.")
	case !isAddress(inv.InvitedUserEmailAddress):
		return badRequest("The value of 'invitedUserEmailAddress' is not an email address.")
	case !isAbsolute(inv.InviteRedirectURL):
		return badRequest("The value of 'inviteRedirectUrl' is not an absolute URL.")
	case inv.userType() != guestType && inv.userType() != memberType:
		return badRequest("The value of 'invitedUserType' is neither Guest nor Member.")
	case len(inv.InvitedUserSponsors) > maxSponsors:
		return badRequest("'invitedUserSponsors' has more than 5 sponsors.")
	case !areObjects(inv.InvitedUserSponsors):
		return badRequest("The id of a sponsor is not an object id.")
	case inv.InvitedUser != nil && !areObjects([]Reference{*inv.InvitedUser}):
		return badRequest("The id of 'invitedUser' is not an object id.")
	case inv.ResetRedemption && inv.InvitedUser == nil:
		return badRequest("'resetRedemption' requires the id of 'invitedUser'.")
	default:
		return nil
	}
}

// isAddress refuses only what cannot be an address.
func isAddress(text string) bool {
	local, domain, found := strings.Cut(text, "@")
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	return found && local != "" && domain != "" &&
		!strings.Contains(domain, "@") && !strings.ContainsFunc(text, odd)
}

func isAbsolute(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.IsAbs() && u.Host != ""
}

// idLength is that of an object id in its usual form, the only one taken here.
const idLength = 36

func areObjects(refs []Reference) bool {
	for _, ref := range refs {
		if len(ref.ID) != idLength || uuid.Validate(ref.ID) != nil {
			return false
		}
	}
	return true
}

const (
	guestType  = "Guest"
	memberType = "Member"
)

func (inv Invitation) userType() string {
	if inv.InvitedUserType == nil {
		return guestType
	}
	return *inv.InvitedUserType
}

// displayName falls back on the local part, as the directory does.
func (inv Invitation) displayName() string {
	if inv.InvitedUserDisplayName != nil {
		return *inv.InvitedUserDisplayName
	}
	local, _, _ := strings.Cut(inv.InvitedUserEmailAddress, "@")
	return local
}

// echoedMessage is what the answer says about the email: Graph adds an empty
// recipient where the request named none.
func (inv Invitation) echoedMessage() MessageInfo {
	var info MessageInfo
	if inv.InvitedUserMessageInfo != nil {
		info = *inv.InvitedUserMessageInfo
	}
	if len(info.CcRecipients) == 0 {
		info.CcRecipients = []Recipient{{}}
	}
	return info
}

// created is the documented body of a 201.
type created struct {
	Context                 string      `json:"@odata.context"`
	ID                      string      `json:"id"`
	InviteRedeemURL         string      `json:"inviteRedeemUrl"`
	InvitedUserDisplayName  *string     `json:"invitedUserDisplayName"`
	InvitedUserType         string      `json:"invitedUserType"`
	InvitedUserEmailAddress string      `json:"invitedUserEmailAddress"`
	SendInvitationMessage   bool        `json:"sendInvitationMessage"`
	ResetRedemption         bool        `json:"resetRedemption"`
	InviteRedirectURL       string      `json:"inviteRedirectUrl"`
	Status                  string      `json:"status"`
	InvitedUserMessageInfo  MessageInfo `json:"invitedUserMessageInfo"`
	InvitedUser             account     `json:"invitedUser"`
}

// account is the part of an answer about the guest.
type account struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
}

func newCreated(inv Invitation, p *person, status string) created {
	return created{
		Context:                 metadata + "#invitations/$entity",
		ID:                      p.invitationID(),
		InviteRedeemURL:         p.redeemURL(),
		InvitedUserDisplayName:  inv.InvitedUserDisplayName,
		InvitedUserType:         inv.userType(),
		InvitedUserEmailAddress: inv.InvitedUserEmailAddress,
		SendInvitationMessage:   inv.SendInvitationMessage,
		ResetRedemption:         inv.ResetRedemption,
		InviteRedirectURL:       inv.InviteRedirectURL,
		Status:                  status,
		InvitedUserMessageInfo:  inv.echoedMessage(),
		InvitedUser:             account{p.id, p.principalName()},
	}
}
