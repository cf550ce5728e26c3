package provider

import (
	"slices"
	"strings"
	"testing"
)

func TestWellKnownDomains(t *testing.T) {
	for domain, want := range map[string]Kind{
		"gmail.com": Consumer, "googlemail.com": Consumer, "outlook.com": Consumer, "hotmail.co.uk": Consumer,
		"gmx.de": Consumer, "gmx.ch": Consumer, "web.de": Consumer, "t-online.de": Consumer, "posteo.de": Consumer,
		"yahoo.com": Consumer, "yahoo.fr": Consumer, "yahoo.co.jp": Consumer, "icloud.com": Consumer, "qq.com": Consumer,
		"mail.ru": Consumer, "orange.fr": Consumer, "libero.it": Consumer, "proton.me": Consumer, "tuta.com": Consumer,
		"mailinator.com": Disposable, "team.mailinator.com": Disposable, "a.b.mailinator.com": Disposable,
		"yopmail.com": Disposable, "guerrillamail.com": Disposable, "10minutemail.com": Disposable,
		"microsoft.com": None, "contoso.com": None, "fabrikam.com": None, "siemens.com": None, "example.com": None,
		"nus.edu.sg": None, "alibaba.com": None, "team.gmail.com": None, "mymailinator.example": None, "mailinator.com.example": None,
		"": None, ".": None, "com": None, "gmail": None, "gmail.co": None, "gmail.comm": None, "zzzz": None, "\xff": None,
	} {
		if got := Of(domain); got != want {
			t.Errorf("%q: %d, want %d", domain, got, want)
		}
	}
}

// TestEveryLineIsFound would fail for lists that are not sorted the way they
// are searched, and for entries that [Of] could not be asked for.
func TestEveryLineIsFound(t *testing.T) {
	for kind, list := range map[Kind]string{Consumer: consumers, Disposable: disposables} {
		lines := strings.Split(strings.TrimSuffix(list, "\n"), "\n")
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "#") })
		if len(lines) < 4000 || !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
			t.Fatalf("kind %d: %d lines, not sorted, or some of them twice", kind, len(lines))
		}
		for _, domain := range lines {
			switch {
			case domain != strings.ToLower(domain) || strings.ContainsFunc(domain, func(r rune) bool { return r <= ' ' || r > '~' }):
				t.Errorf("%q is not in ASCII and lower case", domain)
			case Of(domain) != kind:
				t.Errorf("%s: %d, want %d", domain, Of(domain), kind)
			case listed(list, domain+"0") && !slices.Contains(lines, domain+"0"):
				t.Errorf("%s0 is found", domain)
			}
		}
	}
}

func TestLookUpTakesNoMemory(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Of("some.company.example") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkOf(b *testing.B) {
	for b.Loop() {
		Of("sales.contoso.com")
	}
}
