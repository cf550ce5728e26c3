package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Group is a group of the tenant, a team included
// (learn.microsoft.com/graph/api/resources/group).
type Group struct {
	// ID is the object id, a GUID.
	ID string `json:"id"`
	// Name is the display name. Several groups may have one name.
	Name string `json:"displayName"`
	// Types has Unified for a Microsoft 365 group and DynamicMembership for one whose
	// members follow from MembershipRule.
	Types          []string `json:"groupTypes"`
	MembershipRule string   `json:"membershipRule"`
	// Synced says that the group comes from on-premises.
	Synced bool `json:"onPremisesSyncEnabled"`
	// MailEnabled and SecurityEnabled tell distribution lists and mail-enabled security
	// groups from others.
	MailEnabled     bool `json:"mailEnabled"`
	SecurityEnabled bool `json:"securityEnabled"`
	// RoleAssignable says that directory roles can be assigned to the group.
	RoleAssignable bool `json:"isAssignableToRole"`
	// Labels are sensitivity labels, which can forbid guests.
	Labels []Label `json:"assignedLabels"`
	// Provisioned has Team for a group that is a team.
	Provisioned []string `json:"resourceProvisioningOptions"`
}

// Label is a sensitivity label of a group.
type Label struct {
	ID   string `json:"labelId"`
	Name string `json:"displayName"`
}

func (g Group) id() string { return g.ID }

// IsUnified reports whether the group is a Microsoft 365 group.
func (g Group) IsUnified() bool { return slices.Contains(g.Types, "Unified") }

// IsTeam reports whether the group is a team: its members are the team's, some minutes to
// hours later.
func (g Group) IsTeam() bool { return slices.Contains(g.Provisioned, "Team") }

// GroupReason is why no guest can be added to a group.
type GroupReason uint8

// The reasons.
const (
	// GroupIsDynamic is that of a group whose members follow from a rule.
	GroupIsDynamic GroupReason = iota + 1
	// GroupIsSynced is that of a group which is kept on-premises.
	GroupIsSynced
	// GroupIsMailList is that of a distribution list or a mail-enabled security group,
	// which are kept in Exchange.
	GroupIsMailList
	// GroupIsRoleAssignable is that of a group whose members can become administrators.
	GroupIsRoleAssignable
	// GroupBarsGuests is that of a Microsoft 365 group for which guests are off, in its
	// own settings or in those of the tenant.
	GroupBarsGuests
)

// String says what the group is, after "it".
func (r GroupReason) String() string {
	switch r {
	case GroupIsDynamic:
		return "has dynamic membership: a rule decides who is a member"
	case GroupIsSynced:
		return "is synchronized from on-premises"
	case GroupIsMailList:
		return "is a distribution list or a mail-enabled security group"
	case GroupIsRoleAssignable:
		return "can be assigned to directory roles, so that its members could become administrators"
	case GroupBarsGuests:
		return "does not allow guests"
	default:
		return ""
	}
}

// GroupError says that guests cannot be added to a group. No request was made to add one.
type GroupError struct {
	// ID and Name are the group's; the name is safe to show.
	ID, Name string
	// Reason is why.
	Reason GroupReason
}

func (e *GroupError) Error() string {
	return fmt.Sprintf("guests cannot be added to the group %q: it %s", e.Name, e.Reason)
}

// Hint says what can be done instead.
func (e *GroupError) Hint() string {
	switch e.Reason {
	case GroupIsDynamic:
		return "set the attributes that its rule asks for, such as --set companyName=HEADING, or choose another group"
	case GroupIsSynced:
		return "choose a group that is managed in the cloud"
	case GroupIsMailList:
		return "add the guests in the Exchange admin center, or choose a security group or a Microsoft 365 group"
	case GroupIsRoleAssignable:
		return "choose another group: guestlist makes no one an administrator"
	case GroupBarsGuests:
		return "allow guests in the group's settings, in those of Microsoft 365 groups or in its sensitivity label, or choose another group"
	default:
		return ""
	}
}

// Bars says why no guest can be added, as far as the group itself tells, nil where it lets
// guests in. The error is a [*GroupError].
func (g Group) Bars() error {
	var reason GroupReason
	switch {
	case slices.Contains(g.Types, "DynamicMembership"):
		reason = GroupIsDynamic
	case g.Synced:
		reason = GroupIsSynced
	case g.MailEnabled && !g.IsUnified():
		reason = GroupIsMailList
	case g.RoleAssignable:
		reason = GroupIsRoleAssignable
	default:
		return nil
	}
	return &GroupError{g.ID, cleanText(g.Name), reason}
}

// groupProperties are read of a group. Most come on request only.
const groupProperties = "id,displayName,groupTypes,membershipRule,onPremisesSyncEnabled,mailEnabled,securityEnabled,isAssignableToRole,assignedLabels,resourceProvisioningOptions"

// GroupByID reads a group: GET /groups/{id}. There may be no such group, see
// [IsMissing]. A refused permission is a [*PermissionError]; other errors are those of
// [Directory.UserByID].
func (d *Directory) GroupByID(ctx context.Context, id string) (Group, error) {
	if err := checkID("group", id); err != nil {
		return Group{}, err
	}
	a, err := d.read(ctx, request{method: http.MethodGet, path: groupPath(id) + "?$select=" + groupProperties})
	if err != nil {
		return Group{}, permissionError(ReadGroups, err)
	}
	var g Group
	return g, readObject(a, id, &g, &g.ID)
}

// GroupsNamed reads the groups with a display name, none or several: GET
// /groups?$filter=displayName eq '…'. Graph compares without regard to case. Errors are
// those of [Directory.GroupByID].
func (d *Directory) GroupsNamed(ctx context.Context, name string) ([]Group, error) {
	filter := strings.ReplaceAll(url.QueryEscape("displayName eq "+quote(name)), "+", "%20")
	var all []Group
	for groups, err := range pagesOf[Group](ctx, d, "/groups?$filter="+filter+"&$select="+groupProperties) {
		if err != nil {
			return nil, permissionError(ReadGroups, err)
		}
		all = append(all, groups...)
	}
	return all, nil
}

// CheckGroup says why no guest can be added to a group, nil for no reason: what [Group.Bars]
// knows and, for Microsoft 365 groups, the settings of the group and of the tenant, two
// reads. Settings that cannot be read are no reason: the first guest that is added then
// tells. The error is a [*GroupError], or one of reading.
func (d *Directory) CheckGroup(ctx context.Context, g Group) error {
	if err := g.Bars(); err != nil || !g.IsUnified() {
		return err
	}
	// A group's own setting can forbid what the tenant allows, not the other way round
	// (learn.microsoft.com/entra/identity/users/groups-settings-cmdlets).
	for _, path := range []string{"/groupSettings", groupPath(g.ID) + "/settings"} {
		off, err := d.guestsAreOff(ctx, path)
		if err != nil {
			return err
		}
		if off {
			return &GroupError{g.ID, cleanText(g.Name), GroupBarsGuests}
		}
	}
	return nil
}

// The templates of the settings that say whether guests may be added to groups, the same in
// every tenant (learn.microsoft.com/graph/group-directory-settings).
const (
	unifiedTemplate = "62375ab9-6b52-47ed-826b-58e47e0e304b" // Group.Unified, the tenant's
	guestTemplate   = "08d542b9-071f-4e16-94b0-74abb372e3d9" // Group.Unified.Guest, a group's
)

// guestsAreOff reports whether settings say that guests may not be added.
func (d *Directory) guestsAreOff(ctx context.Context, path string) (bool, error) {
	var page struct {
		Value []struct {
			Template string `json:"templateId"`
			Values   []struct {
				Name  string `json:"name"`
				Value string `json:"value"`
			} `json:"values"`
		} `json:"value"`
	}
	a, err := d.read(ctx, request{method: http.MethodGet, path: path})
	refused, ok := errors.AsType[*Refusal](err)
	switch {
	case ok && (refused.Denied() || refused.Status == http.StatusNotFound):
		return false, nil // not known
	case err != nil:
		return false, err
	case json.Unmarshal(a.body, &page) != nil:
		return false, a.unreadable(errNoJSON)
	}
	for _, setting := range page.Value {
		if !strings.EqualFold(setting.Template, unifiedTemplate) && !strings.EqualFold(setting.Template, guestTemplate) {
			continue
		}
		for _, v := range setting.Values {
			if v.Name == "AllowToAddGuests" && strings.EqualFold(v.Value, "false") {
				return true, nil
			}
		}
	}
	return false, nil
}

// Members reads the object ids of a group's members, whatever they are, page by page of
// [PageSize] at most: GET /groups/{id}/members. It ends after the first error; errors are
// those of [Directory.GroupByID].
func (d *Directory) Members(ctx context.Context, groupID string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		if err := checkID("group", groupID); err != nil {
			yield(nil, err)
			return
		}
		path := fmt.Sprintf("%s/members?$select=id&$top=%d", groupPath(groupID), PageSize)
		for members, err := range pagesOf[object](ctx, d, path) {
			ids := make([]string, len(members))
			for i, m := range members {
				ids[i] = m.ID
			}
			if !yield(ids, permissionError(ReadGroups, err)) || err != nil {
				return
			}
		}
	}
}
