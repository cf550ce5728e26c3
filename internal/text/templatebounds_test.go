package text

import (
	"errors"
	htmltemplate "html/template"
	"strings"
	"testing"
	"text/template"
)

func TestTemplatesComeToAnEnd(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{{range 3}}{{.}},{{end}}`: "0,1,2,",
		`<p title="{{range 2}}x{{end}}">{{range .}}{{.}}{{else}}none{{end}}</p>`:   `<p title="xx">ab</p>`,
		`<script>var a = [{{range 2}}1,{{end}}]</script>`:                          `<script>var a = [1,1,]</script>`,
		`{{define "a"}}A{{end}}{{template "a"}}{{template "a"}}`:                   "AA",
		`{{range 1000000000000}}{{end}}`:                                           "",
		`{{if true}}{{with .}}{{range 1000000000000}}{{end}}{{end}}{{end}}`:        "",
		`{{range 1000}}{{range 1000}}{{end}}{{end}}`:                               "",
		`{{define "a"}}{{range 10}}{{template "a"}}{{end}}{{end}}{{template "a"}}`: "",
		`{{range 90}}{{printf "%1000d" 1}}{{end}}`:                                 "",
	} {
		b := NewTemplateBounds(100, 10_000)
		plain := template.Must(template.New("t").Funcs(b.Funcs()).Parse(source))
		markup := htmltemplate.Must(htmltemplate.New("t").Funcs(b.Funcs()).Parse(source))
		for _, each := range plain.Templates() {
			b.Guard(each.Tree)
		}
		for _, each := range markup.Templates() {
			b.Guard(each.Tree)
		}
		var texts [2]strings.Builder
		errs := []error{plain.Execute(b.Begin(&texts[0]), []string{"a", "b"}), markup.Execute(b.Begin(&texts[1]), []string{"a", "b"})}
		for i, err := range errs {
			switch {
			case want == "" && !errors.Is(err, ErrEndless):
				t.Errorf("%s: got %v, want that it has no end", source, err)
			case want != "" && (err != nil || texts[i].String() != want):
				t.Errorf("%s: got %q, %v, want %q", source, texts[i].String(), err, want)
			}
		}
	}
}
