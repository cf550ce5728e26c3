package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
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
	if e.Error() != "client-secret: the answer (status 403) is not from a sign-in service" {
		t.Errorf("got %q", e)
	}
}
