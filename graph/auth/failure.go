package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"guestlist/internal/secret"
	"guestlist/internal/text"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

// maxText bounds what a failure quotes, in bytes.
const maxText = 800

// FailedError says that signing in was tried and failed. It quotes what the
// other side said about the reason, bounded and without secrets; the answer
// itself, which azidentity's errors print whole, is dropped.
type FailedError struct {
	Mode Mode
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Code is Entra's, such as "AADSTS7000215", or OAuth's, "" when there is none.
	Code string
	Text string
}

func (e *FailedError) Error() string {
	s := e.Text
	if e.Code != "" && !strings.Contains(s, e.Code) {
		s = e.Code + ": " + s
	}
	return fmt.Sprintf("%s: %s", e.Mode, s)
}

// Hint tells what to change, by Entra's code where it is a known one.
func (e *FailedError) Hint() string {
	if hint, ok := advice[strings.TrimPrefix(e.Code, "AADSTS")]; ok {
		return hint
	}
	switch {
	case e.Mode == ModeAzureCLI:
		return "run az login (with --tenant where you have several) and try again"
	case e.Mode == ModeBrowser && e.Status == 0:
		return "where no browser opens on this machine, use --auth device-code"
	case e.Status != 0:
		return "look the code up at https://login.microsoftonline.com/error, or ask whoever manages the app registration"
	case strings.Contains(e.Text, "x509:"):
		return "something on the way inspects TLS: add its CA to this machine's trusted ones (SSL_CERT_FILE on Linux)"
	default:
		return "check the network and the proxy (HTTPS_PROXY), then run the same command again"
	}
}

// reporter turns errors of azidentity into ours.
type reporter struct {
	mode  Mode
	clean cleaner
	seen  *witness
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

var frame = regexp.MustCompile(`^\w+Credential: |\.? To troubleshoot, visit \S+`)

// unframed drops what azidentity puts around a message.
func unframed(s string) string { return strings.TrimSpace(frame.ReplaceAllString(s, "")) }

var entraCode = regexp.MustCompile(`AADSTS\d+`)

// refused reads OAuth's error, or what App Service answers in its place.
func (r *reporter) refused(resp *http.Response) *FailedError {
	var said struct {
		Error       any    `json:"error"` // an object on some endpoints
		Description string `json:"error_description"`
		Message     string `json:"message"`
	}
	e := &FailedError{Mode: r.mode, Status: resp.StatusCode}
	body, err := r.seen.said(resp)
	if err != nil || json.Unmarshal(body, &said) != nil {
		e.Text = fmt.Sprintf("answer %d is not from a sign-in service", resp.StatusCode)
		return e
	}
	code, _ := said.Error.(string)
	e.Text = r.clean.text(either(either(said.Description, said.Message), http.StatusText(resp.StatusCode)))
	e.Code = r.clean.text(either(entraCode.FindString(said.Description), code))
	return e
}

// cleaner makes foreign text fit to be shown.
type cleaner struct{ secrets []secret.Text }

func (s *settings) cleaner() cleaner {
	return cleaner{append([]secret.Text{s.secret, s.password, s.accessToken}, s.endpointSecrets...)}
}

// tokenText finds JSON Web Tokens: a header always begins with {" in Base64.
var tokenText = regexp.MustCompile(`eyJ[\w-]{8,}(\.[\w-]*)*`)

// text gives one line without control characters, bounded, secrets replaced.
func (c cleaner) text(str string) string {
	for _, s := range c.secrets {
		if !s.IsZero() {
			str = strings.ReplaceAll(str, s.Reveal(), "[secret]")
		}
	}
	str = tokenText.ReplaceAllString(str, "[secret]")
	return text.Truncate(text.Line(str), maxText)
}
