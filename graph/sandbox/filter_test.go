package sandbox

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFilter(t *testing.T) {
	tests := map[string][]term{
		"mail eq 'a@b'":                             {{"mail", "a@b"}},
		"mail eq ''":                                {{"mail", ""}},
		"mail eq 'o''brien@b'":                      {{"mail", "o'brien@b"}},
		"mail eq ''''":                              {{"mail", "'"}},
		"otherMails/any(x:x eq 'a@b')":              {{"otherMails", "a@b"}},
		"otherMails/any(mail: mail eq 'a@b')":       {{"otherMails", "a@b"}},
		"proxyAddresses/any(p:p eq 'SMTP:a')":       {{"proxyAddresses", "SMTP:a"}},
		"mail eq ' or ' or mail eq 'b'":             {{"mail", " or "}, {"mail", "b"}},
		"mail eq 'a' or mail eq 'b' or mail eq 'c'": {{"mail", "a"}, {"mail", "b"}, {"mail", "c"}},
		"mail eq 'a' or otherMails/any(x:x eq 'a') or proxyAddresses/any(x:x eq 'smtp:a')": {{"mail", "a"}, {"otherMails", "a"}, {"proxyAddresses", "smtp:a"}},
	}
	for text, want := range tests {
		terms, err := parseFilter(text)
		if diff := cmp.Diff(want, terms, cmp.AllowUnexported(term{})); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestParseFilterRefuses(t *testing.T) {
	tests := map[string]error{
		"":                            errSyntax,
		" ":                           errSyntax,
		"mail":                        errSyntax,
		"mail eq":                     errSyntax,
		"mail eq a@b":                 errSyntax,
		"mail eq \"a@b\"":             errSyntax,
		"mail  eq 'a'":                errSyntax,
		"mail eq 'o'brien@b'":         errSyntax,
		"mail eq 'a":                  errSyntax,
		"mail eq 'a''":                errSyntax,
		"mail eq 'a' ":                errSyntax,
		"mail eq 'a' or":              errSyntax,
		"mail eq 'a' or ":             errSyntax,
		"mail eq 'a' and mail eq 'b'": errSyntax,
		"mail ne 'a'":                 errSyntax,
		"mail eq null":                errSyntax,
		"otherMails eq 'a'":           errSyntax,
		"otherMails/any(x:y eq 'a')":  errSyntax,
		"otherMails/any(: eq 'a')":    errSyntax,
		"otherMails/any(x:x eq 'a'":   errSyntax,
		"(mail eq 'a')":               errSyntax,
		"userType eq 'Guest'":         errUnsupported,
		"Mail eq 'a'":                 errUnsupported,
		"signInNames/any(x:x eq 'a')": errUnsupported,
		"mail eq 'a' or id eq 'b'":    errUnsupported,
		"startswith(mail,'a')":        errUnsupported,
	}
	for text, want := range tests {
		if terms, err := parseFilter(text); !errors.Is(err, want) || terms != nil {
			t.Errorf("%q: got %v %v, want %v", text, terms, err, want)
		}
	}
}

// A filter that can be read, and is written again, is the same but for spaces
// and the names of variables.
func FuzzParseFilter(f *testing.F) {
	f.Add("mail eq 'o''brien@b'")
	f.Add("mail eq 'a' or otherMails/any(x: x eq 'a') or proxyAddresses/any(x:x eq 'SMTP:a')")
	f.Add("mail eq '''")
	f.Add("userType eq 'Guest'")
	f.Fuzz(func(t *testing.T, text string) {
		terms, err := parseFilter(text)
		if err != nil {
			return
		}
		again, err := parseFilter(write(terms))
		if diff := cmp.Diff(terms, again, cmp.AllowUnexported(term{})); diff != "" || err != nil {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	})
}

func write(terms []term) string {
	parts := make([]string, len(terms))
	for i, want := range terms {
		quoted := "'" + strings.ReplaceAll(want.value, "'", "''") + "'"
		parts[i] = want.property + "/any(x:x eq " + quoted + ")"
		if want.property == "mail" {
			parts[i] = "mail eq " + quoted
		}
	}
	return strings.Join(parts, " or ")
}
