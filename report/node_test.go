package report

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// node is an element of a part.
type node struct {
	name  xml.Name
	attrs map[string]string // relationship ids are "r:id"
	text  string
	nodes []*node
}

// all returns the elements of a name below n, in their order.
func (n *node) all(name string) []*node {
	var found []*node
	for _, child := range n.nodes {
		if child.name.Local == name {
			found = append(found, child)
		}
		found = append(found, child.all(name)...)
	}
	return found
}

func (n *node) number(attr string) int {
	number, err := strconv.Atoi(n.attrs[attr])
	if err != nil {
		return -1
	}
	return number
}

// parse reads a part; encoding/xml sees characters that XML cannot hold, but
// lets an attribute stand twice.
func (r *workbookRules) parse(name, content string) *node {
	root := &node{}
	open := []*node{root}
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		token, err := d.Token()
		if token == nil {
			if len(root.nodes) != 1 || err.Error() != "EOF" {
				r.breach("%s: no XML: %v", name, err)
				return root
			}
			return root.nodes[0]
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name, attrs: make(map[string]string)}
			for _, a := range token.Attr {
				key := a.Name.Local
				if strings.HasSuffix(a.Name.Space, "/relationships") {
					key = "r:" + key
				} else if a.Name.Space != "" {
					key = a.Name.Space + " " + key
				}
				if _, twice := n.attrs[key]; twice {
					r.breach("%s: <%s> has the attribute %s twice", name, n.name.Local, key)
				}
				n.attrs[key] = a.Value
			}
			last.nodes = append(last.nodes, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(token)
		}
	}
}
