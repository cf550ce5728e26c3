package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// refusal is an answer other than 2xx.
type refusal struct {
	status     int
	code       string // "" makes the message the whole body, a web page
	message    string // {id} is replaced by an object id
	retryAfter int    // seconds, 0 for none
	challenge  string // what WWW-Authenticate says of a token, "" for the usual
	foreign    bool   // something in between answers, which knows no request-id
}

// about puts an object id into the message.
func (r refusal) about(id string) *refusal {
	r.message = strings.ReplaceAll(r.message, "{id}", id)
	return &r
}

func badRequest(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "BadRequest", message: message}
}

// throttled is the documented answer to too many requests
// (learn.microsoft.com/graph/throttling).
func throttled(seconds int) *refusal {
	return &refusal{
		status: http.StatusTooManyRequests, code: "TooManyRequests",
		message: "Please retry again later.", retryAfter: seconds,
	}
}

// troubled is the refusal of [Config.Trouble].
func troubled(status, seconds int) *refusal {
	switch status {
	case http.StatusTooManyRequests:
		return throttled(seconds)
	case http.StatusServiceUnavailable:
		return unavailable(seconds)
	case http.StatusForbidden:
		return &denied
	default:
		return &refusal{
			status: status, code: strings.ReplaceAll(http.StatusText(status), " ", ""),
			message: "The sandbox was asked for trouble.", retryAfter: seconds,
		}
	}
}

func unavailable(seconds int) *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, code: "ServiceUnavailable",
		message: "The service is temporarily unavailable. Please retry later.", retryAfter: seconds,
	}
}

// What concerns one address. The texts were seen in live answers, except where
// a comment says otherwise.
var (
	alreadyMember = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "The invited user already exists in the directory as object ID: {id}. They can use that account to sign in to shared apps and resources.",
	}
	alreadyDisabled = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "The invited user already exists in the directory as object ID: {id}, but the account is blocked from signing in. If the account is unblocked, they can use that account to sign in to shared apps and resources.",
	}
	groupAddress = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "Group email address is not supported.",
	}
	ownDomain = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "This user cannot be invited because the domain of the user's email address is a verified domain of this directory.",
	}
	// Microsoft documents this refusal in paraphrase only: neither the status
	// nor the text of the API is known, and these are plausible ones.
	blockedDomain = refusal{
		status: http.StatusForbidden, code: "Forbidden",
		message: "The domain of the invited user is currently blocked by your invitation policy.",
	}
	// The text is documented, its status and code are not.
	crossTenant = refusal{
		status: http.StatusForbidden, code: "Forbidden",
		message: "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user's organization must configure cross-tenant access settings to allow the invitation.",
	}
	// The text is documented, its status and code are not.
	crossCloud = refusal{
		status: http.StatusForbidden, code: "Forbidden",
		message: "This action can't be completed because the Microsoft B2B Cross Cloud Worker application has been disabled in the invited user's tenant. Ask the invited user's admin to re-enable it, then try again.",
	}
	// Microsoft documents this refusal in paraphrase only.
	addressConflict = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "The invited user's email address is in use as a proxy address of a contact object in this directory.",
	}
	// The name is documented for provisioning; the API's own text is not known.
	badValue = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "InvitationCreationFailureInvalidPropertyValue",
	}
	// The text was seen in the portal.
	cannotBeInvited = refusal{
		status: http.StatusBadRequest, code: "BadRequest",
		message: "This user can't be invited to this directory. Please try a different email address for the user or create a user account for them in your Azure AD directory.",
	}
	badAddress  = *badRequest("The Primary SMTP Address is an invalid value.")
	nonExternal = *badRequest("Non-external user already exists with the given mail address and can't be invited.")
	badInput    = *badRequest("Invalid request input.")
	// Seen of requests that come right after an object was created.
	unreplicated = refusal{
		status: http.StatusNotFound, code: "Directory_ObjectNotFound",
		message: "Unable to read the company information from the directory.",
	}
	noTarget = refusal{
		status: http.StatusInternalServerError, code: "InternalServerError",
		message: "Unable to find target address",
	}
	// The code is documented, its text is not.
	concurrent = refusal{
		status: http.StatusConflict, code: "Directory_ConcurrencyViolation",
		message: "The object is being changed by another request. Please retry.",
	}
	inviteFailed = refusal{
		status: http.StatusInternalServerError, code: "InternalServerError",
		message: "Directory invite operation failed",
	}
	badGateway = refusal{
		status:  http.StatusBadGateway,
		message: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
	}
	loginPage = refusal{
		status: http.StatusOK, foreign: true,
		message: "<html><head><title>Sign in to Corp WiFi</title></head><body>Welcome</body></html>",
	}
	noSuchUser = refusal{
		status: http.StatusNotFound, code: "Request_ResourceNotFound",
		message: "Resource '{id}' does not exist or one of its queried reference-property objects are not present.",
	}
)

// What concerns a change of users and groups. The texts are documented or were seen in live
// answers, except where a comment says otherwise.
var (
	addedBefore = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "One or more added object references already exist for the following modified properties: '{id}'.",
	}
	notReferable = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "The source resource object or one of the objects being referenced don't exist.",
	}
	tooManyLinks = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "A resource cannot contain more than 20 link changes.",
	}
	invalidValue = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "Invalid value specified for property '{id}' of resource 'User'.",
	}
	noGuests = refusal{
		status: http.StatusForbidden, code: "Authorization_RequestDenied",
		message: "Guests users are not allowed to join this Unified Group due to policy setting. paramName: Members, paramValue: , objectType: Microsoft.Online.DirectoryServices.Group",
	}
	keptInExchange = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "Cannot Update a mail-enabled security groups and or distribution list.",
	}
	keptOnPremises = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
	}
	// Invented: that members of a dynamic group cannot be changed is documented, the text
	// is not.
	keptByRule = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "The members of a group with dynamic membership cannot be changed.",
	}
	// Invented: that there may be five is documented, the text is not.
	tooManySponsors = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "A user cannot have more than 5 sponsors.",
	}
	// Invented: the service's own text for a reference that leads elsewhere is not known.
	foreignReference = refusal{
		status: http.StatusBadRequest, code: "Request_BadRequest",
		message: "Invalid URL format specified in a reference: '{id}'.",
	}
)

// What concerns the tenant or the caller, and so every address.
var (
	suspicious = refusal{
		status: http.StatusForbidden, code: "Forbidden",
		message: "Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help.",
	}
	notAllowed = refusal{
		status: http.StatusForbidden, code: "Forbidden",
		message: "Guest invitations not allowed for your company. Contact your company administrator for more details.",
	}
	// The application that the text names is Graph itself, not the caller.
	noConsent = refusal{
		status: http.StatusUnauthorized, code: "Unauthorized",
		message: "Insufficient privileges to perform requested operation by the application '00000003-0000-0000-c000-000000000000'. ControllerName=MSGraphInviteAPI, ActionName=CreateInvite, URL absolute path=/api/" + TenantID + "/invites",
	}
	denied = refusal{
		status: http.StatusForbidden, code: "Authorization_RequestDenied",
		message: "Insufficient privileges to complete the operation.",
	}
	directoryFull = refusal{
		status: http.StatusForbidden, code: "Directory_QuotaExceeded",
		message: "The directory object quota limit for the Tenant has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.",
	}
	// Invented, for refusals that the service has not shown yet.
	unknownRefusal = refusal{
		status: http.StatusForbidden, code: "Forbidden",
		message: "The sandbox refuses this in words that no catalogue has.",
	}
	noToken = refusal{
		status: http.StatusUnauthorized, code: "InvalidAuthenticationToken",
		message: "Access token is empty.",
	}
	staleToken = refusal{
		status: http.StatusUnauthorized, code: "InvalidAuthenticationToken",
		message: "Lifetime validation failed, the token is expired.",
	}
	moreClaims = refusal{
		status: http.StatusUnauthorized, code: "InvalidAuthenticationToken",
		message:   "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
		challenge: `, error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzYwMDAwMDAwIn19fQ=="`,
	}
	// A wrong path or method: Graph wraps the web page of the server behind it.
	notFound = refusal{
		status: http.StatusNotFound, code: "UnknownError",
		message: "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n<head><title>404 - File or directory not found.</title></head>\r\n<body><h2>404 - File or directory not found.</h2>\r\n<h3>The resource you are looking for might have been removed, had its name changed, or is temporarily unavailable.</h3></body>\r\n</html>\r\n",
	}
)

// envelope is the documented body of a refusal.
type envelope struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Inner   struct {
			Date            string `json:"date"`
			RequestID       string `json:"request-id"`
			ClientRequestID string `json:"client-request-id"`
		} `json:"innerError"`
	} `json:"error"`
}

// innerDate is how Graph writes innerError.date: UTC, without saying so.
const innerDate = "2006-01-02T15:04:05"

func (r refusal) envelope(req Request, now time.Time) envelope {
	var e envelope
	e.Error.Code, e.Error.Message = r.code, r.message
	e.Error.Inner.Date = now.UTC().Format(innerDate)
	e.Error.Inner.RequestID, e.Error.Inner.ClientRequestID = req.RequestID, req.ClientRequestID
	return e
}
