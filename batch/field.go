package batch

import "guestlist/graph"

// Field is something a list can say about a guest. Its text is the name that
// --map takes.
type Field string

// The fields of a list. Graph's property is in brackets.
const (
	// Email is the guest's address, the only field a list must have [invitedUserEmailAddress].
	Email Field = "email"
	// Name is the guest's display name [invitedUserDisplayName].
	Name Field = "name"
	// RedirectURL is where the guest lands after redeeming [inviteRedirectUrl].
	RedirectURL Field = "redirect-url"
	// SendMessage says whether Microsoft mails the invitation [sendInvitationMessage].
	SendMessage Field = "send-message"
	// Message is the custom text of that mail [customizedMessageBody].
	Message Field = "message"
	// Language is the language of its standard text [messageLanguage].
	Language Field = "language"
	// CC is its one copy recipient [ccRecipients].
	CC Field = "cc"
	// UserType is Guest or Member [invitedUserType].
	UserType Field = "user-type"
	// Sponsors are object ids of users or groups, five at most [invitedUserSponsors].
	Sponsors Field = "sponsors"
)

// Fields returns all fields in the order in which help texts list them.
func Fields() []Field {
	return []Field{Email, Name, RedirectURL, SendMessage, Message, Language, CC, UserType, Sponsors}
}

// The fields of what a guest gets after the invitation. Flags of their own name their
// columns, since a list that merely has such a column asks for nothing. An attribute has
// its own name, see [AttributeField].
const (
	// Groups are names or object ids of groups, separated by semicolons.
	Groups Field = "groups"
	// Manager is the address or the object id of the guest's manager.
	Manager Field = "manager"
)

// AttributeField is the field of an attribute of the guest's account.
func AttributeField(a graph.Attribute) Field { return Field(a) }

// FollowUpFields returns the fields of what a guest gets after the invitation, in the order
// in which help texts list them.
func FollowUpFields() []Field {
	all := []Field{Groups}
	for _, a := range graph.AllAttributes() {
		all = append(all, AttributeField(a))
	}
	return append(all, Manager)
}

// FollowUp is the kind of follow-up that a field asks for; false for a field of the
// invitation itself.
func (f Field) FollowUp() (FollowUpKind, bool) {
	switch f {
	case Groups:
		return FollowUpGroup, true
	case Manager:
		return FollowUpManager, true
	case Sponsors:
		return FollowUpSponsor, true
	case Email, Name, RedirectURL, SendMessage, Message, Language, CC, UserType:
		return "", false
	default:
		return FollowUpProfile, true
	}
}
