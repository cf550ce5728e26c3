package graph_test

import (
	"net/url"
	"strings"
	"testing"

	"guestlist/graph"
)

func TestParseCloud(t *testing.T) {
	tests := []struct{ name, graph, authority, scope string }{
		{"public", "graph.microsoft.com", "login.microsoftonline.com", "https://graph.microsoft.com/.default"},
		{"usgov", "graph.microsoft.us", "login.microsoftonline.us", "https://graph.microsoft.us/.default"},
		{"usgovdod", "dod-graph.microsoft.us", "login.microsoftonline.us", "https://dod-graph.microsoft.us/.default"},
		{"China", "microsoftgraph.chinacloudapi.cn", "login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default"},
	}
	for _, tt := range tests {
		c, err := graph.ParseCloud(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		root, _ := url.Parse(c.GraphURL)
		authority, _ := url.Parse(c.Authority)
		if root.Host != tt.graph || authority.Host != tt.authority || c.Scope() != tt.scope {
			t.Errorf("%s: got %+v with scope %s", tt.name, c, c.Scope())
		}
		if _, err := graph.New(graph.Config{URL: c.GraphURL}); err != nil {
			t.Error(err)
		}
	}
	if len(tests) != len(graph.Clouds()) {
		t.Errorf("%d clouds, %d tested", len(graph.Clouds()), len(tests))
	}
}

func TestOnlyThePublicCloudHasSponsors(t *testing.T) {
	for _, c := range graph.Clouds() {
		if c.Sponsors != (c.Name == "public") {
			t.Errorf("%s: sponsors %v", c.Name, c.Sponsors)
		}
	}
}

func TestUnknownCloudNamesTheOthers(t *testing.T) {
	_, err := graph.ParseCloud("germany")
	unknown, ok := err.(*graph.CloudError) //nolint:errorlint // the type itself is promised
	if !ok || !strings.Contains(err.Error(), `"germany"`) {
		t.Fatalf("got %v", err)
	}
	if _, err := graph.ParseCloud("usgovdot"); err == nil || !strings.HasSuffix(err.Error(), "did you mean usgovdod?") {
		t.Errorf("got %v", err)
	}
	for _, c := range graph.Clouds() {
		if !strings.Contains(unknown.Hint(), c.Name) {
			t.Errorf("hint lacks %s: %s", c.Name, unknown.Hint())
		}
	}
}
