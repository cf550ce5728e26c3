package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"

	"guestlist/internal/text"
)

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
	"plain":     text.Block,
	"thousands": text.Thousands,
}).ParseFS(markup, "*.html"))

// policy is the Content-Security-Policy of the page: our own style and scripts
// by their hashes, nothing else, and no way to make markup from text.
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
