package auth

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"

	"guestlist/graph"
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
	// Unreachable says that the sign-in service cannot be reached.
	Unreachable bool
	// untrusted says that its certificate was the reason.
	untrusted bool
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
	if known, ok := entraCodes[strings.TrimPrefix(e.Code, "AADSTS")]; ok {
		return known.advice
	}
	switch {
	case e.untrusted:
		return graph.TrustHint
	case e.Unreachable:
		return "check the network and the proxy (HTTPS_PROXY), then run the same command again"
	case e.Mode == ModeAzureCLI:
		return "run az login (with --tenant if you have several) and try again"
	case e.Mode == ModeBrowser && e.Status == 0:
		return "if no browser opens on this machine, use --auth device-code"
	case e.Status != 0:
		return "look the code up at https://login.microsoftonline.com/error, or ask the owner of the app registration"
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
	if host, unreachable := r.last.unreachable(); unreachable != nil && r.mode != ModeAzureCLI { // which sends nothing itself
		return &FailedError{Mode: r.mode, Unreachable: true, untrusted: errors.As(unreachable, new(*tls.CertificateVerificationError)), Text: r.clean.text(fmt.Sprintf("the sign-in service %s cannot be reached: %s", host, text.Error(unreachable)))}
	}
	switch {
	case errors.As(err, new(*FederatedError)):
		return err
	case errors.As(err, &authn) && authn.RawResponse != nil:
		return r.refused(authn.RawResponse)
	case errors.As(err, &call) && call.Resp != nil:
		return r.refused(call.Resp)
	case authn != nil || errors.As(err, &call):
		return &FailedError{Mode: r.mode, Text: r.clean.text(unframed(text.Error(err)))}
	default:
		return &UnavailableError{Mode: r.mode, Reason: r.clean.text(unframed(text.Error(err)))}
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

// lastError keeps what azidentity does not tell of the latest request: the body of a
// refusal - for device codes, MSAL reads the body and passes an empty one on, which
// would hide the reason - and that no answer came.
type lastError struct {
	mu   sync.Mutex
	body []byte
	host string
	err  error
}

// Do is a step of azidentity's HTTP pipeline.
func (l *lastError) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	l.mu.Lock()
	l.host, l.err = req.Raw().URL.Hostname(), err
	l.mu.Unlock()
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	body, err := runtime.Payload(resp) // which leaves it there to read again
	l.mu.Lock()
	defer l.mu.Unlock()
	l.body = body
	return resp, err
}

// unreachable returns the host that the latest request got no answer from, and why.
func (l *lastError) unreachable() (host string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wrapped, ok := errors.AsType[*url.Error](l.err); ok { // names the URL again
		return l.host, wrapped.Err
	}
	return l.host, l.err
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
