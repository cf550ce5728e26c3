package handoff

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TemplateError says what is wrong with a template.
type TemplateError struct {
	// File is the template's name, Line its line from 1, 0 where none is known.
	File string
	Line int
	// Block is the block that failed, "" when none was executed.
	Block string
	// Problem says what is wrong, Names what could stand there instead.
	Problem string
	Names   []string
	// Err is the template package's word, nil where there is none.
	Err error
}

// Error names the file, the line, the block and the problem.
func (e *TemplateError) Error() string {
	text := e.File
	if e.Line > 0 {
		text += ", line " + strconv.Itoa(e.Line)
	}
	if e.Block != "" {
		text += fmt.Sprintf(", block %q", e.Block)
	}
	return text + ": " + e.Problem
}

// Unwrap returns the template package's error.
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
	templateAt = regexp.MustCompile(`^(?:html/)?template: ?(` + ownTexts + `|` + givenTexts + `):(\d+)(?::\d+)?: `)
	// templateWhere is what an error of an execution says then.
	templateWhere = regexp.MustCompile(`^executing "[^"]*" at `)
	// templateType is Go's name of what a field was looked for in.
	templateType = regexp.MustCompile(` in type \*?handoff\.(\w+)`)
)

// problem tells an error of the template packages in the words of the file.
func (t Template) problem(block string, data any, err error) error {
	e := &TemplateError{File: t.file, Block: block, Problem: err.Error(), Err: err, Names: namesOf(data)}
	if m := templateAt.FindStringSubmatch(e.Problem); m != nil {
		e.Problem = e.Problem[len(m[0]):]
		e.Line, _ = strconv.Atoi(m[2])
		if m[1] == ownTexts {
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

// namesOf lists what templates can ask of a value: its fields and methods.
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
