// Package page makes the results page: one HTML file that shows a run to people
// who have a browser and nothing else.
//
// The page needs nothing from outside: style, scripts and rows are in the file, and
// its Content-Security-Policy forbids everything else. Rows travel as JSON, and the
// scripts make only text nodes of them.
package page

import (
	"bufio"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"guestlist/internal/text"
	"guestlist/report"
)

// MaxRows is how many rows a page is for: a browser keeps, searches and sorts all of them. A
// page of a million would have half a gigabyte.
const MaxRows = 100_000

// Write writes the page of r to w. It ranges over the records once and keeps none
// of them, only a count for each domain and each kind of error. The page holds the
// redeem URLs in clear, so the caller opens a file that only its owner can read.
// Errors are those of w, those that r.Records yields, and the cause of a
// cancelled ctx; what was written by then is not a whole page.
func Write(ctx context.Context, w io.Writer, r report.Results) error {
	return writeTo(ctx, w, r, false)
}

// WriteAttention is Write for more than [MaxRows] rows: the page has the counts of all, and
// of the rows those that need attention, [MaxRows] at most.
func WriteAttention(ctx context.Context, w io.Writer, r report.Results) error {
	return writeTo(ctx, w, r, true)
}

func writeTo(ctx context.Context, w io.Writer, r report.Results, attentionOnly bool) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := write(ctx, out, r, attentionOnly); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	return nil
}

// write puts the rows before the figures that are counted from them, so that one
// pass is enough. The heading comes first, so that a browser shows something while
// it still loads the rows.
func write(ctx context.Context, out *bufio.Writer, r report.Results, attentionOnly bool) error {
	if err := templates.ExecuteTemplate(out, "head", newHead(r.Summary)); err != nil {
		return err
	}
	_, _ = out.WriteString(`<script type="application/json" id="data">`)
	rows := newRows(out, r)
	rows.attentionOnly = attentionOnly
	if err := rows.writeAll(ctx, r.Records); err != nil {
		return err
	}
	_, _ = out.WriteString("</script>\n")
	return templates.ExecuteTemplate(out, "body", newBody(rows, r.Summary))
}

// The parts of the page that are written by hand.
var (
	//go:embed head.html body.html
	markup embed.FS
	//go:embed style.css
	styleCSS string
	//go:embed rows.js
	rowsJS string
	//go:embed page.js
	pageJS string
)

var templates = template.Must(template.New("page").Funcs(template.FuncMap{
	"style":     func() template.CSS { return template.CSS(styleCSS) },                                   //nolint:gosec // ours, not the list's
	"scripts":   func() []template.JS { return []template.JS{template.JS(rowsJS), template.JS(pageJS)} }, //nolint:gosec // ours, not the list's
	"policy":    policy,
	"revealed":  text.Block,
	"thousands": text.Thousands,
}).ParseFS(markup, "*.html"))

// policy is the Content-Security-Policy of the page: it allows our own style and
// scripts, by their hashes, and no way to make markup from text.
func policy() string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + source(rowsJS) + " " + source(pageJS),
		"style-src " + source(styleCSS),
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// source names an inline element by the hash of its content.
func source(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
