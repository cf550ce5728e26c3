package page

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guestlist/report"
)

// document is a written page, parsed as a browser does it.
type document struct {
	root    *html.Node
	scripts []*html.Node
	styles  []*html.Node
}

// data is the JSON of a page.
type data struct {
	Rows  []dataRow `json:"rows"`
	Lists lists     `json:"lists"`
}

// dataRow is one row of it.
type dataRow struct {
	Line, Status, Group, Attempts int
	At                            int64
	Texts                         []string
}

// UnmarshalJSON reads the array that a row is.
func (r *dataRow) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&r.Line, &r.Status, &r.Group, &r.Attempts, &r.At, &r.Texts})
}

// outcomeTexts is where the cells of the list begin in Texts.
const outcomeTexts = 13

func pageOf(t *testing.T, r report.Results) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, r); err != nil {
		t.Fatalf("Write: %v", err)
	}
	return b.String()
}

// open writes the page of r and parses it.
func open(t *testing.T, r report.Results) document {
	t.Helper()
	return parse(t, pageOf(t, r))
}

func parse(t *testing.T, page string) document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	d := document{root: root}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			d.scripts = append(d.scripts, n)
		case "style":
			d.styles = append(d.styles, n)
		}
	}
	return d
}

// data parses what the first script element holds.
func (d document) data(t *testing.T) data {
	t.Helper()
	if len(d.scripts) == 0 || attribute(d.scripts[0], "type") != "application/json" {
		t.Fatal("the first script element is not the data")
	}
	var parsed data
	if err := json.Unmarshal([]byte(textOf(d.scripts[0])), &parsed); err != nil {
		t.Fatalf("the data is no JSON: %v", err)
	}
	return parsed
}

// find returns the elements for which the function holds.
func (d document) find(is func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && is(n) {
			found = append(found, n)
		}
	}
	return found
}

// attribute returns the value of an attribute, "" where there is none.
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what stands in an element.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// section returns the text of the section with that heading, its spaces and
// line breaks made one space, "" where there is none.
func (d document) section(id string) string {
	for _, n := range d.find(func(n *html.Node) bool { return attribute(n, "aria-labelledby") == id && n.Data == "section" }) {
		return strings.Join(strings.Fields(textOf(n)), " ")
	}
	return ""
}
