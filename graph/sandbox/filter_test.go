package sandbox

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mail, other and proxy are terms that ask for an address.
func mail(value string) term  { return term{"mail", "eq", value} }
func other(value string) term { return term{"otherMails", "any", value} }
func proxy(value string) term { return term{"proxyAddresses", "any", value} }

func TestParseFilter(t *testing.T) {
	tests := map[string]filter{
		"mail eq 'a@b'":                             {{mail("a@b")}},
		"mail eq ''":                                {{mail("")}},
		"mail eq 'o''brien@b'":                      {{mail("o'brien@b")}},
		"mail eq ''''":                              {{mail("'")}},
		"otherMails/any(x:x eq 'a@b')":              {{other("a@b")}},
		"otherMails/any(mail: mail eq 'a@b')":       {{other("a@b")}},
		"proxyAddresses/any(p:p eq 'SMTP:a')":       {{proxy("SMTP:a")}},
		"mail eq ' or ' or mail eq 'b'":             {{mail(" or ")}, {mail("b")}},
		"mail eq 'a' or mail eq 'b' or mail eq 'c'": {{mail("a")}, {mail("b")}, {mail("c")}},
		"mail eq 'a' or otherMails/any(x:x eq 'a') or proxyAddresses/any(x:x eq 'smtp:a')": {{mail("a")}, {other("a")}, {proxy("smtp:a")}},
		"mail eq 'a' and userType eq 'Guest' or id eq 'i'": {
			{mail("a"), {"userType", "eq", "Guest"}}, {{"id", "eq", "i"}},
		},
		"createdDateTime ge 2026-11-01T00:00:00Z and accountEnabled eq true": {
			{{"createdDateTime", "ge", "2026-11-01T00:00:00Z"}, {"accountEnabled", "eq", "true"}},
		},
	}
	for text, want := range tests {
		f, err := parseFilter(text)
		if diff := cmp.Diff(want, f, cmp.AllowUnexported(term{})); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestParseFilterRefuses(t *testing.T) {
	tests := map[string]error{
		"":                           errSyntax,
		" ":                          errSyntax,
		"mail":                       errSyntax,
		"mail eq":                    errSyntax,
		"mail eq a@b":                errSyntax,
		"mail eq \"a@b\"":            errSyntax,
		"mail  eq 'a'":               errSyntax,
		"mail eq 'o'brien@b'":        errSyntax,
		"mail eq 'a":                 errSyntax,
		"mail eq 'a''":               errSyntax,
		"mail eq 'a' ":               errSyntax,
		"mail eq 'a' or":             errSyntax,
		"mail eq 'a' or ":            errSyntax,
		"mail eq 'a' and":            errSyntax,
		"mail eq 'a' and ":           errSyntax,
		"mail ne 'a'":                errSyntax,
		"mail eq null":               errSyntax,
		"otherMails eq 'a'":          errSyntax,
		"otherMails/any(x:y eq 'a')": errSyntax,
		"otherMails/any(: eq 'a')":   errSyntax,
		"otherMails/any(x:x eq 'a'":  errSyntax,
		"(mail eq 'a')":              errSyntax,
		"accountEnabled eq 'true'":   errSyntax,
		"createdDateTime ge today":   errSyntax,
		"createdDateTime is 2026-11-01T00:00:00Z": errSyntax,
		"jobTitle eq 'Guest'":                     errUnsupported,
		"Mail eq 'a'":                             errUnsupported,
		"signInNames/any(x:x eq 'a')":             errUnsupported,
		"mail eq 'a' or city eq 'b'":              errUnsupported,
		"startswith(mail,'a')":                    errUnsupported,
	}
	for text, want := range tests {
		if f, err := parseFilter(text); !errors.Is(err, want) || f != nil {
			t.Errorf("%q: got %v %v, want %v", text, f, err, want)
		}
	}
}

// A filter that can be read, and is written again, is the same but for spaces
// and the names of variables.
func FuzzParseFilter(f *testing.F) {
	f.Add("mail eq 'o''brien@b'")
	f.Add("mail eq 'a' or otherMails/any(x: x eq 'a') or proxyAddresses/any(x:x eq 'SMTP:a')")
	f.Add("mail eq '''")
	f.Add("userType eq 'Guest' and createdDateTime ge 2026-11-01T00:00:00Z or accountEnabled eq false")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilter(text)
		if err != nil {
			return
		}
		again, err := parseFilter(write(parsed))
		if diff := cmp.Diff(parsed, again, cmp.AllowUnexported(term{})); diff != "" || err != nil {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	})
}

func write(f filter) string {
	alternatives := make([]string, len(f))
	for i, all := range f {
		parts := make([]string, len(all))
		for j, want := range all {
			quoted := "'" + strings.ReplaceAll(want.value, "'", "''") + "'"
			switch {
			case want.operator == "any":
				parts[j] = want.property + "/any(x:x eq " + quoted + ")"
			case want.property == "accountEnabled", want.property == "createdDateTime":
				parts[j] = want.property + " " + want.operator + " " + want.value
			default:
				parts[j] = want.property + " eq " + quoted
			}
		}
		alternatives[i] = strings.Join(parts, " and ")
	}
	return strings.Join(alternatives, " or ")
}
