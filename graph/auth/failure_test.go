package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// entra answers the way Entra refuses.
func entra(code int, text string) func(int, url.Values) (int, string) {
	return func(int, url.Values) (int, string) {
		return http.StatusUnauthorized, fmt.Sprintf(
			`{"error":"invalid_client","error_description":"AADSTS%d: %s\r\nTrace ID: 1\r\nCorrelation ID: 2","error_codes":[%d]}`, code, text, code)
	}
}

func refusedBy(t *testing.T, reply func(int, url.Values) (int, string)) *FailedError {
	t.Helper()
	a := newAuthority(t)
	a.reply = reply
	_, err := signIn(t, a.config(ModeClientSecret, secretEnv())).Token(t.Context())
	var failed *FailedError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	return failed
}

func TestEntrasReasonsComeWithAdvice(t *testing.T) {
	for _, test := range []struct {
		code       int
		text, hint string
	}{
		{7000215, "Invalid client secret provided.", secretVariable},
		{7000222, "The provided client secret keys are expired.", "expired"},
		{700016, "Application was not found in the directory.", "--client-id"},
		{90002, "Tenant not found.", "--tenant-id"},
		{900382, "Confidential Client is not supported in Cross Cloud request.", "--cloud"},
		{65001, "The user or administrator has not consented.", "User.Invite.All"},
		{99999999, "Something new.", "https://login.microsoftonline.com/error"},
	} {
		e := refusedBy(t, entra(test.code, test.text))
		want := fmt.Sprintf("client-secret: AADSTS%d: %s Trace ID: 1 Correlation ID: 2", test.code, test.text)
		if e.Error() != want || e.Status != http.StatusUnauthorized || e.Code != fmt.Sprintf("AADSTS%d", test.code) {
			t.Errorf("got %+v: %q, want %q", e, e.Error(), want)
		}
		if !strings.Contains(e.Hint(), test.hint) {
			t.Errorf("%d: hint %q lacks %q", test.code, e.Hint(), test.hint)
		}
	}
}

func TestFailuresAreCleanAndBounded(t *testing.T) {
	token := jwt(map[string]string{"sub": "nobody-may-see"})
	for name, text := range map[string]string{
		"secret":  "You sent " + appSecret,
		"token":   "You sent " + token,
		"control": `\u001b[2J`,
		"long":    strings.Repeat("é", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			e := refusedBy(t, entra(1, text))
			shown := fmt.Sprintf("%v %+v %#v %s", e, e, e, e.Hint())
			for _, hidden := range []string{appSecret, "nobody-may-see", token, token[:40], "\x1b", "\n"} {
				if strings.Contains(shown, hidden) {
					t.Errorf("%q shows %q", shown, hidden)
				}
			}
			if len(e.Text) > maxText+len("…") || !utf8.ValidString(e.Text) {
				t.Errorf("%d bytes", len(e.Text))
			}
		})
	}
}

func TestPageInsteadOfAnAnswer(t *testing.T) {
	e := refusedBy(t, func(int, url.Values) (int, string) {
		return http.StatusForbidden, "<html>" + appSecret + "</html>"
	})
	if e.Error() != "client-secret: answer 403 is not from a sign-in service" {
		t.Errorf("got %q", e)
	}
}

// A certificate that nobody vouches for must not get a secret.
func TestUnknownAuthorityGetsNothing(t *testing.T) {
	a := newAuthority(t)
	cfg := a.config(ModeClientSecret, secretEnv())
	cfg.HTTP = nil
	ctx := policy.WithRetryOptions(t.Context(), policy.RetryOptions{MaxRetries: -1})
	_, err := signIn(t, cfg).Token(ctx)
	var failed *FailedError
	if !errors.As(err, &failed) || failed.Status != 0 || !strings.Contains(err.Error(), "x509:") || !strings.Contains(failed.Hint(), "CA") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "aka.ms") || len(a.exchanges()) != 0 {
		t.Errorf("%d exchanges, %v", len(a.exchanges()), err)
	}
}

func TestRedirectGetsNoSecret(t *testing.T) {
	thief, a := newAuthority(t), newAuthority(t)
	honest := a.Config.Handler
	a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
			return
		}
		honest.ServeHTTP(w, r)
	})
	cfg := a.config(ModeClientSecret, secretEnv())
	cfg.HTTP = newClient()
	cfg.HTTP.Transport = a.Client().Transport // trusts both
	if _, err := signIn(t, cfg).Token(t.Context()); !errors.As(err, new(*FailedError)) {
		t.Errorf("got %v", err)
	}
	if n := len(thief.exchanges()); n != 0 {
		t.Errorf("%d secrets at the wrong place", n)
	}
}

func TestCancelledSignInSaysSo(t *testing.T) {
	a := newAuthority(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the operator pressed Ctrl-C")
	a.reply = func(n int, _ url.Values) (int, string) {
		cancel(stop)
		return http.StatusServiceUnavailable, tokenBody(n, 1) // azidentity would try again
	}
	_, err := signIn(t, a.config(ModeClientSecret, secretEnv())).Token(ctx)
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for _, test := range []struct {
		mode Mode
		env  map[string]string
		want string
	}{
		{ModeClientSecret, nil, "client-secret: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET missing"},
		{ModeClientSecret, map[string]string{tenantVariable: "t", secretVariable: appSecret}, "client-secret: AZURE_CLIENT_ID missing"},
		{ModeDefault, map[string]string{clientVariable: "c", secretVariable: appSecret}, "client-secret: AZURE_TENANT_ID missing"},
		{ModeClientCertificate, map[string]string{tenantVariable: "t", clientVariable: "c"}, "client-certificate: AZURE_CLIENT_CERTIFICATE_PATH missing"},
		{ModeWorkloadIdentity, map[string]string{tenantVariable: "t", clientVariable: "c"}, "workload-identity: AZURE_FEDERATED_TOKEN_FILE missing"},
	} {
		_, err := SignIn(newAuthority(t).config(test.mode, test.env))
		var missing *MissingError
		if !errors.As(err, &missing) || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
			continue
		}
		for _, name := range missing.Variables {
			if !strings.Contains(missing.Hint(), name) {
				t.Errorf("hint %q lacks %s", missing.Hint(), name)
			}
		}
	}
}

func TestSecretAndCertificateAreRefused(t *testing.T) {
	env := secretEnv()
	env[certificateVariable] = "app.pem"
	for _, mode := range []Mode{ModeDefault, ModeClientSecret, ModeClientCertificate} {
		_, err := SignIn(newAuthority(t).config(mode, env))
		var both *ConflictError
		if !errors.As(err, &both) || err.Error() != "AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH are both set" || both.Hint() == "" {
			t.Errorf("%s: got %v", mode, err)
		}
	}
}

func TestOtherFaultsBeforeAnythingIsSent(t *testing.T) {
	a := newAuthority(t)
	cfg := a.config(ModeDeviceCode, nil)
	cfg.TenantID = "contoso/../evil"
	if _, err := SignIn(cfg); !errors.As(err, new(*TenantError)) {
		t.Errorf("tenant: got %v", err)
	}
	_, err := SignIn(a.config(ModeWorkloadIdentity, map[string]string{tenantVariable: "t", clientVariable: "c", federatedVariable: "gone"}))
	var gone *FederatedError
	if !errors.As(err, &gone) || !strings.Contains(gone.Hint(), federatedVariable) {
		t.Errorf("federated: got %v", err)
	}
	if _, err := SignIn(a.config("kerberos", nil)); !errors.As(err, new(*ModeError)) {
		t.Errorf("mode: got %v", err)
	}
}

func TestReadyMadeToken(t *testing.T) {
	a := newAuthority(t)
	s := signIn(t, a.config(ModeToken, map[string]string{TokenVariable: " ready-made \n"}))
	wantToken(t, s, "ready-made")
	wantFresh(t, s, "ready-made")
	if got := s.Method(); got != "token" {
		t.Errorf("method %q", got)
	}
	if _, err := SignIn(a.config(ModeToken, nil)); !errors.Is(err, ErrNoToken) {
		t.Errorf("got %v", err)
	}
	if _, err := SignIn(a.config(ModeToken, map[string]string{TokenVariable: "two\nlines"})); !errors.Is(err, ErrTokenText) {
		t.Errorf("got %v", err)
	}
}

func TestModes(t *testing.T) {
	for _, mode := range Modes() {
		if got, err := ParseMode(string(mode)); err != nil || got != mode {
			t.Errorf("%s: got %s, %v", mode, got, err)
		}
	}
	_, err := ParseMode("kerberos")
	var unknown *ModeError
	if !errors.As(err, &unknown) || !strings.Contains(unknown.Hint(), "device-code") || len(Modes()) != 9 {
		t.Errorf("got %v", err)
	}
}
