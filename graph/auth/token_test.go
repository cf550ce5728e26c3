package auth

import (
	"errors"
	"strings"
	"testing"
	"time"
)

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

func TestReadyMadeTokenThatGraphWouldRefuse(t *testing.T) {
	a := newAuthority(t)
	for name, test := range map[string]struct {
		claims map[string]any
		wrong  string // a part of the error, "" for none
	}{
		"good":               {map[string]any{"aud": "https://graph.microsoft.com", "exp": time.Now().Add(time.Hour).Unix()}, ""},
		"with a slash":       {map[string]any{"aud": "https://graph.microsoft.com/"}, ""},
		"by Graph's id":      {map[string]any{"aud": "00000003-0000-0000-c000-000000000000"}, ""},
		"says nothing":       {map[string]any{"tid": tenantID}, ""},
		"odd claims":         {map[string]any{"tid": tenantID, "aud": []string{"x"}, "exp": "soon"}, ""},
		"expired":            {map[string]any{"aud": "https://graph.microsoft.com", "exp": time.Now().Add(-time.Minute).Unix()}, "ended at "},
		"of Azure's manager": {map[string]any{"aud": "https://management.azure.com"}, `is for "https://management.azure.com", not for https://graph.microsoft.com`},
		"of another cloud":   {map[string]any{"aud": "https://graph.microsoft.us"}, "not for https://graph.microsoft.com"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := a.config(ModeToken, map[string]string{TokenVariable: jwt(test.claims)})
			_, err := SignIn(cfg)
			if test.wrong == "" && err != nil {
				t.Errorf("got %v", err)
			}
			if test.wrong == "" {
				return
			}
			var refused *TokenError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.wrong) || !strings.Contains(refused.Hint(), "az account get-access-token") {
				t.Errorf("got %v", err)
			}
			cfg.AnyAudience = true
			if _, err := SignIn(cfg); (err != nil) != (name == "expired") {
				t.Errorf("with a root of one's own: got %v", err)
			}
		})
	}
}
