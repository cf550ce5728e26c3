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
	for in, want := range map[string]string{
		"go to https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations now": "go to [secret] now",
		"https://x.example/?ticket=abc":  "[secret]",
		"token eyJhbGciOi.eyJhdWQi.c2ln": "token [secret]",
		"Authorization: Bearer abc.def":  "Authorization: [secret]",
		"https://x.example/help":         "https://x.example/help",
	} {
		if got := secret.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}
