package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"guestlist/internal/secret"
)

func TestSecretCannotBePrinted(t *testing.T) {
	type holder struct {
		Open   secret.Text
		hidden secret.Text
	}
	s := secret.New("nobody-may-see")
	values := []any{s, &s, holder{s, s}, &holder{s, s}, []secret.Text{s}, map[string]any{"link": s}}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "nobody") || strings.Contains(text, fmt.Sprintf("%x", "nobody")) {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
		if text, err := json.Marshal(v); err != nil || strings.Contains(string(text), "nobody") {
			t.Errorf("JSON of %T: %s %v", v, text, err)
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		if strings.Contains(log.String(), "nobody") {
			t.Errorf("log of %T: %s", v, log.String())
		}
	}
	if s.Reveal() != "nobody-may-see" {
		t.Errorf("revealed: %q", s.Reveal())
	}
	if !secret.New("").IsZero() {
		t.Error("an empty secret is not zero")
	}
}

func TestMask(t *testing.T) {
	ticket := strings.Repeat("aB3/dE+g", 15) + "x=="
	for in, want := range map[string]string{
		"go to https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations now": "go to [secret] now",
		"https://x.example/?ticket=abc":  "[secret]",
		"token eyJhbGciOi.eyJhdWQi.c2ln": "token [secret]",
		"Authorization: Bearer abc.def":  "Authorization: [secret]",
		"https://x.example/help":         "https://x.example/help",

		// escaped
		`link https:\/\/login.microsoftonline.com\/redeem?rd=https%3a end`:               "link [secret] end",
		`link https:\\\/\\\/login.microsoftonline.com\\\/redeem?rd=x end`:                "link [secret] end",
		`link https:\u002f\u002Flogin.microsoftonline.com\u002fredeem?rd=x end`:          "link [secret] end",
		"to https%3A%2F%2Flogin.microsoftonline.com%2Fredeem%3Frd%3Dx now":               "to [secret] now",
		"to https%253a%252f%252flogin.microsoftonline.com%252fredeem%253frd%253dx now":   "to [secret] now",
		"to https:&#x2F;&#x2F;login.microsoftonline.com&#x2F;redeem?rd=x now":            "to [secret] now",
		"cut: /?tenant=1&user=2&ticket=abc%3d&ver=2.0 off":                               "cut: /?tenant=1&user=2&[secret] off",
		"cut: %26ticket%3dabc%26ver%3d2.0 off":                                           "cut: [secret] off",
		`{"access_token":"opaque-1","expires_in":3600}`:                                  `{"[secret]","expires_in":3600}`,
		`{\"refresh_token\": \"0.AXoA\"}`:                                                `{\"[secret]\"}`,
		`{"ticket":"` + ticket + `","ver":"2.0"}`:                                        `{"[secret]","ver":"2.0"}`,
		`{\"ticket\": \"` + strings.ReplaceAll(ticket, "/", `\\/`) + `\"}`:               `{\"[secret]\"}`,
		`{"ticket" : "` + strings.ReplaceAll(ticket, "/", `\/`) + `"} end`:               `{"[secret]"} end`,
		`{"inviteTicket":"abc\u002fdef"} end`:                                            `{"invite[secret]"} end`,
		"{&quot;ticket&quot;:&quot;" + ticket + "&quot;}":                                "{&quot;[secret]&quot;}",
		"{'ticket': '" + ticket + "'}":                                                   "{'[secret]'}",
		"%22ticket%22%3A%22abc%22 end":                                                   "%22[secret] end",
		`open a support ticket: "help" or see ticket 42`:                                 `open a support ticket: "help" or see ticket 42`,
		"client_secret=it's&x=1":                                                         "[secret]&x=1",
		`{"client_secret":"ab\/cd+ef=="}`:                                                `{"[secret]"}`,
		"client_secret=s3cr~et&grant_type=client_credentials":                            "[secret]&grant_type=client_credentials",
		"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9":                                           "[secret]",
		"https%3A%2F%2Fx.example%2Fhelp and https:\\/\\/x.example":                       "https%3A%2F%2Fx.example%2Fhelp and https:\\/\\/x.example",
		"the access token has expired, the bearer of this letter may redeem a ticket":    "the access token has expired, the [secret] this letter may redeem a ticket",
		"AADSTS7000215: Invalid client secret provided. See the redeem page for tickets": "AADSTS7000215: Invalid client secret provided. See the redeem page for tickets",
	} {
		if got := secret.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}
