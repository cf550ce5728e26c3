package handoff

import (
	"context"
	_ "embed"
	htmltemplate "html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

//go:embed default.tmpl
var defaultTemplate string

// DefaultTemplate returns the texts that are used without a template, as a
// template file: what it can say is written on top of it.
func DefaultTemplate() string { return defaultTemplate }

// Names of the blocks of a template.
const (
	blockSubject      = "subject"
	blockHTML         = "mail.html"
	blockText         = "mail.txt"
	blockGuestSubject = "guest.subject"
	blockGuestHTML    = "guest.html"
	blockGuestText    = "guest.txt"
	blockChat         = "chat"
)

// blocks returns all of them.
func blocks() []string {
	return []string{blockSubject, blockHTML, blockText, blockGuestSubject, blockGuestHTML, blockGuestText, blockChat}
}

// The names under which the two files are parsed; errors begin with them.
const (
	ownTexts   = "default"
	givenTexts = "texts"
)

// Template holds the texts of the drafts and messages. The zero Template is
// [DefaultTemplate].
type Template struct {
	file string
	text *template.Template
	html *htmltemplate.Template
}

// functions are what templates can call besides the built-in ones.
var functions = map[string]any{"index": cellOf, "plural": plural}

// plural says how many: 1 guest, 3 guests.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// ParseTemplate reads a template: a text with the blocks that differ from the
// default. The file's name is for its errors, which are [*TemplateError].
func ParseTemplate(file, text string) (Template, error) {
	t := Template{file: file, text: template.New(ownTexts), html: htmltemplate.New(ownTexts)}
	t.text.Funcs(functions).Option("missingkey=error")
	t.html.Funcs(functions).Option("missingkey=error")
	if _, err := t.text.Parse(defaultTemplate); err != nil {
		return Template{}, err
	}
	if _, err := t.html.Parse(defaultTemplate); err != nil {
		return Template{}, err
	}
	if err := t.checkBlocks(text); err != nil {
		return Template{}, err
	}
	if _, err := t.text.New(givenTexts).Parse(text); err != nil {
		return Template{}, t.problem("", nil, err)
	}
	if _, err := t.html.New(givenTexts).Parse(text); err != nil {
		return Template{}, t.problem("", nil, err)
	}
	return t, nil
}

// checkBlocks finds text that would never be used: it is a slip of the pen.
func (t Template) checkBlocks(text string) error {
	given, err := template.New(givenTexts).Funcs(functions).Parse(text)
	if err != nil {
		return t.problem("", nil, err)
	}
	for _, block := range given.Templates() {
		name := block.Name()
		used := strings.Contains(text, `template "`+name+`"`) || strings.Contains(text, `block "`+name+`"`)
		switch {
		case name == givenTexts && !parse.IsEmptyTree(block.Root):
			return &TemplateError{File: t.file, Problem: "there is text outside of the blocks", Names: blocks()}
		case name != givenTexts && !used && !slices.Contains(blocks(), name):
			return &TemplateError{File: t.file, Block: name, Problem: "no such block is used", Names: blocks()}
		}
	}
	return nil
}

// orDefault returns a template that can be executed.
func (t Template) orDefault() (Template, error) {
	if t.text != nil {
		return t, nil
	}
	return ParseTemplate("the default template", "")
}

// write executes a block; those that end in .html escape what they insert.
func (t Template) write(w io.Writer, block string, data any) error {
	var err error
	if strings.HasSuffix(block, ".html") {
		err = t.html.ExecuteTemplate(w, block, data)
	} else {
		err = t.text.ExecuteTemplate(w, block, data)
	}
	if err != nil {
		return t.problem(block, data, err)
	}
	return nil
}

// render returns the text of a block, which ends with one line break.
func (t Template) render(block string, data any) (string, error) {
	var b strings.Builder
	if err := t.write(&b, block, data); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()) + "\n", nil
}

// blocks are those that these options need: for a pack and for a guest.
func (opt Options) blocks() (ofPack, ofGuest []string) {
	if opt.GuestMail {
		return nil, []string{blockChat, blockGuestSubject, blockGuestText, blockGuestHTML}
	}
	return []string{blockSubject, blockText, blockHTML}, []string{blockChat}
}

// try executes every block for every pack, so that a template which fails for
// one of them fails before the first is written.
func (opt Options) try(ctx context.Context, packs []pack) error {
	mailBlocks, guestBlocks := opt.blocks()
	for _, p := range packs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, block := range mailBlocks {
			if err := opt.Template.write(io.Discard, block, p.mail()); err != nil {
				return err
			}
		}
		for _, guest := range p.linked {
			for _, block := range guestBlocks {
				if err := opt.Template.write(io.Discard, block, guest); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
