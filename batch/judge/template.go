package judge

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/internal/text"
)

// Template is the custom text of the invitation mail: a text/template over the
// columns of the row, e.g. `Hello {{.DisplayName}}` or `{{index .Columns "Project"}}`.
// The zero Template is no text.
type Template struct {
	tmpl *template.Template
	// named are the headings whose cells the text takes as they are.
	named []string
	// long and tagged say that every text is, whatever the row fills in.
	long, tagged bool
}

// IsZero reports whether there is no text.
func (t Template) IsZero() bool { return t.tmpl == nil }

// guest is what a message template sees.
type guest struct {
	// DisplayName is the row's name, or the address where it has none.
	DisplayName string
	// EmailAddress is the row's address.
	EmailAddress string
	// Columns are the row's cells by heading.
	Columns map[string]string
}

// noColumnError says that a template names a heading that the list lacks.
type noColumnError struct{ heading string }

func (e *noColumnError) Error() string { return fmt.Sprintf("the list has no column %q", e.heading) }

// ParseTemplate reads a template. An empty or blank text is no message.
func ParseTemplate(s string) (Template, error) {
	switch {
	case text.Trim(s) == "":
		return Template{}, nil
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0): // UTF-16 is full of zeros
		return Template{}, errors.New("message template: the text is not UTF-8; save it as UTF-8")
	}
	// The built-in index gives "" for a missing column; a mail with a hole in
	// it is worse than an error.
	tmpl, err := template.New("message").Option("missingkey=error").
		Funcs(template.FuncMap{"index": cellOf}).Parse(s)
	if err != nil {
		return Template{}, templateError(err)
	}
	fixed := fixedText(tmpl.Root)
	t := Template{tmpl, templateColumns(tmpl.Root), utf8.RuneCountInString(fixed) >= longMessage, tagged(fixed)}
	if err := t.try(); err != nil {
		return Template{}, err
	}
	return t, nil
}

// try finds what would fail for every row, such as a field that guests do not
// have. Columns are not known yet, so their absence does not count.
func (t Template) try() error {
	clone, err := t.tmpl.Clone()
	if err == nil {
		err = clone.Option("missingkey=zero").Execute(io.Discard,
			guest{DisplayName: "Pat Example", EmailAddress: "pat@example.com", Columns: map[string]string{}})
	}
	if err != nil && !errors.As(err, new(*noColumnError)) {
		return templateError(err)
	}
	return nil
}

// templateError says what text/template found, without what only we know the
// meaning of.
func templateError(err error) error {
	s := strings.TrimPrefix(err.Error(), "template: message:")
	if _, field, ok := strings.Cut(s, "can't evaluate field "); ok {
		name, _, _ := strings.Cut(field, " ")
		s = "a guest has no " + name
	}
	return fmt.Errorf("message template: %s", strings.TrimSpace(s))
}

func cellOf(columns map[string]string, heading string) (string, error) {
	cell, ok := columns[heading]
	if !ok {
		return "", &noColumnError{heading}
	}
	return cell, nil
}

// text fills the template for one row.
func (t Template) text(h batch.Header, r batch.Row, inv guest) (string, *CellError) {
	if t.tmpl == nil {
		return "", nil
	}
	inv.Columns = make(map[string]string, len(h.Columns))
	for i, heading := range slices.Backward(h.Columns) { // of two equal headings the first counts
		inv.Columns[heading] = r.Cell(i)
	}
	var b strings.Builder
	if err := t.tmpl.Execute(&b, inv); err != nil {
		return "", failure(err, h)
	}
	if text.Trim(b.String()) == "" {
		return "", nil // the end of a file's last line is no text
	}
	return b.String(), nil
}

// failure says what is wrong with a template that did not fit a row.
func failure(err error, h batch.Header) *CellError {
	heading, ok := missing(err)
	if !ok {
		return &CellError{batch.KindMessageTemplate, "the message template fails here: " + spoken(err), "Correct --message."}
	}
	advice := "Correct --message: headings must be written as in the list, which has " + text.Quote(h.Columns) + "."
	if near := text.Nearest(h.Columns, heading); near != "" {
		advice = fmt.Sprintf("Correct --message: headings must be written as in the list. Did you mean %q?", near)
	}
	return &CellError{batch.KindMessageTemplate, fmt.Sprintf("the message template names the column %q, which the list does not have", heading), advice}
}

// maxFault is as much as is repeated of what text/template says, in bytes: it
// quotes cells.
const maxFault = 200

// spoken is what text/template says, as one line that commands no terminal.
func spoken(err error) string {
	s := strings.TrimPrefix(err.Error(), "template: message:")
	return text.Truncate(text.Line(s), maxFault)
}

// missing gives the heading that a template asked for in vain, be it by index
// or as {{.Columns.Heading}}, of which text/template tells in words only.
func missing(err error) (heading string, ok bool) {
	if lacks, ok := errors.AsType[*noColumnError](err); ok {
		return lacks.heading, true
	}
	_, key, ok := strings.Cut(err.Error(), "map has no entry for key ")
	if !ok {
		return "", false
	}
	heading, err = strconv.Unquote(key)
	return heading, err == nil
}
