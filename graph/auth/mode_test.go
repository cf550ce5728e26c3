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
	_, err := ParseMode("kerberos")
	var unknown *ModeError
	if !errors.As(err, &unknown) || !strings.Contains(unknown.Hint(), "device-code") || len(Modes()) != 9 {
		t.Errorf("got %v", err)
	}
}
