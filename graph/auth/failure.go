package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"

	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// maxText bounds what a failure quotes, in bytes.
const maxText = 800

// FailedError says that signing in was tried and failed. It quotes what the
// other side said about the reason, bounded and without secrets; the answer
// itself, which azidentity's errors print whole, is dropped.
type FailedError struct {
	// Mode is how the sign-in was tried.
	Mode Mode
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Code is Entra's, such as "AADSTS7000215", or OAuth's, "" when there is none.
	Code string
	// Text is one line of at most 800 bytes without control characters.
	Text string
}

func (e *FailedError) Error() string {
	s := e.Text
	if e.Code != "" && !strings.Contains(s, e.Code) {
		s = e.Code + ": " + s
	}
	return fmt.Sprintf("%s: %s", e.Mode, s)
}

// Hint says what to change, by Entra's code where it is a known one.
func (e *FailedError) Hint() string {
	if hint, ok := advice[strings.TrimPrefix(e.Code, "AADSTS")]; ok {
		return hint
	}
	switch {
	case e.Mode == ModeAzureCLI:
		return "run az login (with --tenant if you have several) and try again"
	case e.Mode == ModeBrowser && e.Status == 0:
		return "if no browser opens on this machine, use --auth device-code"
	case e.Status != 0:
		return "look the code up at https://login.microsoftonline.com/error, or ask the owner of the app registration"
	case strings.Contains(e.Text, "x509:"):
		return "something between this machine and Microsoft inspects TLS: add its CA certificate to the trusted ones of this machine (SSL_CERT_FILE on Linux)"
	default:
		return "check the network and the proxy (HTTPS_PROXY), then run the same command again"
	}
}

// reporter turns errors of azidentity into ours.
type reporter struct {
	mode  Mode
	clean cleaner
	last  *lastError
}

func (r *reporter) failure(err error) error {
	var authn *azidentity.AuthenticationFailedError
	var call msal.CallErr
	switch {
	case errors.As(err, &authn) && authn.RawResponse != nil:
		return r.refused(authn.RawResponse)
	case errors.As(err, &call) && call.Resp != nil:
		return r.refused(call.Resp)
	case authn != nil || errors.As(err, &call):
		return &FailedError{Mode: r.mode, Text: r.clean.text(unframed(err.Error()))}
	default:
		return &UnavailableError{Mode: r.mode, Reason: r.clean.text(unframed(err.Error()))}
	}
}

// frame finds what azidentity puts around a message.
var frame = regexp.MustCompile(`^\w+Credential: |\.? To troubleshoot, visit \S+`)

// unframed takes the frame away.
func unframed(s string) string { return strings.TrimSpace(frame.ReplaceAllString(s, "")) }

var entraCode = regexp.MustCompile(`AADSTS\d+`)

// refused reads OAuth's error, or the one that App Service answers instead.
func (r *reporter) refused(resp *http.Response) *FailedError {
	var answer struct {
		Error       any    `json:"error"` // an object on some endpoints
		Description string `json:"error_description"`
		Message     string `json:"message"`
	}
	e := &FailedError{Mode: r.mode, Status: resp.StatusCode}
	body, err := r.last.bodyOf(resp)
	if err != nil || json.Unmarshal(body, &answer) != nil {
		e.Text = fmt.Sprintf("the answer (status %d) is not from a sign-in service", resp.StatusCode)
		return e
	}
	code, _ := answer.Error.(string)
	e.Text = r.clean.text(cmp.Or(answer.Description, answer.Message, http.StatusText(resp.StatusCode)))
	e.Code = r.clean.text(cmp.Or(entraCode.FindString(answer.Description), code))
	return e
}

// cleaner makes foreign text safe to show.
type cleaner struct{ secrets []secret.Text }

// text returns one line without control characters, bounded, secrets replaced.
func (c cleaner) text(str string) string {
	for _, s := range c.secrets {
		if !s.IsZero() {
			str = strings.ReplaceAll(str, s.Reveal(), "[secret]")
		}
	}
	return text.Truncate(secret.Mask(text.Line(str)), maxText)
}

// advice is what to do about Entra's codes, without their prefix AADSTS
// (learn.microsoft.com/entra/identity-platform/reference-error-codes), and about
// OAuth's.
var advice = map[string]string{
	"7000215": secretVariable + " is not accepted: it must hold the secret's value, not its id",
	"7000222": "the client secret has expired: create a new one in the app registration and put its value into " + secretVariable,
	"7000218": "turn on \"Allow public client flows\" under Authentication in the app registration",
	"700016":  "there is no such app in this tenant: check --client-id (" + clientVariable + ") and --tenant-id (" + tenantVariable + ")",
	"700027":  "upload the certificate to the app registration; if the app trusts a subject and issuer instead, set " + chainVariable + "=true",
	"700030":  "upload the certificate to the app registration; if the app trusts a subject and issuer instead, set " + chainVariable + "=true",
	"700211":  noFederation,
	"700212":  noFederation,
	"700213":  noFederation,
	"70021":   noFederation,
	"700024":  "the federated token has expired or is not valid yet: check that the file in " + federatedVariable + " is renewed, and this machine's clock",
	"70020":   codeTooLate,
	"70043":   "a policy of the tenant has ended this sign-in: sign in again",
	"90002":   noTenant,
	"900023":  noTenant,
	"900021":  noTenant,
	"900382":  wrongCloud,
	"900439":  wrongCloud,
	"500011":  wrongCloud,
	"50020":   "the account is not from this tenant: sign in with an account of the tenant, or name the account's tenant with --tenant-id",
	"50076":   needsPerson,
	"50079":   needsPerson,
	"50158":   needsPerson,
	"50105":   "assign the account to the app under Enterprise applications, or sign in with another account",
	"53003":   "a Conditional Access policy of the tenant blocks this sign-in: ask the tenant's admin, or sign in from a managed device",
	"65001":   "grant the app User.Invite.All with admin consent",
	"90094":   "grant the app User.Invite.All with admin consent",
	"7000112": "the app is disabled in this tenant: enable it under Enterprise applications",

	"expired_token":          codeTooLate,
	"authorization_declined": "the sign-in was declined: run the same command again",
	"access_denied":          "the sign-in was declined: run the same command again",
}

const (
	noFederation = "add a federated credential to the app registration whose issuer, subject and audience are those of the token in " + federatedVariable
	noTenant     = "check --tenant-id (" + tenantVariable + "), and --cloud if the tenant is in another cloud"
	wrongCloud   = "the tenant is in another cloud, or has no Microsoft Graph: check --cloud"
	needsPerson  = "the tenant requires more than this sign-in can do, such as multifactor authentication: use --auth browser or --auth device-code"
	codeTooLate  = "the code was not entered in time: run the same command again"
)

// lastError keeps the body of the latest refusal of an authority: for device
// codes, MSAL reads the body and passes an empty one on, which would hide the
// reason.
type lastError struct {
	mu   sync.Mutex
	body []byte
}

// Do is a step of azidentity's HTTP pipeline.
func (l *lastError) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	body, err := runtime.Payload(resp) // which leaves it there to read again
	l.mu.Lock()
	defer l.mu.Unlock()
	l.body = body
	return resp, err
}

// bodyOf returns the body of a refusal.
func (l *lastError) bodyOf(resp *http.Response) ([]byte, error) {
	body, err := runtime.Payload(resp)
	if len(body) > 0 || err != nil {
		return body, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.body, nil
}
