package judge

import (
	"slices"
	"strings"
	"text/template/parse"

	"guestlist/batch"
)

// namedColumns are the headings that a template takes cells of as they are,
// outside of every condition: an empty cell leaves a gap in the text.
func templateColumns(root *parse.ListNode) []string {
	var headings []string
	for _, node := range root.Nodes {
		action, ok := node.(*parse.ActionNode)
		if !ok || len(action.Pipe.Cmds) != 1 {
			continue
		}
		if heading, ok := columnOf(action.Pipe.Cmds[0].Args); ok {
			headings = append(headings, heading)
		}
	}
	return headings
}

// fixedText is what every text of a template has, outside of every condition.
func fixedText(root *parse.ListNode) string {
	var fixed strings.Builder
	for _, node := range root.Nodes {
		if text, ok := node.(*parse.TextNode); ok {
			fixed.Write(text.Text)
		}
	}
	return fixed.String()
}

// columnOf reads index .Columns "Heading" and .Columns.Heading.
func columnOf(args []parse.Node) (heading string, ok bool) {
	field, ok := args[len(args)-1].(*parse.FieldNode)
	if ok && len(args) == 1 && len(field.Ident) == 2 && field.Ident[0] == "Columns" {
		return field.Ident[1], true
	}
	if len(args) != 3 || args[0].String() != "index" || args[1].String() != ".Columns" {
		return "", false
	}
	text, ok := args[2].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return text.Text, true
}

// gap is the first heading that the text takes an empty cell of, "" for none.
func (t Template) emptyColumn(h batch.Header, r batch.Row) string {
	for _, heading := range t.named {
		if at := slices.Index(h.Columns, heading); at >= 0 && strings.TrimSpace(r.Cell(at)) == "" {
			return heading
		}
	}
	return ""
}
