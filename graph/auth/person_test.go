package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

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
