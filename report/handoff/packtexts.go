package handoff

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"

	"guestlist/batch/judge"
	"guestlist/internal/text"
	"guestlist/report/xlsx"
)

//go:embed default.tmpl
var defaultTemplate string

// DefaultTemplate returns the texts that are used without a template, as a
// template file. The comment at its top says what a template can use.
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
	defaultTexts = "default"
	givenTexts   = "texts"
)

// Template holds the texts of the drafts and messages. The zero Template is
// [DefaultTemplate].
type Template struct {
	file string
	text *template.Template
	html *htmltemplate.Template
	// bounds are those of both.
	bounds *text.TemplateBounds
	// letters are in the place of the guests' blocks, for those whom they are for.
	letters []guestLetter
}

// maxTurns is how often a block goes round its ranges at most, and maxBlock how many bytes
// it has: more than a draft for a million guests.
const (
	maxTurns = 10_000_000
	maxBlock = 1 << 30
)

// functions are what templates can call besides the built-in ones.
var functions = map[string]any{"index": columnCell, "plural": plural}

// plural gives a noun with its number, in templates: 1 guest, 3 guests.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return text.Thousands(n) + " " + many
}

// ParseTemplate reads a template: a text with the blocks that differ from the
// default. The file's name is for its errors, which are [*TemplateError].
func ParseTemplate(file, content string) (Template, error) {
	return parseTemplate(file, content, text.NewTemplateBounds(maxTurns, maxBlock))
}

func parseTemplate(file, content string, bounds *text.TemplateBounds) (Template, error) {
	t := Template{file: text.Line(file), text: template.New(defaultTexts), html: htmltemplate.New(defaultTexts), bounds: bounds}
	t.text.Funcs(functions).Funcs(t.bounds.Funcs()).Option("missingkey=error")
	t.html.Funcs(functions).Funcs(t.bounds.Funcs()).Option("missingkey=error")
	if _, err := t.text.Parse(defaultTemplate); err != nil {
		return Template{}, err
	}
	if _, err := t.html.Parse(defaultTemplate); err != nil {
		return Template{}, err
	}
	if err := t.checkBlocks(content); err != nil {
		return Template{}, err
	}
	if _, err := t.text.New(givenTexts).Parse(content); err != nil {
		return Template{}, t.problem("", nil, err)
	}
	if _, err := t.html.New(givenTexts).Parse(content); err != nil {
		return Template{}, t.problem("", nil, err)
	}
	for _, each := range t.text.Templates() {
		t.bounds.Guard(each.Tree)
	}
	for _, each := range t.html.Templates() {
		t.bounds.Guard(each.Tree)
	}
	return t, nil
}

// checkBlocks finds text that would never be used, which is always a mistake.
func (t Template) checkBlocks(content string) error {
	given, err := template.New(givenTexts).Funcs(functions).Parse(content)
	if err != nil {
		return t.problem("", nil, err)
	}
	for _, block := range given.Templates() {
		name := block.Name()
		used := strings.Contains(content, `template "`+name+`"`) || strings.Contains(content, `block "`+name+`"`)
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
	if g, ok := data.(Guest); ok {
		if l := letterFor(t.letters, g); l != nil && l.has(block) {
			return l.write(w, block, g)
		}
	}
	var err error
	w = t.bounds.Begin(w)
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

// Mail is what templates see of a pack: the draft to its owner.
type Mail struct {
	// Company is who invites: the name of the tenant, "" where it is not known.
	Company string
	// By is the heading of the column that the packs go by, Value the pack's value.
	By, Value string
	// Guests are to be handed their links, Ready need none, Waiting have none
	// yet. All are in the order of the list.
	Guests, Ready, Waiting []Guest
	// Workbook and Messages are the names of the attached files, "" for none.
	Workbook, Messages string
	// Redacted says that links are left out, Sandbox that no one was invited, Pending that the
	// package has only guests who were invited before and have not accepted.
	Redacted, Sandbox, Pending bool

	owner string // the pack's value, "" for the rows that have none
}

// mail is the part of a pack as templates see it.
func (p *part) mail() Mail {
	m := Mail{
		Company: p.company, By: p.By, Value: p.title(), Guests: p.links, Ready: p.free, Waiting: p.later,
		Workbook: p.name() + ".xlsx", Redacted: p.redacted, Sandbox: p.sandbox, Pending: p.pending, owner: p.Value,
	}
	if len(p.links) > 0 {
		m.Messages = p.name() + ".txt"
	}
	return m
}

// Replacing is how many of the Guests had an earlier link, which works no more.
func (m Mail) Replacing() int {
	return countOf(m.Guests, func(g Guest) bool { return g.Replaces })
}

// Ended is how many of Waiting had a link, which works no more.
func (m Mail) Ended() int { return countOf(m.Waiting, func(g Guest) bool { return g.Ended }) }

// Emailed is how many of the Guests Microsoft has emailed.
func (m Mail) Emailed() int { return countOf(m.Guests, func(g Guest) bool { return g.Emailed }) }

func countOf(guests []Guest, is func(Guest) bool) int {
	n := 0
	for _, g := range guests {
		if is(g) {
			n++
		}
	}
	return n
}

// peopleHeadings are parts of the headings of columns that name a person; other
// columns may hold companies, which are not greeted.
var peopleHeadings = []string{"manager", "owner", "sponsor", "contact", "responsible", "lead"}

// Greeting is the name to greet the owner with, "" where the column does not name
// a person: Maren Oud, also for Maren Oud <maren@contoso.example>.
func (m Mail) Greeting() string {
	if box, err := judge.ReadAddress(m.owner); err == nil {
		return text.Greeting(text.Line(box.Name))
	}
	key := text.HeadingKey(m.By)
	if slices.ContainsFunc(peopleHeadings, func(part string) bool { return strings.Contains(key, part) }) {
		return text.Greeting(m.owner)
	}
	return ""
}

// messages is the file of messages to paste, one for each guest with a link, below
// a line that says who it is for.
func (p *part) messages(t Template) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	if p.sandbox {
		b.WriteString(withCRLF(xlsx.SandboxBanner + "\n\n"))
	}
	b.WriteString(withCRLF(fmt.Sprintf("Messages to paste, one for each guest: %s, %s\n", p.title(), text.Plural(len(p.links), "guest"))))
	for _, g := range p.links {
		message, err := t.render(blockChat, g)
		if err != nil {
			return nil, err
		}
		b.WriteString(withCRLF(fmt.Sprintf("\n\n----- %s -----\n\n%s", g.Person(), message)))
	}
	return b.Bytes(), nil
}

// byteOrderMark and line ends of Windows let every editor there, and PowerShell, read a
// text as what it is; the others do not mind.
const byteOrderMark = "\ufeff"

// withCRLF ends the lines of a text as Windows does, however they end in it.
func withCRLF(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// TemplateError says what is wrong with a template.
type TemplateError struct {
	// File is the template's name, Line its line from 1, 0 where none is known.
	File string
	Line int
	// Block is the block that failed, "" when none was executed.
	Block string
	// Problem says what is wrong, Names what could be there instead.
	Problem string
	Names   []string
	// Err is the error of the template package, nil where there is none.
	Err error
}

// Error names the file, the line, the block and the problem.
func (e *TemplateError) Error() string {
	message := e.File
	if e.Line > 0 {
		message += ", line " + strconv.Itoa(e.Line)
	}
	if e.Block != "" {
		message += fmt.Sprintf(", block %q", e.Block)
	}
	return message + ": " + e.Problem
}

// Unwrap returns the error of the template package.
func (e *TemplateError) Unwrap() error { return e.Err }

// Hint lists the names that can be used.
func (e *TemplateError) Hint() string {
	if len(e.Names) == 0 {
		return ""
	}
	return "there are: " + strings.Join(e.Names, ", ")
}

var (
	// templateAt is how errors of the two template packages begin.
	templateAt = regexp.MustCompile(`^(?:html/)?template: ?(` + defaultTexts + `|` + givenTexts + `):(\d+)(?::\d+)?: `)
	// templateWhere is what an error of an execution says next.
	templateWhere = regexp.MustCompile(`^executing "[^"]*" at `)
	// templateType is Go's name of the type that lacks a field.
	templateType = regexp.MustCompile(` in type \*?handoff\.(\w+)`)
)

// problem says an error of the template packages in terms of the file.
func (t Template) problem(block string, data any, err error) error {
	e := &TemplateError{File: t.file, Block: block, Problem: err.Error(), Err: err, Names: namesOf(data)}
	if m := templateAt.FindStringSubmatch(e.Problem); m != nil {
		e.Problem = e.Problem[len(m[0]):]
		e.Line, _ = strconv.Atoi(m[2])
		if m[1] == defaultTexts {
			e.File = "the default template"
		}
	}
	e.Problem = templateWhere.ReplaceAllString(e.Problem, "")
	if m := templateType.FindStringSubmatch(e.Problem); m != nil {
		e.Problem = strings.Replace(e.Problem, m[0], "", 1)
		if m[1] == reflect.TypeFor[Guest]().Name() {
			e.Names = namesOf(Guest{})
		}
	}
	if errors.Is(err, text.ErrEndless) {
		e.Problem, e.Names = text.ErrEndless.Error(), nil
	}
	if errors.Is(err, errNoColumn) || strings.Contains(e.Problem, "map has no entry") {
		e.Names = headingsOf(data)
	}
	return e
}

// headingsOf are the columns that the guests of a template's data have.
func headingsOf(data any) []string {
	switch data := data.(type) {
	case Guest:
		return data.headings()
	case Mail:
		for _, g := range slices.Concat(data.Guests, data.Ready, data.Waiting) {
			return g.headings()
		}
	}
	return nil
}

// namesOf lists what templates can use of a value: its fields and methods.
func namesOf(data any) []string {
	if data == nil {
		return nil
	}
	var names []string
	typ := reflect.TypeOf(data)
	for _, field := range reflect.VisibleFields(typ) {
		if field.IsExported() {
			names = append(names, "."+field.Name)
		}
	}
	for method := range typ.Methods() {
		names = append(names, "."+method.Name)
	}
	slices.Sort(names)
	return names
}
