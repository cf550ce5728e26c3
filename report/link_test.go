package report

import (
	"strings"
	"testing"
)

func TestCanLink(t *testing.T) {
	tests := map[string]bool{
		"https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d1&x=y": true,
		"http://127.0.0.1:8080/redeem#top": true,
		"":                                 false,
		"file:///etc/passwd":               false,
		"javascript:alert(1)":              false,
		"https://x.example/half%2":         false,
		"https://x.example/%2Gx":           false,
		"https://x.example/%2f":            true,
		"https://":                         false,
		"https://x.example/\"quoted\"":     false,
		"https://x.example/é":              false,
		"https://x.example/" + strings.Repeat("a", 2061): true,
		"https://x.example/" + strings.Repeat("a", 2062): false,
	}
	for address, want := range tests {
		if got := canLink(address); got != want {
			t.Errorf("%.60q (%d characters): %v", address, len(address), got)
		}
	}
}

// FuzzCanLink compares with the same rule written otherwise.
func FuzzCanLink(f *testing.F) {
	for _, seed := range []string{"", "https://x/%2f", "http://%", "https://a b", "https://x\n", "https://é", "HTTPS://x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if got, want := canLink(address), len(address) <= 2079 && openable.MatchString(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	})
}
