package sheet

import (
	"strings"
	"testing"
	"unicode/utf8"

	"guestlist/batch"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	type fields = map[batch.Field]int
	tests := []struct {
		name, headings string
		mapped         map[batch.Field]string
		want           fields
		notice         string
	}{
		{"PowerShell's tutorial", "Name|InvitedUserEmailAddress", nil, fields{batch.Name: 0, batch.Email: 1}, ""},
		{
			"PowerShell's cmdlet", "InvitedUserEmailAddress|InviteRedirectUrl|InvitedUserDisplayName|SendInvitationMessage|" +
				"InvitedUserMessageInfo|MessageLanguage|CcRecipients|InvitedUserType|InvitedUserSponsors", nil,
			fields{
				batch.Email: 0, batch.RedirectURL: 1, batch.Name: 2, batch.SendMessage: 3, batch.Message: 4,
				batch.Language: 5, batch.CC: 6, batch.UserType: 7, batch.Sponsors: 8,
			},
			"",
		},
		{
			"case, spaces, dashes", " e-MAIL\u00a0|FULL_NAME|send  message|\ufeffUser-Type|Redirection URL", nil,
			fields{batch.Email: 0, batch.Name: 1, batch.SendMessage: 2, batch.UserType: 3, batch.RedirectURL: 4},
			"",
		},
		{"brackets alone count", "Email [inviteRedirectURL]|Name [inviteeEmail]", nil, fields{batch.RedirectURL: 0, batch.Email: 1}, ""},
		{
			"the better heading wins", "Mail|Email|Full name|Name", nil,
			fields{batch.Email: 1, batch.Name: 3},
			`For email the column "Email" (B) is used, not "Mail" (A); choose with --map email=HEADING.`,
		},
		{"the left of equals wins", "Email|Email", nil, fields{batch.Email: 0}, `not "Email" (B)`},
		{"principal name", "userPrincipalName|displayName", nil, fields{batch.Email: 0, batch.Name: 1}, ""},
		{"principal name comes last", "userPrincipalName|mail", nil, fields{batch.Email: 1}, `"mail" (B) is used, not "userPrincipalName" (A)`},
		{
			"a results workbook", "Email|Status|Redeem URL|User ID|Invitation Status|Error Code|Error|Advice|Attempts|Invited At|Request ID|Source Row",
			nil,
			fields{batch.Email: 0},
			"",
		},
		{"mapped", "Email|Private address", map[batch.Field]string{batch.Email: "private-ADDRESS"}, fields{batch.Email: 1}, ""},
		{
			"mapped is taken", "Mail|Name|Message",
			map[batch.Field]string{batch.CC: "Message", batch.Email: "mail"},
			fields{batch.CC: 2, batch.Email: 0, batch.Name: 1},
			"",
		},
		{
			"mapped by the name in brackets", "Adresse [inviteeEmail] x|Mail",
			map[batch.Field]string{batch.Email: "inviteeEmail"},
			fields{batch.Email: 0},
			"",
		},
		{"no heading twice", "Email|Name", map[batch.Field]string{batch.Name: "Email"}, fields{batch.Name: 0}, ""},
		{"nothing", "Company|Address", nil, fields{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, notices := Options{Map: tt.mapped}.match(strings.Split(tt.headings, "|"))
			equal(t, "fields", got, tt.want)
			if joined := strings.Join(notices, "\n"); !strings.Contains(joined, tt.notice) || tt.notice == "" && joined != "" {
				t.Errorf("notices %q, want %q", joined, tt.notice)
			}
		})
	}
}

func TestHeaderBelowTwentyRows(t *testing.T) {
	t.Parallel()
	title := strings.Repeat("A list of guests\n", headerRows-1)
	if l := open(t, write(t, "list.csv", title+"Email\na@x.example\n"), Options{}); len(all(t, l)) != 1 {
		t.Error("a heading in row 20 is not found")
	}
	err := firstError(t, write(t, "list.csv", title+"\nOne more\nEmail\na@x.example\n"), Options{})
	if !strings.Contains(err.Error(), "no column with e-mail addresses") {
		t.Errorf("a heading in row 21: %v", err)
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	for position, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		equal(t, "letters", letters(position), want)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("Email|Name", "Name")
	f.Add("[inviteeEmail] x|]a[|[", "a[")
	f.Add("\ufeff E-Mail|UserPrincipalName", "")
	f.Fuzz(func(t *testing.T, headings, mapped string) {
		columns := strings.Split(headings, "|")
		opt := Options{}
		if mapped != "" {
			opt.Map = map[batch.Field]string{batch.Message: mapped}
		}
		fields, _ := opt.match(columns)
		used := map[int]bool{}
		for field, at := range fields {
			if at < 0 || at >= len(columns) || used[at] {
				t.Fatalf("%s is column %d of %q, which is not there or taken", field, at, columns)
			}
			used[at] = true
		}
		if utf8.ValidString(headings) && key(key(headings)) != key(headings) {
			t.Fatalf("key(%q) changes when taken again", headings)
		}
	})
}
