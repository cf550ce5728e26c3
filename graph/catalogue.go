package graph

import "net/http"

// The sources that several entries name.
const (
	sourceTroubleshoot = "learn.microsoft.com/entra/external-id/troubleshoot"
	sourceThrottling   = "learn.microsoft.com/graph/throttling"
	sourceProvisioning = "Microsoft Entra provisioning error codes"
	sourceGraph        = "learn.microsoft.com/graph/errors"
)

// The entries that more than the words of an answer decide about.
const (
	notReplicated   = "NotReplicated"
	objectNotFound  = "ObjectNotFound"
	claimsChallenge = "ClaimsChallenge"
	// concurrentChange is a conflict with another change of the same object.
	concurrentChange = "ConcurrentChange"
	// requestDenied is a permission or a role that is missing.
	requestDenied = "RequestDenied"
	// alreadyAdded is a member or a sponsor who was there before.
	alreadyAdded = "AlreadyAdded"
)

// DeleteRow is the advice for a row that cannot be corrected, as a part of a sentence. A row
// that is deleted on the sheet Failed alone is still in the batch; DeletedOn says where it is
// deleted.
const (
	DeleteRow = "delete the row (in a results workbook, " + DeletedOn + ")"
	DeletedOn = "on the sheet Results"
)

// statusBandwidth is how Graph says that an app has used too much bandwidth
// (learn.microsoft.com/graph/errors).
const statusBandwidth = 509

// catalogue is the table to extend when a new error is seen. Its order counts
// only among texts that overlap: the first one decides. Every text is from
// Microsoft's documentation or from a public report.
var catalogue = []Entry{
	{
		Name: "SuspiciousActivity", Texts: []string{"due to suspicious activity"},
		Scope: ScopeTenant, Retry: RetryLater,
		Seen: "403 Forbidden", Message: "Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help.",
		Meaning: "Microsoft has blocked invitations for the whole tenant. The block does not end by itself.",
		Advice:  "Open a support case with Microsoft (Entra ID, External Identities) and give the tenant id, the request id and the time. Do not send more invitations until the block is lifted. Typical causes: many invitations in a short time, repeated failures, disposable or risky domains, risky sign-ins of the inviter, a new tenant that behaves like automation.",
		Source:  "learn.microsoft.com/answers/a/12731593",
	},
	{
		Name: "InvitationsNotAllowed", Texts: []string{"guest invitations not allowed for your company"},
		Scope: ScopeTenant, Retry: RetryLater, Access: true,
		Seen: "403 Forbidden", Message: "Guest invitations not allowed for your company. Contact your company administrator for more details.",
		Meaning: "The tenant's external collaboration settings do not allow this sign-in to invite guests.",
		Advice:  "Grant the app User.Invite.All with admin consent, or relax \"Guest invite settings\" in the Entra admin center. A change takes up to 60 minutes.",
		Source:  "github.com/MicrosoftDocs/azure-docs/issues/78054",
	},
	{
		// Graph's answer is that of the entry before, which therefore decides:
		// this one is for those who ask.
		Name: "ResetNotAllowed", Texts: []string{"guest invitations not allowed for your company"},
		Scope: ScopeRow, Retry: RetryLater, Access: true,
		Seen: "403 Forbidden", Message: "Guest invitations not allowed for your company. Contact your company administrator for more details.",
		Meaning: "The same answer when only the reset of a redemption is refused: guestlist never asks for one, other tools do.",
		Advice:  "A reset needs User.ReadWrite.All; a signed-in person also needs the role Helpdesk Administrator or User Administrator. An app cannot reset a guest who holds a directory role.",
		Source:  "learn.microsoft.com/entra/external-id/reset-redemption-status",
	},
	{
		Name: "InsufficientPrivileges", Texts: []string{"insufficient privileges to perform requested operation"},
		Scope: ScopeTenant, Retry: RetryLater, Access: true,
		Seen: "401 Unauthorized", Message: "Insufficient privileges to perform requested operation by the application '00000003-0000-0000-c000-000000000000'. ControllerName=MSGraphInviteAPI, ActionName=CreateInvite, URL absolute path=/api/{tenantId}/invites",
		Meaning: "The permission is missing or has no admin consent. The application id in the text is Graph's own, not yours.",
		Advice:  "Add the application permission User.Invite.All and press \"Grant admin consent\".",
		Source:  "github.com/MicrosoftDocs/azure-docs/issues/58360",
	},
	{
		Name: "UserBlockedFromSignIn", Texts: []string{"but the account is blocked from signing in"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen: "400 BadRequest", Message: "The invited user already exists in the directory as object ID: {id}, but the account is blocked from signing in. If the account is unblocked, they can use that account to sign in to shared apps and resources.",
		Meaning: "The address belongs to an account of this tenant that is disabled.",
		Advice:  "Unblock that account instead of inviting it; its object id is in the User ID column.",
		Source:  "reported by operators",
	},
	{
		Name: "AlreadyInDirectory", Texts: []string{"already exists in the directory as object"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen: "400 BadRequest", Message: "The invited user already exists in the directory as object ID: {id}. They can use that account to sign in to shared apps and resources.",
		Meaning: "The address belongs to an internal account of this tenant.",
		Advice:  "No invitation is needed: the person can use that account. Its object id is in the User ID column.",
		Source:  "github.com/microsoftgraph/msgraph-beta-sdk-dotnet/issues/798",
	},
	{
		// The second text is an older one.
		Name: "OwnDomain", Texts: []string{"verified domain of this directory", "invitee is in inviter tenant"},
		Scope: ScopeRow, Retry: RetryNever, Domain: true,
		Seen: "400 BadRequest", Message: "This user cannot be invited because the domain of the user's email address is a verified domain of this directory.",
		Meaning: "The address is in one of the tenant's own domains.",
		Advice:  "Colleagues cannot be invited as guests: " + DeleteRow + ". If many rows have this error, you are signed in to the wrong tenant.",
		Source:  "reported by operators",
	},
	{
		Name: "GroupAddress", Texts: []string{"group email address is not supported"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen: "400 BadRequest", Message: "Group email address is not supported.",
		Meaning: "The address belongs to a group, not a person.",
		Advice:  "Replace it with the addresses of the people in the group.",
		Source:  sourceProvisioning,
	},
	{
		// Microsoft documents the refusal in paraphrase only.
		Name: "DomainNotAllowed", Texts: []string{"invitation policy", "the domain of the invited user is currently blocked", "the domain of this email address is currently blocked"},
		Scope: ScopeRow, Retry: RetryLater, Domain: true,
		Meaning: "The tenant's collaboration restrictions do not allow the guest's domain.",
		Advice:  "Allow the domain in the Entra admin center under External collaboration settings, Collaboration restrictions; then run retry.",
		Source:  "learn.microsoft.com/entra/external-id/allow-deny-list",
	},
	{
		Name: "CrossTenantAccess", Texts: []string{"blocked by cross-tenant access settings"},
		Scope: ScopeRow, Retry: RetryLater, Domain: true,
		Seen: "403", Message: "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user's organization must configure cross-tenant access settings to allow the invitation.",
		Meaning: "Cross-tenant access settings of one of the two organizations block the invitation. This is common for guests in another cloud, such as .gov and .mil.",
		Advice:  "Admins of both organizations must allow the invitation under \"Cross-tenant access settings\"; then run retry.",
		Source:  sourceTroubleshoot,
	},
	{
		Name: "CrossCloudWorker", Texts: []string{"b2b cross cloud worker"},
		Scope: ScopeRow, Retry: RetryLater, Domain: true,
		Message: "This action can't be completed because the Microsoft B2B Cross Cloud Worker application has been disabled in the invited user's tenant. Ask the invited user's admin to re-enable it, then try again.",
		Meaning: "The guest's organization has disabled the application that invitations from other clouds need.",
		Advice:  "Ask the guest's admin to enable \"Microsoft B2B Cross Cloud Worker\" again; then run retry.",
		Source:  sourceTroubleshoot,
	},
	{
		// Microsoft documents the first two in paraphrase; the third is what
		// Graph says of every object.
		Name:  "AddressConflict",
		Texts: []string{"proxy address", "contact object", "another object with the same value for property", "invitationcreationfailureambiguoususer"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen:    "400",
		Meaning: "Another user, group or contact of the tenant already owns the address.",
		Advice:  "Remove the address from that user, group or contact; then run retry.",
		Source:  sourceTroubleshoot,
	},
	{
		Name: "AddressNotAccepted", Texts: []string{"primary smtp address is an invalid value"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen: "400 BadRequest", Message: "The Primary SMTP Address is an invalid value.",
		Meaning: "Microsoft does not accept the email address, although it can be a valid one. This is reported for addresses with a plus sign, such as name+tag@fabrikam.com.",
		Advice:  "Replace it with the person's address without the plus sign and what follows it, or with another one.",
		Source:  "learn.microsoft.com/graph/api/resources/invitation",
	},
	{
		Name: "AccountExists", Texts: []string{"non-external user already exists"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen: "400 BadRequest", Message: "Non-external user already exists with the given mail address and can't be invited.",
		Meaning: "An account of this tenant that is not a guest has the address.",
		Advice:  "No invitation is needed if the person can use that account. An admin can turn it into a guest's with \"Convert to external user\" in the Entra admin center.",
		Source:  "learn.microsoft.com/entra/external-id/invite-internal-users",
	},
	{
		Name: "OnPremisesAccount", Texts: []string{"invalid request input"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen: "400 BadRequest", Message: "Invalid request input.",
		Meaning: "Microsoft names no reason. This is reported where an account that is synchronized from on-premises has the address.",
		Advice:  "Look for the address in the Entra admin center. If a synchronized account has it, the person can use that one; otherwise remove it there and run retry.",
		Source:  "github.com/MicrosoftDocs/azure-docs/issues/107086",
	},
	{
		// The first text is the provisioning service's name for it, the second
		// what Graph says of every object.
		Name:  "InvalidPropertyValue",
		Texts: []string{"invitationcreationfailureinvalidpropertyvalue", "invalid value specified for property"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen:    "400",
		Meaning: "Graph does not accept a value of the row: an invalid email address, the address of a group, a user type other than Guest and Member, or an attribute that is too long or malformed.",
		Advice:  "Fix the row and run the same command again.",
		Source:  sourceProvisioning,
	},
	{
		Name: "CannotBeInvited", Texts: []string{"this user can't be invited to this directory"},
		Scope: ScopeRow, Retry: RetryNever, Domain: true,
		Message: "This user can't be invited to this directory. Please try a different email address for the user or create a user account for them in your Azure AD directory.",
		Meaning: "The guest's home tenant does not allow B2B collaboration.",
		Advice:  "Ask the person for another address.",
		Source:  "github.com/MicrosoftDocs/azure-docs/issues/48061",
	},
	{
		Name: "TargetAddressNotFound", Texts: []string{"unable to find target address"},
		Scope: ScopeRow, Retry: RetryAgain, Attempts: 3,
		Seen: "500 InternalServerError", Message: "Unable to find target address",
		Meaning: "A fault of the service, reported for personal addresses such as outlook.com.",
		Advice:  "Run retry later. If the error persists, contact Microsoft support with the request id.",
		Source:  "github.com/microsoftgraph/microsoft-graph-docs/issues/22397",
	},
	{
		Name: "InviteOperationFailed", Texts: []string{"directory invite operation failed"},
		Scope: ScopeRow, Retry: RetryAgain, Attempts: 3,
		Seen: "500 InternalServerError", Message: "Directory invite operation failed",
		Meaning: "A fault of the service.",
		Advice:  "Run retry later. If the error persists, contact Microsoft support with the request id.",
		Source:  "github.com/Azure-Samples/active-directory-dotnet-graphapi-b2bportal-web/issues/14",
	},
	{
		// What a change of a group or of a guest's sponsors meets that was made before.
		Name: alreadyAdded, Texts: []string{"added object references already exist"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen: "400 Request_BadRequest", Message: "One or more added object references already exist for the following modified properties: 'members'.",
		Meaning: "The guest is a member of the group already, or has the sponsor already.",
		Advice:  "Nothing to do: guestlist counts it as done.",
		Source:  "learn.microsoft.com/graph/api/group-post-members",
	},
	{
		Name: "GuestsNotAllowedInGroup", Texts: []string{"not allowed to join this unified group"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen: "403 Authorization_RequestDenied", Message: "Guests users are not allowed to join this Unified Group due to policy setting. paramName: Members",
		Meaning: "The Microsoft 365 group, or the team, does not allow guests: its own settings, those of the tenant or its sensitivity label say so.",
		Advice:  "Allow guests in the group's settings (AllowToAddGuests) or its sensitivity label, or choose another group; then run the same command again.",
		Source:  "github.com/microsoftgraph/microsoft-graph-docs/issues/11049",
	},
	{
		// The first text is of distribution lists and mail-enabled security groups, the
		// second an older one of the same.
		Name: "GroupManagedInExchange", Texts: []string{"cannot update a mail-enabled security groups and or distribution list", "objects that have originated within an external service"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen: "400 Request_BadRequest", Message: "Cannot Update a mail-enabled security groups and or distribution list.",
		Meaning: "The group is a distribution list or a mail-enabled security group, which Graph can only read.",
		Advice:  "Add the guests in the Exchange admin center, or choose a security group or a Microsoft 365 group.",
		Source:  "github.com/microsoftgraph/microsoft-graph-docs/issues/14827",
	},
	{
		Name: "SyncedObject", Texts: []string{"on-premises mastered directory sync objects"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen: "400 Request_BadRequest", Message: "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
		Meaning: "The group or the user is synchronized from on-premises and can be changed there alone.",
		Advice:  "Make the change on-premises, or choose a group that is managed in the cloud.",
		Source:  "learn.microsoft.com/troubleshoot/entra/entra-id/user-prov-sync/cannot-manage-objects",
	},
	{
		Name: "TooManyLinkChanges", Texts: []string{"more than 20 link changes"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen: "400 Request_BadRequest", Message: "A resource cannot contain more than 20 link changes.",
		Meaning: "One change of a group may add 20 members at most. guestlist never sends more: another tool does.",
		Advice:  "Add the members in several changes of up to 20.",
		Source:  "github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/6453",
	},
	{
		Name: "ObjectConflict", Codes: []string{"ObjectConflict"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen:    "400 ObjectConflict",
		Meaning: "Another object of the tenant has a value that may exist only once, such as an email address.",
		Advice:  "Remove the value from the other object; then run the same command again.",
		Source:  "learn.microsoft.com/graph/api/user-update",
	},
	{
		Name: "QuotaExceeded", Codes: []string{"Directory_QuotaExceeded"}, Texts: []string{"directory object quota limit"},
		Scope: ScopeTenant, Retry: RetryLater,
		Seen: "403 Directory_QuotaExceeded", Message: "The directory object quota limit for the Tenant has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.",
		Meaning: "The tenant's object quota is used up, or the 250 objects that a non-admin may create.",
		Advice:  "Delete objects that are no longer needed or ask Microsoft support for a larger quota; then run the same command again.",
		Source:  "learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions",
	},
	{
		Name: requestDenied, Codes: []string{"Authorization_RequestDenied"},
		Scope: ScopeTenant, Retry: RetryLater, Access: true,
		Seen: "403 Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation.",
		Meaning: "The sign-in lacks a permission or a role.",
		Advice:  "For invitations, grant User.Invite.All with admin consent; a signed-in person also needs the role Guest Inviter where inviting is restricted. Reading guests, groups, attributes and deletion need permissions of their own, which guestlist doctor lists.",
		Source:  sourceGraph,
	},
	{
		// Graph's answer is that of the entry before, which therefore decides: this
		// one is for those who ask.
		Name: "RoleAssignableGroup", Codes: []string{"Authorization_RequestDenied"},
		Scope: ScopeRow, Retry: RetryNever,
		Seen:    "403 Authorization_RequestDenied",
		Meaning: "The same answer for a group that directory roles can be assigned to, and for a guest who holds such a role: Graph does not let an app change them without RoleManagement.ReadWrite.Directory.",
		Advice:  "Choose another group. guestlist makes no one an administrator and changes no administrators.",
		Source:  "learn.microsoft.com/graph/api/group-post-members",
	},
	{
		// Graph says so in a header. guestlist gets a token for the claims by itself
		// where the sign-in can.
		Name: claimsChallenge, Codes: []string{"insufficient_claims"},
		Scope: ScopeTenant, Retry: RetryLater, Access: true,
		Seen:    "401 403",
		Meaning: "A Conditional Access policy of the tenant asks for more than the sign-in has proved, such as a second factor, or the account was changed since.",
		Advice:  "Sign in again as the policy asks, and run the same command again. An app that is asked needs to be left out of the policy.",
		Source:  "learn.microsoft.com/entra/identity-platform/claims-challenge",
	},
	{
		// guestlist gets one new token by itself before it says this.
		Name: "InvalidToken", Codes: []string{"InvalidAuthenticationToken"}, Statuses: []int{http.StatusUnauthorized},
		Scope: ScopeTenant, Retry: RetryAgain, Access: true,
		Seen:    "401 InvalidAuthenticationToken",
		Meaning: "Graph does not accept the token: it has expired, or it was issued for another audience or cloud.",
		Advice:  "Get a new token for this cloud's Graph and run the same command again.",
		Source:  sourceGraph,
	},
	{
		Name: notReplicated, Codes: []string{"Directory_ObjectNotFound"},
		Texts: []string{
			"unable to read the company information from the directory", "not a valid reference update",
			"one of the objects being referenced don't exist", "one of the objects being referenced doesn't exist",
		},
		Scope: ScopeRow, Retry: RetryAgain,
		Seen: "404 Directory_ObjectNotFound", Message: "Unable to read the company information from the directory.",
		Meaning: "What the request needs has not reached all of Microsoft's directory yet. This passes within seconds to minutes.",
		Advice:  "The row itself is not at fault: run retry in a few minutes.",
		Source:  "github.com/microsoftgraph/microsoft-graph-docs/issues/15839",
	},
	{
		Name: objectNotFound, Codes: []string{"Request_ResourceNotFound"},
		Scope: ScopeRow, Retry: RetryLater,
		Seen: "404 Request_ResourceNotFound", Message: "Resource '{id}' does not exist or one of its queried reference-property objects are not present.",
		Meaning: "An object that the row names, such as a sponsor, a manager or a group, is not in the tenant.",
		Advice:  "Correct the object id in the row and run the same command again. An object that was created a few minutes ago is found a little later: then run retry.",
		Source:  sourceGraph,
	},
	{
		Name: "WrongPath", Texts: []string{"file or directory not found"}, Statuses: []int{http.StatusNotFound, http.StatusMethodNotAllowed},
		Scope: ScopeTenant, Retry: RetryLater,
		Seen: "404 UnknownError", Message: "404 - File or directory not found.",
		Meaning: "There is no Graph at this URL.",
		Advice:  "Check --graph-url: it ends in /v1.0.",
		Source:  "github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/2456",
	},
	{
		// The limit is the tenant's, but the run waits and goes on.
		Name: "Throttled", Codes: []string{"TooManyRequests", "Request_ThrottledTemporarily"}, Statuses: []int{http.StatusTooManyRequests},
		Scope: ScopeRow, Retry: RetryAgain,
		Seen: "429 TooManyRequests", Message: "Please retry again later.",
		Meaning: "The tenant's limit is reached for now: 150 requests in 5 seconds for all apps together.",
		Advice:  "Use a lower --rate: the same command sends pending rows again, and retry those that failed.",
		Source:  sourceThrottling,
	},
	{
		// See [Refusal.Conflict].
		Name: concurrentChange, Codes: []string{"Directory_ConcurrencyViolation"}, Statuses: []int{http.StatusConflict, http.StatusLocked},
		Scope: ScopeRow, Retry: RetryAgain,
		Seen:    "409 Conflict 423 Locked Directory_ConcurrencyViolation",
		Meaning: "Something else changed the same object, or held it, at the same time. guestlist sends the row again by itself; where an email was asked for, it looks the guest up first.",
		Advice:  "Run retry later.",
		Source:  sourceGraph,
	},
	{
		Name: "ServiceFault", Statuses: []int{http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, statusBandwidth},
		Scope: ScopeRow, Retry: RetryAgain,
		Seen:    "408 502 BadGateway 503 ServiceUnavailable 504 GatewayTimeout 509",
		Meaning: "The service, or something in front of it, failed while it had the request: the guest may have been invited. guestlist sends a row without an email again and looks the others up.",
		Advice:  "Run retry later. If the error persists, contact Microsoft support with the request id.",
		Source:  sourceThrottling,
	},
}
