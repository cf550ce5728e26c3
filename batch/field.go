package batch

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
