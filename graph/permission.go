package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Capability is something that a sign-in may be allowed to do after the invitation. All
// of them need a permission of their own: User.Invite.All covers none.
type Capability uint8

// The capabilities, in the order in which they are used.
const (
	// ReadStatus reads users by id, with their state, their memberships and roles,
	// and deleted users.
	ReadStatus Capability = iota + 1
	// ReadGroups reads groups and their members.
	ReadGroups
	// ReadGroupSettings reads whether groups let guests in. It is a help, and not
	// needed for adding anyone.
	ReadGroupSettings
	// ChangeMembers adds guests to groups, and removes them.
	ChangeMembers
	// ChangeAttributes sets attributes such as companyName.
	ChangeAttributes
	// ChangeManager sets a guest's manager.
	ChangeManager
	// ChangeSponsors adds sponsors to a guest.
	ChangeSponsors
	// DeleteGuests deletes guests, who can be restored for [RestorableFor].
	DeleteGuests
)

// need is what a capability takes. Every permission needs admin consent.
type need struct {
	words    string   // what it does, after "may"
	least    string   // the least permission that will do
	stronger []string // others that do as well
	role     string   // what a signed-in person needs in addition, "" for nothing
}

// The roles that signed-in persons need for changes (learn.microsoft.com/graph/api, in the
// permission tables of the calls).
const (
	groupRole = "must own the group or hold a role such as Groups Administrator"
	userRole  = "must hold a role such as User Administrator"
)

// needs is from the permission tables of Graph's pages as of autumn 2026
// (learn.microsoft.com/graph/permissions-reference). They are the same for apps and for
// signed-in persons, who need a role in addition. Names that a tenant does not
// have yet - User.ReadUpdate.All and User.DeleteRestore.All are of July 2026 - do no
// harm here: the stronger ones count as well.
var needs = map[Capability]need{
	ReadStatus:        {"read who has accepted", "User.Read.All", []string{"User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}, ""},
	ReadGroups:        {"read groups and their members", "GroupMember.Read.All", []string{"Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}, ""},
	ReadGroupSettings: {"read which groups allow guests", "GroupSettings.Read.All", []string{"GroupSettings.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}, ""},
	ChangeMembers:     {"add guests to groups", "GroupMember.ReadWrite.All", []string{"Group.ReadWrite.All", "Directory.ReadWrite.All"}, groupRole},
	ChangeAttributes:  {"set attributes of guests", "User.ReadUpdate.All", []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}, userRole},
	ChangeManager:     {"set the manager of guests", "User.ReadWrite.All", []string{"Directory.ReadWrite.All"}, userRole},
	ChangeSponsors:    {"add sponsors to guests", "User.ReadWrite.All", []string{"Directory.ReadWrite.All"}, userRole},
	DeleteGuests:      {"delete guests", "User.DeleteRestore.All", []string{"User.ReadWrite.All"}, userRole},
}

// Capabilities returns all of them.
func Capabilities() []Capability {
	all := make([]Capability, 0, len(needs))
	for c := ReadStatus; c <= DeleteGuests; c++ {
		all = append(all, c)
	}
	return all
}

// String says what the capability is, in words that go after "may": "add guests to groups".
func (c Capability) String() string { return needs[c].words }

// Least is the least permission that the capability needs, such as
// GroupMember.ReadWrite.All.
func (c Capability) Least() string { return needs[c].least }

// Permissions are all that cover the capability, the least one first.
func (c Capability) Permissions() []string {
	return append([]string{needs[c].least}, needs[c].stronger...)
}

// Role is what a signed-in person needs in addition, in words that go after "a signed-in
// person"; "" for nothing.
func (c Capability) Role() string { return needs[c].role }

// CoveredBy reports whether one of a token's permissions - the roles of an app, the scopes
// of a person - covers the capability. A person can lack the role in the directory all the same.
func (c Capability) CoveredBy(permissions []string) bool {
	return slices.ContainsFunc(permissions, func(granted string) bool {
		return slices.ContainsFunc(c.Permissions(), func(name string) bool { return strings.EqualFold(name, granted) })
	})
}

// PermissionError says that the sign-in may not do something. Graph uses the same answer
// for a person without the role and, whatever the permission, for a user who holds a
// directory role and for a group that roles can be assigned to.
type PermissionError struct {
	// Capability is what was tried.
	Capability Capability
	// Refusal is Graph's answer, nil where it left out what the sign-in may not read.
	Refusal *Refusal
}

func (e *PermissionError) Error() string {
	if e.Refusal == nil {
		return fmt.Sprintf("the sign-in may not %s", e.Capability)
	}
	return fmt.Sprintf("the sign-in may not %s: %v", e.Capability, e.Refusal)
}

// Hint names the permission to grant.
func (e *PermissionError) Hint() string {
	need := needs[e.Capability]
	hint := fmt.Sprintf("grant %s with admin consent (%s will do, too)", need.least, strings.Join(need.stronger, " or "))
	if need.role != "" {
		hint += "; a signed-in person " + need.role
	}
	return hint
}

// Unwrap gives Graph's answer.
func (e *PermissionError) Unwrap() error {
	if e.Refusal == nil {
		return nil
	}
	return e.Refusal
}

// permissionError is the error of an answer, as far as it is about a permission.
func permissionError(c Capability, err error) error {
	if refused, ok := err.(*Refusal); ok && refused.lacksPermission() { //nolint:errorlint // what is wrapped already stays as it is
		return &PermissionError{c, refused}
	}
	return err
}
