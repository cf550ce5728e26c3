package main

// column is a column of the templates.
type column struct {
	heading string
	// width is in characters.
	width float64
	// example is what the row that is left out shows.
	example string
	// hint shows when a cell of the column is chosen: 255 characters at most.
	hint string
	// choices are offered in a drop-down; languages come from their own sheet.
	choices []string
	// required, limits and property are for the sheet that explains: what
	// Graph calls it, as its documentation has it, "" for a column of one's own.
	required, limits, property string
}

const (
	languageHeading = "Language"
	nameHeading     = "Display name"
	// maxName is the longest display name, in characters.
	maxName = 256
)

// templateColumns are the headings that guestlist knows by themselves, in the
// order in which people think of them, and two that are anybody's own.
func templateColumns() []column {
	return []column{
		{
			heading: "Email", width: 46, example: "Example: anna.bergstrom@fabrikam.example",
			hint:     "The guest's own email address, one in each row. The only column that must be filled in.",
			required: "yes",
			limits: "One address in each row. Not of the inviting company's own domains, and not of a group. Graph documents these characters as not permitted: " +
				`~ ! # $ % ^ & * ( ) + = [ ] { } \ / | ; : " < > ? ,`,
			property: "invitedUserEmailAddress",
		},
		{
			heading: nameHeading, width: 26, example: "Anna Bergström",
			hint:     "How the guest appears in people pickers, e.g. Anna Bergström (Fabrikam).",
			required: "no", limits: "At most 256 characters. When the guest accepts, the name that their own company has for them may replace it.",
			property: "invitedUserDisplayName",
		},
		{
			heading: "Company", width: 22, example: "Fabrikam",
			hint:     "A column of your own. guestlist carries it through to the results; any other column does just as well.",
			required: "no", limits: "Yours: kept as it is, and can be used in the text of the email.",
		},
		{
			heading: "Account manager", width: 24, example: "Maren Oud",
			hint:     "A column of your own: who looks after the guest. guestlist handoff can make one package of links for each.",
			required: "no", limits: "Yours: kept as it is, and can be used in the text of the email.",
		},
		{
			heading: "Send message", width: 16, example: "false", choices: []string{"true", "false"},
			hint:     "true: Microsoft emails the invitation. false: no email, you hand out the link. Empty: as the command says; without --send-message, no email.",
			required: "no", limits: "true or false; Graph's default is false.",
			property: "sendInvitationMessage",
		},
		{
			heading: "Message", width: 40, example: "Welcome to project Harbor. Please accept by Friday.",
			hint:     "A text of your own for the email: plain text, no HTML. Commas and line breaks are fine. Only used where an email is sent.",
			required: "no", limits: "No maximum is documented; long texts have been lost. Microsoft leaves it out without a word when an app sends the invitation, or a person without an email address.",
			property: "invitedUserMessageInfo.customizedMessageBody",
		},
		{
			heading: languageHeading, width: 14, example: "en-US",
			hint:     "The language of the email's standard text, e.g. nl-NL. Choose one, or type any other tag. Empty: Microsoft decides, in the end for en-US.",
			required: "no", limits: "A tag such as en-US. Documented as ignored where there is a message of your own. Offered are the languages of Entra's sign-in pages; which of them the email has is not documented.",
			property: "invitedUserMessageInfo.messageLanguage",
		},
		{
			heading: "Cc", width: 32, example: "maren.oud@contoso.example",
			hint:     "One address that gets a copy of the email. Only used where an email is sent.",
			required: "no", limits: "One address; a second one would get nothing.",
			property: "invitedUserMessageInfo.ccRecipients",
		},
		{
			heading: "User type", width: 14, example: "Guest", choices: []string{"Guest", "Member"},
			hint:     "Empty: Guest. Take Member only for people who are to be treated like your own staff.",
			required: "no", limits: "Guest or Member; Graph's default is Guest.",
			property: "invitedUserType",
		},
		{
			heading: "Redirect URL", width: 40, example: "https://contoso.sharepoint.com/sites/harbor",
			hint:     "Where the guest lands after accepting: an address that begins with https://. Empty: My Apps, the list of their apps in your tenant, or what --redirect-url says.",
			required: "no", limits: "A whole http or https address. Graph requires it; guestlist fills in My Apps of the cloud with the id of your tenant: https://myapplications.microsoft.com/?tenantid=ID.",
			property: "inviteRedirectUrl",
		},
		{
			heading: "Sponsors", width: 40, example: "",
			hint:     "Object IDs of users or groups of the inviting tenant who answer for the guest, with ; between them: five at most. Empty: whoever invites.",
			required: "no", limits: "Five object IDs. Not in the national clouds.",
			property: "invitedUserSponsors",
		},
	}
}

// language is a choice for the language of the mail.
type language struct{ tag, name string }

// languages are those of Entra's sign-in pages, as "Customize the language of
// the authentication experience" in Microsoft's Entra documentation lists them
// (which has Sierra Leone for Slovenia). Which ones the mail knows is not documented.
func languages() []language {
	return []language{
		{"ar-SA", "Arabic (Saudi Arabia)"},
		{"eu-ES", "Basque (Basque)"},
		{"bg-BG", "Bulgarian (Bulgaria)"},
		{"ca-ES", "Catalan (Catalan)"},
		{"zh-CN", "Chinese (China)"},
		{"zh-HK", "Chinese (Hong Kong SAR)"},
		{"hr-HR", "Croatian (Croatia)"},
		{"cs-CZ", "Czech (Czechia)"},
		{"da-DK", "Danish (Denmark)"},
		{"nl-NL", "Dutch (Netherlands)"},
		{"en-US", "English (United States)"},
		{"et-EE", "Estonian (Estonia)"},
		{"fi-FI", "Finnish (Finland)"},
		{"fr-FR", "French (France)"},
		{"gl-ES", "Galician (Galician)"},
		{"de-DE", "German (Germany)"},
		{"el-GR", "Greek (Greece)"},
		{"he-IL", "Hebrew (Israel)"},
		{"hu-HU", "Hungarian (Hungary)"},
		{"it-IT", "Italian (Italy)"},
		{"ja-JP", "Japanese (Japan)"},
		{"kk-KZ", "Kazakh (Kazakhstan)"},
		{"ko-KR", "Korean (Korea)"},
		{"lv-LV", "Latvian (Latvia)"},
		{"lt-LT", "Lithuanian (Lithuania)"},
		{"nb-NO", "Norwegian Bokmål (Norway)"},
		{"pl-PL", "Polish (Poland)"},
		{"pt-BR", "Portuguese (Brazil)"},
		{"pt-PT", "Portuguese (Portugal)"},
		{"ro-RO", "Romanian (Romania)"},
		{"ru-RU", "Russian (Russia)"},
		{"sr-Latn-RS", "Serbian (Latin, Serbia)"},
		{"sk-SK", "Slovak (Slovakia)"},
		{"sl-SI", "Slovenian (Slovenia)"},
		{"es-ES", "Spanish (Spain)"},
		{"sv-SE", "Swedish (Sweden)"},
		{"th-TH", "Thai (Thailand)"},
		{"tr-TR", "Turkish (Türkiye)"},
		{"uk-UA", "Ukrainian (Ukraine)"},
	}
}
