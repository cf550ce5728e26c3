package page

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// hashes names the content of elements as a policy does.
func hashes(nodes []*html.Node) []string {
	var all []string
	for _, n := range nodes {
		sum := sha256.Sum256([]byte(textOf(n)))
		all = append(all, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return all
}

// directives reads the policy of a page.
func directives(t *testing.T, d document) map[string][]string {
	t.Helper()
	metas := d.find(func(n *html.Node) bool { return attribute(n, "http-equiv") == "Content-Security-Policy" })
	if len(metas) != 1 {
		t.Fatalf("%d policies, want 1", len(metas))
	}
	all := map[string][]string{}
	for part := range strings.SplitSeq(attribute(metas[0], "content"), ";") {
		words := strings.Fields(part)
		all[words[0]] = words[1:]
	}
	return all
}

func TestPolicyAllowsWhatThePageHoldsAndNothingElse(t *testing.T) {
	d := open(t, sample(3))
	policy := directives(t, d)
	want := map[string][]string{
		"default-src":               {"'none'"},
		"script-src":                hashes(d.scripts[1:]),
		"style-src":                 hashes(d.styles),
		"base-uri":                  {"'none'"},
		"form-action":               {"'none'"},
		"require-trusted-types-for": {"'script'"},
		"trusted-types":             {"'none'"},
	}
	for name, sources := range want {
		if !slices.Equal(policy[name], sources) {
			t.Errorf("%s is %q, want %q", name, policy[name], sources)
		}
	}
	if len(policy) != len(want) {
		t.Errorf("the policy has %d directives, want %d: %v", len(policy), len(want), policy)
	}
}

// What a policy with hashes forbids must not be in the page either, and nothing
// may point out of it.
func TestNothingInlineAndNothingOutside(t *testing.T) {
	for _, n := range open(t, sample(40)).find(func(*html.Node) bool { return true }) {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
			if a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("<%s %s=%q> leaves the page", n.Data, a.Key, a.Val)
			}
		}
	}
	for _, css := range []string{"url(", "@import", "image-set("} {
		if strings.Contains(styleCSS, css) {
			t.Errorf("the style has %s", css)
		}
	}
}
