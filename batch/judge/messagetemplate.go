package judge

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/internal/text"
)

// MessageTemplate is the custom text of the invitation email: a text/template over
// the columns of the row, e.g. `Hello {{.Greeting}}` or
// `{{index .Columns "Project"}}`. The zero MessageTemplate is no text.
type MessageTemplate struct {
	tmpl   *template.Template
	source string
	bounds *text.TemplateBounds
	// columns are the headings whose cells the text uses as they are.
	columns []string
	// letter is what the template was made of, nil for one that was given as such.
	letter *text.Letter
	// alwaysLong and alwaysHTML say that the text is too long, or has HTML tags,
	// whatever the row fills in.
	alwaysLong, alwaysHTML bool
}

// IsZero reports whether there is no text.
func (t MessageTemplate) IsZero() bool { return t.tmpl == nil }

// Source is the text as it was written, "" for none.
func (t MessageTemplate) Source() string { return t.source }

// CheckColumns finds a heading that the text names and a list does not have, or that it names
// in a way that is not filled in. Its error is a [*text.PlaceholderError], a [*ColumnError] or
// a [*BracesError].
func (t MessageTemplate) CheckColumns(h batch.Header) error {
	places := append([]string{placeName, placeAddress}, h.Columns...)
	if t.letter != nil {
		return t.letter.Check(places)
	}
	if letter, err := text.ParseLetter("", t.source); err == nil {
		for _, name := range letter.Placeholders() {
			if text.FindHeading(places, name) >= 0 {
				return &BracesError{name}
			}
		}
	}
	for _, column := range t.columns {
		if !slices.Contains(h.Columns, column) {
			return &ColumnError{column, h.Columns}
		}
	}
	return nil
}

// ColumnError says that a message names a heading that the list does not have.
type ColumnError struct {
	Heading string
	Columns []string
}

func (e *ColumnError) Error() string {
	return fmt.Sprintf("the message names the column %q, which the list does not have", e.Heading)
}

// Hint lists the headings that there are.
func (e *ColumnError) Hint() string {
	return "correct the heading; the list has " + text.Quote(e.Columns)
}

// BracesError says that a template has a placeholder as the files of --text have them.
type BracesError struct{ Placeholder string }

func (e *BracesError) Error() string {
	return fmt.Sprintf("the message has {%s}, which would be sent as it is", text.Line(e.Placeholder))
}

// Hint tells what fills it in.
func (*BracesError) Hint() string {
	return "put the text into a file and name it with --text, which fills in {Display name} and {any column}"
}

// What a letter can name of a guest besides the columns of the list.
const (
	placeName    = "Display name"
	placeAddress = "Email address"
)

// LetterTemplate makes a template of a text with placeholders.
func LetterTemplate(l text.Letter) (MessageTemplate, error) {
	if l.HasSubject() {
		return MessageTemplate{}, fmt.Errorf("%s begins with a subject, and Microsoft's email has its own: leave that line out", text.Line(l.File))
	}
	places := []string{placeName, placeAddress}
	var columns []string
	_, body := l.Templates(func(name string) string {
		switch text.FindHeading(places, name) {
		case 0:
			return ".Greeting"
		case 1:
			return ".EmailAddress"
		}
		columns = append(columns, name)
		return fmt.Sprintf("cell .Columns %q", name)
	})
	t, err := ParseMessageTemplate(body)
	t.letter, t.columns = &l, columns
	return t, err
}

// Translations are message templates for guests of certain languages.
type Translations struct {
	tags      []string
	templates []MessageTemplate
	// chosen are positions by language: finding the best one takes long.
	chosen sync.Map
}

// Add adds the template for a language. It is not to be called any more once rows are judged.
func (t *Translations) Add(language string, message MessageTemplate) {
	t.tags, t.templates = append(t.tags, language), append(t.templates, message)
}

// All are the templates.
func (t *Translations) All() []MessageTemplate {
	if t == nil {
		return nil
	}
	return t.templates
}

// Sources are the texts as they were written, by language.
func (t *Translations) Sources() map[string]string {
	sources := make(map[string]string)
	for i, message := range t.All() {
		sources[t.tags[i]] = message.Source()
	}
	return sources
}

// in is the template for a language.
func (t *Translations) in(language string) (MessageTemplate, bool) {
	if t == nil || language == "" {
		return MessageTemplate{}, false
	}
	at, known := t.chosen.Load(language)
	if !known {
		at = text.InLanguage(t.tags, language)
		t.chosen.Store(language, at)
	}
	if i, _ := at.(int); i >= 0 {
		return t.templates[i], true
	}
	return MessageTemplate{}, false
}

// maxTurns is how often a message goes round its ranges at most: far more than a list has
// columns.
const maxTurns = 100_000

// templateData is what a message template sees of a guest.
type templateData struct {
	// DisplayName is the row's name, or the address where it has none.
	DisplayName string
	// Greeting is the name in the order in which it is said, or the address.
	Greeting string
	// EmailAddress is the row's address.
	EmailAddress string
	// Columns are the row's cells by heading.
	Columns map[string]string
}

// missingColumnError says that a template names a heading that the list does not have.
type missingColumnError struct{ heading string }

func (e *missingColumnError) Error() string {
	return fmt.Sprintf("the list has no column %q", e.heading)
}

// ParseMessageTemplate reads a template. An empty or blank text is no message. The error may be
// a [*text.LengthError].
func ParseMessageTemplate(s string) (MessageTemplate, error) {
	switch {
	case text.Trim(s) == "":
		return MessageTemplate{}, nil
	case !text.IsUTF8(s):
		return MessageTemplate{}, errors.New("message template: the text is not UTF-8; save it as UTF-8")
	case len(s) > text.MaxEmail:
		return MessageTemplate{}, &text.LengthError{What: "the message template", Characters: utf8.RuneCountInString(s)}
	}
	// The built-in index returns "" for a missing column. An email with a gap in
	// its text is worse than an error.
	bounds := text.NewTemplateBounds(maxTurns, text.MaxEmail)
	tmpl, err := template.New("message").Option("missingkey=error").
		Funcs(template.FuncMap{"index": cellOf, "cell": cellNamed}).Funcs(bounds.Funcs()).Parse(s)
	if err != nil {
		return MessageTemplate{}, templateError(err)
	}
	fixed := fixedText(tmpl.Root)
	t := MessageTemplate{
		tmpl: tmpl, source: s, bounds: bounds, columns: templateColumns(tmpl.Root),
		alwaysLong: utf8.RuneCountInString(fixed) >= longMessage, alwaysHTML: hasHTMLTag(fixed),
	}
	for _, each := range tmpl.Templates() {
		bounds.Guard(each.Tree)
	}
	if err := t.tryOnce(); err != nil {
		return MessageTemplate{}, err
	}
	return t, nil
}

// tryOnce finds what would fail for every row, such as a field that guests do not
// have. The columns are not known yet, so a missing one is no error here.
func (t MessageTemplate) tryOnce() error {
	clone, err := t.tmpl.Clone()
	if err == nil {
		err = clone.Option("missingkey=zero").Execute(t.bounds.Begin(io.Discard),
			templateData{DisplayName: "Pat Example", Greeting: "Pat Example", EmailAddress: "pat@example.com", Columns: map[string]string{}})
	}
	if err != nil && !errors.As(err, new(*missingColumnError)) {
		return templateError(err)
	}
	return nil
}

// templateError is what text/template found, without our name of the template
// and the Go types.
func templateError(err error) error {
	if errors.Is(err, text.ErrEndless) {
		return fmt.Errorf("message template: %w", text.ErrEndless)
	}
	s := strings.TrimPrefix(err.Error(), "template: message:")
	if _, field, ok := strings.Cut(s, "can't evaluate field "); ok {
		name, _, _ := strings.Cut(field, " ")
		s = "a guest has no " + name
	}
	s = strings.TrimSpace(s)
	if s != "" && '0' <= s[0] && s[0] <= '9' {
		s = "line " + s
	}
	return fmt.Errorf("message template: %s", s)
}

func cellOf(columns map[string]string, heading string) (string, error) {
	cell, ok := columns[heading]
	if !ok {
		return "", &missingColumnError{heading}
	}
	return cell, nil
}

// cellNamed is cellOf for a placeholder of a letter, which is compared as headings are.
func cellNamed(columns map[string]string, placeholder string) (string, error) {
	headings := slices.Sorted(maps.Keys(columns))
	if at := text.FindHeading(headings, placeholder); at >= 0 {
		return columns[headings[at]], nil
	}
	return "", &missingColumnError{placeholder}
}

// fill makes the text for one row.
func (t MessageTemplate) fill(h batch.Header, r batch.Row, data templateData) (string, *CellError) {
	if t.tmpl == nil {
		return "", nil
	}
	data.Columns = make(map[string]string, len(h.Columns))
	for i, heading := range slices.Backward(h.Columns) { // of two equal headings the first one counts
		data.Columns[heading] = r.Cell(i)
	}
	var b strings.Builder
	if err := t.tmpl.Execute(t.bounds.Begin(&b), data); err != nil {
		return "", fillError(err, h)
	}
	if text.Trim(b.String()) == "" {
		return "", nil // the line break at the end of a file is no text
	}
	return b.String(), nil
}

// gapAdvice is what to do about a cell that is empty.
func (t MessageTemplate) gapAdvice(column string) string {
	if t.letter == nil {
		return batch.KindMessageGap.Advice()
	}
	return fmt.Sprintf("Fill the cell, or leave {%s} out of the text.", column)
}

// emptyColumn is the first heading whose cell the text uses and finds empty, "" for none.
func (t MessageTemplate) emptyColumn(h batch.Header, r batch.Row) string {
	for _, heading := range t.columns {
		if at := text.FindHeading(h.Columns, heading); at >= 0 && strings.TrimSpace(r.Cell(at)) == "" {
			return heading
		}
	}
	return ""
}

// fillError says what is wrong with a template that failed for a row.
func fillError(err error, h batch.Header) *CellError {
	heading, ok := missingColumn(err)
	if !ok {
		return &CellError{batch.KindMessageTemplate, "the message template fails here: " + templateErrorText(err), "Correct --message."}
	}
	advice := "Correct --message: headings must be written as in the list, which has " + text.Quote(h.Columns) + "."
	if near := text.Nearest(h.Columns, heading); near != "" {
		advice = fmt.Sprintf("Correct --message: headings must be written as in the list. Did you mean %q?", near)
	}
	return &CellError{batch.KindMessageTemplate, fmt.Sprintf("the message template names the column %q, which the list does not have", heading), advice}
}

// maxTemplateError is how much of an error of text/template is shown, in bytes:
// such errors quote cells.
const maxTemplateError = 200

// templateErrorText is an error of text/template as one line that is safe on a terminal.
func templateErrorText(err error) string {
	if errors.Is(err, text.ErrEndless) {
		return text.ErrEndless.Error()
	}
	s := strings.TrimPrefix(err.Error(), "template: message:")
	return text.Truncate(text.Line(s), maxTemplateError)
}

// missingColumn returns the heading that a template names and the list does not
// have. For {{.Columns.Heading}} it has to be read from text/template's message.
func missingColumn(err error) (heading string, ok bool) {
	if lacks, ok := errors.AsType[*missingColumnError](err); ok {
		return lacks.heading, true
	}
	_, key, ok := strings.Cut(err.Error(), "map has no entry for key ")
	if !ok {
		return "", false
	}
	heading, err = strconv.Unquote(key)
	return heading, err == nil
}

// templateColumns are the headings whose cells a template uses as they are,
// outside of conditions: an empty cell leaves a gap in the text.
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

// fixedText is the part of a template that every row gets: what is outside of actions.
func fixedText(root *parse.ListNode) string {
	var fixed strings.Builder
	for _, node := range root.Nodes {
		if part, ok := node.(*parse.TextNode); ok {
			fixed.Write(part.Text)
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
	name, ok := args[2].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return name.Text, true
}
