package auth

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func secretEnv() map[string]string {
	return map[string]string{tenantVariable: tenantID, clientVariable: clientID, secretVariable: appSecret}
}

func TestClientSecretIsExchanged(t *testing.T) {
	for _, mode := range []Mode{ModeClientSecret, ModeDefault} {
		t.Run(string(mode), func(t *testing.T) {
			a := newAuthority(t)
			s := signIn(t, a.config(mode, secretEnv()))
			if got := s.Method(); got != "" {
				t.Errorf("method %q before the first token", got)
			}
			wantToken(t, s, "token-1")
			wantToken(t, s, "token-1")
			if got := s.Method(); got != "client-secret" {
				t.Errorf("method %q", got)
			}
			if n := len(a.exchanges()); n != 1 {
				t.Fatalf("%d exchanges", n)
			}
			form := a.exchanges()[0]
			wantForm(t, form, map[string]string{"grant_type": "client_credentials", "client_id": clientID, "client_secret": appSecret})
			if scopes := strings.Fields(form.Get("scope")); len(scopes) == 0 || scopes[0] != "https://graph.microsoft.com/.default" {
				t.Errorf("scope %q", scopes)
			}
		})
	}
}

func TestFlagsWinOverVariables(t *testing.T) {
	a := newAuthority(t)
	cfg := a.config(ModeClientSecret, secretEnv())
	cfg.ClientID = "33333333-3333-3333-3333-333333333333"
	wantToken(t, signIn(t, cfg), "token-1")
	wantForm(t, a.exchanges()[0], map[string]string{"client_id": cfg.ClientID})
}

func TestWorkloadIdentityTradesTheFile(t *testing.T) {
	for _, mode := range []Mode{ModeWorkloadIdentity, ModeDefault} {
		t.Run(string(mode), func(t *testing.T) {
			a := newAuthority(t)
			file := filepath.Join(t.TempDir(), "token")
			write(t, file, "federated-1")
			s := signIn(t, a.config(mode, map[string]string{
				tenantVariable: tenantID, clientVariable: clientID, federatedVariable: file,
			}))
			wantToken(t, s, "token-1")
			wantForm(t, a.exchanges()[0], map[string]string{
				"grant_type": "client_credentials", "client_id": clientID, "client_assertion": "federated-1",
				"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			})
			if got := s.Method(); got != "workload-identity" {
				t.Errorf("method %q", got)
			}
			write(t, file, "federated-2")
			wantFresh(t, s, "token-2")
			wantForm(t, a.exchanges()[1], map[string]string{"client_assertion": "federated-2"})
		})
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// person answers a device code after one poll, and refresh tokens at once.
func person(n int, form url.Values) (int, string) {
	if form.Get("grant_type") == "device_code" && n == 1 {
		return http.StatusBadRequest, `{"error":"authorization_pending"}`
	}
	return http.StatusOK, personBody(n)
}

func TestDeviceCodeShowsItsPromptAndPolls(t *testing.T) {
	a := newAuthority(t)
	a.reply = person
	var prompts []string
	cfg := a.config(ModeDeviceCode, nil)
	cfg.TenantID, cfg.ClientID = tenantID, clientID
	cfg.Prompt = func(text string) { prompts = append(prompts, text) }
	s := signIn(t, cfg)
	wantToken(t, s, "token-2")
	wantToken(t, s, "token-2")
	if len(prompts) != 1 || !strings.Contains(prompts[0], "ABCD-EFGH") || !strings.Contains(prompts[0], "https://microsoft.com/devicelogin") {
		t.Errorf("prompts %q", prompts)
	}
	if strings.Contains(prompts[0], "\x1b") {
		t.Error("the prompt commands the terminal")
	}
	wantFresh(t, s, "token-3") // without another prompt
	form := a.exchanges()[2]
	wantForm(t, form, map[string]string{"grant_type": "refresh_token", "refresh_token": "refresh-1"})
	if !strings.Contains(form.Get("claims"), `"nbf"`) {
		t.Errorf("claims %q", form.Get("claims"))
	}
	if len(prompts) != 1 || s.Method() != "device-code" {
		t.Errorf("prompts %q, method %q", prompts, s.Method())
	}
}

func TestDeviceCodeThatWasDeclined(t *testing.T) {
	a := newAuthority(t)
	a.reply = func(int, url.Values) (int, string) {
		return http.StatusBadRequest, `{"error":"authorization_declined","error_description":"AADSTS70000: The user declined."}`
	}
	cfg := a.config(ModeDeviceCode, nil)
	cfg.Prompt = func(string) {}
	_, err := signIn(t, cfg).Token(t.Context())
	var failed *FailedError
	if !errors.As(err, &failed) || failed.Status != http.StatusBadRequest || !strings.Contains(err.Error(), "The user declined") {
		t.Errorf("got %v", err)
	}
}

func TestDeviceCodeNeedsAPrompt(t *testing.T) {
	if _, err := SignIn(newAuthority(t).config(ModeDeviceCode, nil)); !errors.Is(err, errNoPrompt) {
		t.Errorf("got %v", err)
	}
}

// fakeAzureCLI puts a program az on the path, which is all there is on it.
func fakeAzureCLI(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake az is a shell script")
	}
	elsewhere(t)
	file := filepath.Join(os.Getenv("PATH"), "az")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestAzureCLI(t *testing.T) {
	for _, mode := range []Mode{ModeAzureCLI, ModeDefault} {
		t.Run(string(mode), func(t *testing.T) {
			calls := filepath.Join(t.TempDir(), "calls")
			fakeAzureCLI(t, `echo "$@" >> `+calls+`
echo '{"accessToken":"token-of-az","expires_on":4102444800}'`)
			s := signIn(t, Config{
				Mode: mode, TenantID: tenantID, Getenv: func(string) string { return "" },
				Cloud: newAuthority(t).config(mode, nil).Cloud, HTTP: &http.Client{Transport: metadata(nowhere)},
			})
			wantToken(t, s, "token-of-az")
			wantToken(t, s, "token-of-az")
			if got := s.Method(); got != "azure-cli" {
				t.Errorf("method %q", got)
			}
			wantCalls(t, calls, 1) // az needs a second: its token is kept
			wantFresh(t, s, "token-of-az")
			wantCalls(t, calls, 2)
		})
	}
}

func wantCalls(t *testing.T, file string, n int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	call := "account get-access-token -o json --resource https://graph.microsoft.com --tenant " + tenantID + "\n"
	if string(data) != strings.Repeat(call, n) {
		t.Errorf("calls %q", data)
	}
}

func TestAzureCLIThatIsSignedOut(t *testing.T) {
	fakeAzureCLI(t, `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`)
	_, err := machine(t, ModeAzureCLI, nowhere).Token(t.Context())
	var failed *FailedError
	if !errors.As(err, &failed) || !strings.Contains(failed.Error(), "Please run 'az login'") || !strings.Contains(failed.Hint(), "az login") {
		t.Errorf("got %v", err)
	}
}

func TestNoWayToSignInNamesAll(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the path cannot be emptied for cmd.exe")
	}
	elsewhere(t)
	s := machine(t, ModeDefault, nowhere)
	_, err := s.Token(t.Context())
	var none *NoneError
	if !errors.As(err, &none) || len(none.Tried) != 2 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{secretVariable, certificateVariable, federatedVariable, "managed-identity: this machine has none", "azure-cli: it is not installed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if !strings.Contains(none.Hint(), "az login") || s.Method() != "" {
		t.Errorf("hint %q, method %q", none.Hint(), s.Method())
	}
}
