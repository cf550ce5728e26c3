package sheet

import (
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// knownHeadings are the headings that name a field by themselves, the best first. Names in brackets
// of the admin centre's template and those of the PowerShell cmdlets come first.
func knownHeadings(f batch.Field) []string {
	switch f {
	case batch.Email:
		// A guest's user principal name is seldom their address, so it comes last.
		return []string{
			"inviteeEmail", "InvitedUserEmailAddress", "Email", "EmailAddress", "Email address",
			"E-mail", "Mail", "UserPrincipalName",
		}
	case batch.Name:
		return []string{"InvitedUserDisplayName", "DisplayName", "Display name", "Name", "Full name"}
	case batch.RedirectURL:
		return []string{"inviteRedirectURL", "InviteRedirectUrl", "RedirectUrl", "Redirection url"}
	case batch.SendMessage:
		return []string{"sendEmail", "SendInvitationMessage", "Send message"}
	case batch.Message:
		return []string{"customizedMessageBody", "InvitedUserMessageInfo", "Message"}
	case batch.Language:
		return []string{"messageLanguage", "Language"}
	case batch.CC:
		return []string{"ccRecipients", "Cc"}
	case batch.UserType:
		return []string{"invitedUserType", "UserType"}
	case batch.Sponsors:
		return []string{"invitedUserSponsors", "Sponsor", "Sponsors"}
	default:
		return nil
	}
}

// bracketed is the key of the name in brackets, "" when there is none. The
// template of the admin centre translates all of a heading but that name.
func bracketed(heading string) string {
	_, rest, opened := strings.Cut(heading, "[")
	name, _, closed := strings.Cut(rest, "]")
	if !opened || !closed {
		return ""
	}
	return text.HeadingKey(name)
}

// matchKey is what an unasked match compares: the name in brackets where there is one.
func matchKey(heading string) string {
	if name := bracketed(heading); name != "" {
		return name
	}
	return text.HeadingKey(heading)
}
