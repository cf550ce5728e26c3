package auth

import (
	"errors"
	"testing"
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
