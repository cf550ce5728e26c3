package batch

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
)

// Template is the custom text of the invitation mail: a text/template over the
// columns of the row, e.g. `Hello {{.DisplayName}}` or `{{index .Columns "Project"}}`.
// The zero Template is no text.
type Template struct{ tmpl *template.Template }

// guest is what a message template sees.
type guest struct {
	// DisplayName is the row's name, or the address where it has none.
	DisplayName string
	// EmailAddress is the row's address.
	EmailAddress string
	// Columns are the row's cells by heading.
	Columns map[string]string
}

// errNoColumn says that a template names a heading that the list lacks.
var errNoColumn = errors.New("the list has no such column")

// ParseTemplate reads a template. An empty text is no message.
func ParseTemplate(text string) (Template, error) {
	if text == "" {
		return Template{}, nil
	}
	// The built-in index gives "" for a missing column; a mail with a hole in
	// it is worse than an error.
	tmpl, err := template.New("message").Option("missingkey=error").
		Funcs(template.FuncMap{"index": cellOf}).Parse(text)
	if err != nil {
		return Template{}, fmt.Errorf("message template: %w", err)
	}
	if err := (Template{tmpl}).try(); err != nil {
		return Template{}, err
	}
	return Template{tmpl}, nil
}

// try finds what would fail for every row, such as a field that guests do not
// have. Columns are not known yet, so their absence does not count.
func (t Template) try() error {
	clone, err := t.tmpl.Clone()
	if err == nil {
		err = clone.Option("missingkey=zero").Execute(io.Discard,
			guest{DisplayName: "Pat Example", EmailAddress: "pat@example.com", Columns: map[string]string{}})
	}
	if err != nil && !errors.Is(err, errNoColumn) {
		return fmt.Errorf("message template: %w", err)
	}
	return nil
}

func cellOf(columns map[string]string, heading string) (string, error) {
	cell, ok := columns[heading]
	if !ok {
		return "", fmt.Errorf("%w: %q", errNoColumn, heading)
	}
	return cell, nil
}

// text fills the template for one row.
func (t Template) text(h Header, r Row, inv guest) (string, error) {
	if t.tmpl == nil {
		return "", nil
	}
	inv.Columns = make(map[string]string, len(h.Columns))
	for i, heading := range slices.Backward(h.Columns) { // of two equal headings the first counts
		inv.Columns[heading] = cell(r, i)
	}
	var b strings.Builder
	if err := t.tmpl.Execute(&b, inv); err != nil {
		return "", err
	}
	return b.String(), nil
}

func cell(r Row, at int) string {
	if at < len(r.Cells) {
		return r.Cells[at]
	}
	return ""
}
