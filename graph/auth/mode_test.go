package auth

import (
	"errors"
	"strings"
	"testing"
)

func TestModes(t *testing.T) {
	for _, mode := range Modes() {
		if got, err := ParseMode(string(mode)); err != nil || got != mode {
			t.Errorf("%s: got %s, %v", mode, got, err)
		}
	}
	for typed, want := range map[string]string{
		"cli":          `unknown --auth "cli"; did you mean azure-cli?`,
		"client-secre": `unknown --auth "client-secre"; did you mean client-secret?`,
		"client":       `unknown --auth "client"`,
		"kerberos":     `unknown --auth "kerberos"`,
		"":             `unknown --auth ""`,
	} {
		if _, err := ParseMode(typed); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err := ParseMode("kerberos")
	var unknown *ModeError
	if !errors.As(err, &unknown) || !strings.Contains(unknown.Hint(), "device-code") || len(Modes()) != 9 {
		t.Errorf("got %v", err)
	}
}
