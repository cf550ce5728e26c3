package session

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"guestlist/graph"
	"guestlist/graph/auth"
)

// Ability is something that a sign-in may be allowed to do; its JSON names are a promise.
type Ability struct {
	// Ability is what it is, in words that go after "may".
	Ability string  `json:"ability"`
	Status  Verdict `json:"status"`
	// Permission is the least one that it needs, Granted the one of the token that covers
	// it, "" for none.
	Permission string `json:"permission"`
	Granted    string `json:"granted"`
	// For are the commands and flags that need it.
	For []string `json:"for"`
	// Role is what a person who signs in needs besides, in words that go after "a signed-in
	// person"; "" for nothing, or an app.
	Role string `json:"role"`
	// Next is how to grant the permission, "" where it is not missing.
	Next string `json:"next"`
}

// usedBy are the commands and flags that need a capability.
var usedBy = map[graph.Capability][]string{
	graph.ReadStatus:        {"status", "remind", "undo"},
	graph.ReadGroups:        {"--group", "--groups-from"},
	graph.ReadGroupSettings: {"--group", "--groups-from"},
	graph.ChangeMembers:     {"--group", "--groups-from"},
	graph.ChangeAttributes:  {"--set"},
	graph.ChangeManager:     {"--manager-from"},
	graph.ChangeSponsors:    {"--sponsors-from"},
	graph.DeleteGuests:      {"undo"},
}

// abilities are what the sign-in may do by the permissions of its token: first what works,
// then what is not known, then what is missing, each in the order in which it is used.
func (e *examination) abilities() []Ability {
	all := []Ability{
		e.ability("invite guests", append([]string{permissionInvite}, insteadOfInvite...), "", "invite", "retry"),
		e.ability("look up who is in the tenant already", forLookUps, "", "invite", "retry"),
	}
	for _, c := range graph.Capabilities() {
		all = append(all, e.ability(c.String(), c.Permissions(), c.Role(), usedBy[c]...))
	}
	order := []Verdict{Works, NotKnown, Missing}
	slices.SortStableFunc(all, func(a, b Ability) int { return slices.Index(order, a.Status) - slices.Index(order, b.Status) })
	return all
}

// ability is one of them. Of the permissions, the first one is the least.
func (e *examination) ability(what string, permissions []string, role string, uses ...string) Ability {
	a := Ability{Ability: what, Status: Missing, Permission: permissions[0], For: uses}
	if e.Claims.Delegated() {
		a.Role = role
	}
	for _, name := range permissions {
		if e.hasOne(name) {
			a.Status, a.Granted = Works, name
			return a
		}
	}
	if !e.Claims.Readable() {
		a.Status = NotKnown
		return a
	}
	a.Next = e.grant(a.Permission)
	return a
}

// azureCLI is the id of the Azure CLI's own application, which is Microsoft's
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// grant is how an administrator adds a permission.
func (e *examination) grant(permission string) string {
	switch {
	case e.Method == string(auth.ModeManagedIdentity):
		return grantToIdentity(e.Claims.App, permission)
	case e.Claims.App == azureCLI:
		return "the app of the Azure CLI is Microsoft's, and its permissions cannot be changed: register an app with the delegated permission " + permission +
			", and sign in with --auth device-code --client-id"
	}
	kind := "Application permissions"
	if e.Claims.Delegated() {
		kind = "Delegated permissions"
	}
	app := "your app"
	if e.Claims.AppName != "" {
		app = e.Claims.AppName
	}
	return strings.Join([]string{
		"Entra admin center: Identity", "Applications", "App registrations", app, "API permissions", "Add a permission", "Microsoft Graph", kind, permission,
	}, " > ") + "; then Grant admin consent"
}

// grantToIdentity is the same for a managed identity, which has no app registration.
func grantToIdentity(app, permission string) string {
	if uuid.Validate(app) != nil {
		app = "CLIENT-ID-OF-THE-IDENTITY"
	}
	return fmt.Sprintf(`a managed identity gets permissions by PowerShell (Microsoft.Graph) alone:
$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"
$app = Get-MgServicePrincipal -Filter "appId eq '%s'"
$role = $graph.AppRoles | Where-Object Value -eq '%s'
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId $role.Id`, app, permission)
}
