package graph

import (
	"strings"
	"testing"

	"guestlist/internal/assert"
)

// User.Invite.All covers none of it, and the stronger permissions cover what is weaker.
func TestCapabilities(t *testing.T) {
	assert.Equal(t, "capabilities", len(Capabilities()), len(needs))
	for _, c := range Capabilities() {
		if c.String() == "" || !strings.HasSuffix(c.Least(), ".All") || c.Permissions()[0] != c.Least() {
			t.Errorf("%d: %q needs %q", c, c, c.Permissions())
		}
	}
	covered := func(permissions string) (all []string) {
		for _, c := range Capabilities() {
			if c.CoveredBy(strings.Fields(permissions)) {
				all = append(all, c.String())
			}
		}
		return all
	}
	for permissions, want := range map[string][]string{
		"": nil, "User.Invite.All": nil, "User.ReadBasic.All Group.Create": nil,
		"user.read.all":             {"read who has accepted"},
		"User.ReadUpdate.All":       {"set attributes of guests"},
		"User.DeleteRestore.All":    {"delete guests"},
		"GroupMember.Read.All":      {"read groups and their members"},
		"GroupMember.ReadWrite.All": {"read groups and their members", "add guests to groups"},
		"User.ReadWrite.All":        {"read who has accepted", "set attributes of guests", "set the manager of guests", "add sponsors to guests", "delete guests"},
		"Directory.Read.All":        {"read who has accepted", "read groups and their members", "read which groups allow guests"},
	} {
		assert.Equal(t, permissions, covered(permissions), want)
	}
}
