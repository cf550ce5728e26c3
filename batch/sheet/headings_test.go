package sheet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// mapped makes Options.Map of fields and headings in turn.
func mapped(fieldsAndHeadings ...string) map[batch.Field]string {
	m := make(map[batch.Field]string)
	for pair := range slices.Chunk(fieldsAndHeadings, 2) {
		m[batch.Field(pair[0])] = pair[1]
	}
	return m
}

// shape writes fields with their columns, in the order of [batch.Fields].
func shape(fields map[batch.Field]int) string {
	var text []string
	for _, f := range batch.Fields() {
		if at, ok := fields[f]; ok {
			text = append(text, fmt.Sprintf("%s=%d", f, at))
		}
	}
	return strings.Join(text, " ")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, headings string
		asked          map[batch.Field]string
		want           string
		notice         string
	}{
		{"PowerShell's tutorial", "Name|InvitedUserEmailAddress", nil, "email=1 name=0", ""},
		{
			"PowerShell's cmdlet", "InvitedUserEmailAddress|InviteRedirectUrl|InvitedUserDisplayName|SendInvitationMessage|" +
				"InvitedUserMessageInfo|MessageLanguage|CcRecipients|InvitedUserType|InvitedUserSponsors", nil,
			"email=0 name=2 redirect-url=1 send-message=3 message=4 language=5 cc=6 user-type=7 sponsors=8",
			"",
		},
		{
			"case, spaces, dashes", " e-MAIL\u00a0|FULL_NAME|send  message|\ufeffUser-Type|Redirection URL", nil,
			"email=0 name=1 redirect-url=4 send-message=2 user-type=3",
			"",
		},
		{"brackets alone count", "Email [inviteRedirectURL]|Name [inviteeEmail]", nil, "email=1 redirect-url=0", ""},
		{
			"the better heading wins", "Mail|Email|Full name|Name", nil,
			"email=1 name=3",
			`For email the column "Email" (B) is used, not "Mail" (A); choose with --map email=HEADING.`,
		},
		{"the left of equals wins", "Email|Email", nil, "email=0", `not "Email" (B)`},
		{"principal name", "userPrincipalName|displayName", nil, "email=0 name=1", ""},
		{"principal name comes last", "userPrincipalName|mail", nil, "email=1", `"mail" (B) is used, not "userPrincipalName" (A)`},
		{
			"a results workbook", "Email|Status|Redeem URL|User ID|Invitation Status|Error Code|Error|Advice|Attempts|Invited At|Request ID|Source Row",
			nil,
			"email=0",
			"",
		},
		{"mapped", "Email|Private address", mapped("email", "private-ADDRESS"), "email=1", ""},
		{
			"mapped is taken", "Mail|Name|Message",
			mapped("cc", "Message", "email", "mail"),
			"email=0 name=1 cc=2",
			"",
		},
		{
			"mapped by the name in brackets", "Adresse [inviteeEmail] x|Mail",
			mapped("email", "inviteeEmail"),
			"email=0",
			"",
		},
		{"no heading twice", "Email|Name", mapped("name", "Email"), "name=0", ""},
		{"nothing", "Company|Address", nil, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, notices := matchFields(strings.Split(tt.headings, "|"), tt.asked)
			assert.Equal(t, "fields", shape(got), tt.want)
			if joined := strings.Join(notices, "\n"); !strings.Contains(joined, tt.notice) || tt.notice == "" && joined != "" {
				t.Errorf("notices %q, want %q", joined, tt.notice)
			}
		})
	}
}

func TestHeaderBelowTwentyRows(t *testing.T) {
	t.Parallel()
	title := strings.Repeat("A list of guests\n", headingRows-1)
	if l := open(t, write(t, "list.csv", title+"Email\na@x.example\n"), Options{}); len(all(t, l)) != 1 {
		t.Error("a heading in row 20 is not found")
	}
	err := firstError(t, write(t, "list.csv", title+"\nOne more\nEmail\na@x.example\n"), Options{})
	if !strings.Contains(err.Error(), "no column with e-mail addresses") {
		t.Errorf("a heading in row 21: %v", err)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("Email|Name", "Name")
	f.Add("[inviteeEmail] x|]a[|[", "a[")
	f.Add("\ufeff E-Mail|UserPrincipalName", "")
	f.Fuzz(func(t *testing.T, headings, heading string) {
		columns := strings.Split(headings, "|")
		opt := Options{}
		if heading != "" {
			opt.Map = mapped("message", heading)
		}
		fields, _ := matchFields(columns, opt.Map)
		used := map[int]bool{}
		for field, at := range fields {
			if at < 0 || at >= len(columns) || used[at] {
				t.Fatalf("%s is column %d of %q, which is not there or taken", field, at, columns)
			}
			used[at] = true
		}
	})
}
