package graph

import (
	"slices"
	"testing"
)

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		question string
		want     []string
	}{
		{"GroupAddress", []string{"GroupAddress"}},
		{" groupaddress ", []string{"GroupAddress"}},
		{"Directory_QuotaExceeded", []string{"QuotaExceeded"}},
		{"toomanyrequests", []string{"Throttled"}},
		{"Group email address is not supported", []string{"GroupAddress"}},
		{"row 3: 400 BadRequest: Group email\n address is not supported.", []string{"GroupAddress"}},
		{"privileges", []string{"InsufficientPrivileges", "RequestDenied"}},
		{"guest invitations not allowed for your company", []string{"InvitationsNotAllowed", "ResetNotAllowed"}},
		{"The invited user already exists in the directory as object ID: 1, but the account is blocked from signing in. If", []string{"UserBlockedFromSignIn"}},
		{"already exists in the directory as object ID: 1. They", []string{"AlreadyInDirectory"}},
		{"The domain of the invited user is currently …", []string{"DomainNotAllowed"}},
		{"Error Code|RequestDenied|12", []string{"RequestDenied"}},
		{"code Authorization_RequestDenied, request-id 17", []string{"RequestDenied", "RoleAssignableGroup"}},
		{"503", []string{"ServiceFault"}},
		{"400 BadRequest: nobody has ever seen this", nil},
		{"nonsense", nil},
		{"", nil},
		{" \t", nil},
	} {
		var got []string
		for _, e := range Explain(Catalogue(), test.question) {
			got = append(got, e.Name)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: got %v, want %v", test.question, got, test.want)
		}
	}
	if n := len(Explain(Catalogue(), "badrequest")); n != 7 {
		t.Errorf("BadRequest: %d entries", n)
	}
}

func FuzzExplain(f *testing.F) {
	f.Add("GroupAddress")
	f.Add("403 Forbidden: \x00")
	f.Fuzz(func(t *testing.T, question string) {
		for _, e := range Explain(Catalogue(), question) {
			if !e.Known() {
				t.Errorf("%q: an entry without a name", question)
			}
		}
	})
}
