package sandbox

import (
	"math"
	"net/http"
	"strings"
	"time"
)

// invitations answers what comes to /invitations, where only POST is known.
// The quota comes first: requests that are wrong use it up as well.
func (t *Tenant) invitations(seen Request, r *http.Request) exchange {
	fault := &notFound
	if r.Method == http.MethodPost {
		seen.Invitation, fault = readInvitation(r)
		seen.Address = key(seen.Invitation.InvitedUserEmailAddress)
	}
	v := t.quota.admit(time.Since(t.start))
	if v.wait > 0 {
		fault = throttled(int(math.Ceil(v.wait.Seconds())))
	}
	if fault != nil {
		return t.refuse(seen, fault).used(v.share)
	}
	return t.settle(seen).used(v.share)
}

// settle does what is in store for the address, and answers.
func (t *Tenant) settle(seen Request) exchange {
	does, g := t.act(&seen)
	var x exchange
	if does.refusal != nil {
		x = t.refusal(seen, does.refusal)
	} else {
		x = t.created(seen, g, does.status)
	}
	x.arrives, x.delay = does.arrives, does.delay
	return x
}

// act changes the directory and records the request, in one step.
func (t *Tenant) act(seen *Request) (behaviour, guest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	does := t.inStore(*seen)
	g := *t.newGuest(seen.Invitation)
	if does.invites {
		g = t.invite(seen.Invitation)
		seen.Invited, seen.Mailed = true, seen.Invitation.SendInvitationMessage
	}
	seen.Status, seen.Cut = does.answers(), does.arrives != whole
	t.record(*seen)
	return does, g
}

// inStore returns the behaviour that the address gets this time. t.mu must be held.
func (t *Tenant) inStore(seen Request) behaviour {
	does := behaviourOf(seen.Address)
	if does.once {
		if t.met[seen.Address] {
			does = ordinary
		}
		t.met[seen.Address] = true
	}
	t.blocked = t.blocked || does.blocks
	switch {
	case t.blocked:
		return behaviour{refusal: &suspicious}
	case does.refusal != nil:
		does.refusal = does.refusal.about(userID(seen.Address))
	case seen.Invitation.InvitedUser != nil && !t.isGuest(seen):
		return behaviour{refusal: noSuchUser.about(seen.Invitation.InvitedUser.ID)}
	}
	return does
}

// isGuest reports whether invitedUser is the guest with this address: here
// nobody has a second one. t.mu must be held.
func (t *Tenant) isGuest(seen Request) bool {
	_, known := t.guests[seen.Address]
	return known && strings.EqualFold(seen.Invitation.InvitedUser.ID, userID(seen.Address))
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

// account is what an answer tells about the guest.
type account struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
}

func (t *Tenant) created(seen Request, g guest, status string) exchange {
	inv := seen.Invitation
	return t.reply(seen, http.StatusCreated, created{
		Context:                 metadata + "#invitations/$entity",
		ID:                      g.invitationID(),
		InviteRedeemURL:         g.redeemURL(),
		InvitedUserDisplayName:  inv.InvitedUserDisplayName,
		InvitedUserType:         inv.userType(),
		InvitedUserEmailAddress: inv.InvitedUserEmailAddress,
		SendInvitationMessage:   inv.SendInvitationMessage,
		ResetRedemption:         inv.ResetRedemption,
		InviteRedirectURL:       inv.InviteRedirectURL,
		Status:                  status,
		InvitedUserMessageInfo:  inv.echoedMessage(),
		InvitedUser:             account{userID(g.mail), g.principalName()},
	})
}

// echoedMessage is what the answer says about the mail: Graph adds an empty
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
