package text

import (
	"errors"
	"io"
	"sync/atomic"
	"text/template/parse"
)

// ErrEndless is found for a template that does not come to an end, or not before its text
// is longer than anybody reads.
var ErrEndless = errors.New("the text does not end: a range or a template repeats too often")

// TemplateBounds lets templates come to an end: {{range 1000000000000}} goes round without
// a look at anything, and cannot be stopped from outside. Each turn of a range, and each
// template that is called, counts.
type TemplateBounds struct {
	turns        atomic.Int64
	limit, bytes int64
}

// NewTemplateBounds bounds the turns of one execution and the bytes of its text.
func NewTemplateBounds(turns, bytes int64) *TemplateBounds {
	return &TemplateBounds{limit: turns, bytes: bytes}
}

// turnName is the function that counts.
const turnName = "_turn"

// Funcs is for the functions of a template, before [TemplateBounds.Guard] is called.
func (b *TemplateBounds) Funcs() map[string]any {
	return map[string]any{turnName: func() (bool, error) {
		if b.turns.Add(1) > b.limit {
			return false, ErrEndless
		}
		return false, nil
	}}
}

// Guard counts from now on what a parsed template does.
func (b *TemplateBounds) Guard(tree *parse.Tree) {
	if tree != nil && tree.Root != nil {
		b.guard(tree.Root)
		b.count(tree.Root)
	}
}

// guard goes through the nodes of a template.
func (b *TemplateBounds) guard(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.IfNode:
			b.guard(node.List)
			b.guard(node.ElseList)
		case *parse.WithNode:
			b.guard(node.List)
			b.guard(node.ElseList)
		case *parse.RangeNode:
			b.guard(node.List)
			b.guard(node.ElseList)
			b.count(node.List)
		}
	}
}

// count puts what counts at the start of a list: a condition, which writes nothing and
// which html/template therefore does not escape.
func (b *TemplateBounds) count(list *parse.ListNode) {
	trees, err := parse.Parse("turn", "{{if "+turnName+"}}{{end}}", "", "", b.Funcs())
	if err != nil {
		panic(err) // the text is ours
	}
	list.Nodes = append([]parse.Node{trees["turn"].Root.Nodes[0]}, list.Nodes...)
}

// Begin starts an execution whose text goes to w. Of executions at the same time each
// starts the count anew.
func (b *TemplateBounds) Begin(w io.Writer) io.Writer {
	b.turns.Store(0)
	return &boundedWriter{w: w, left: b.bytes}
}

// boundedWriter takes the bytes that are left and no more.
type boundedWriter struct {
	w    io.Writer
	left int64
}

func (b *boundedWriter) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, ErrEndless
	}
	return b.w.Write(p)
}
