package handoff

import (
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template"

	"guestlist/internal/durable"
	"guestlist/internal/text"
	"guestlist/report/xlsx"
)

// What letters can name of a guest besides the columns of the list.
const (
	placeLink    = "Invitation link"
	placeCompany = "Inviting company"
	placePerson  = "Inviting person"
	placeAddress = "Inviting address"
)

// letterPlaces is what stands in the templates for these placeholders.
var letterPlaces = map[string]string{
	"Display name": "or .Greeting .EmailAddress", "Email address": ".EmailAddress", placeLink: ".Link",
	placeCompany: ".Company", placePerson: ".Inviter", placeAddress: ".InviterAddress",
}

// guestLetter is a text of the operator's for guests of one language, or of every other one.
type guestLetter struct {
	language string
	// uses are the placeholders of letterPlaces in it.
	uses          []string
	file          string
	subject, body *template.Template
}

// newLetter prepares a letter for a list with these headings.
func newLetter(l text.Letter, headings []string) (guestLetter, error) {
	places := slices.Sorted(maps.Keys(letterPlaces))
	if err := l.Check(append(places, headings...)); err != nil {
		return guestLetter{}, err
	}
	made := guestLetter{language: l.Language, file: text.Line(l.File)}
	subject, body := l.Templates(func(name string) string {
		if at := text.FindHeading(places, name); at >= 0 {
			made.uses = append(made.uses, places[at])
			return letterPlaces[places[at]]
		}
		return fmt.Sprintf("index .Columns %q", name)
	})
	var err error
	if made.body, err = template.New("").Funcs(functions).Parse(body); err == nil && l.HasSubject() {
		made.subject, err = template.New("").Funcs(functions).Parse(subject)
	}
	return made, err
}

// write writes a block of a guest, in place of that of a template.
func (l guestLetter) write(w io.Writer, block string, g Guest) error {
	if block == blockGuestSubject {
		return l.subject.Execute(w, g)
	}
	var b strings.Builder
	if g.Sandbox {
		b.WriteString(xlsx.SandboxBanner + "\n\n")
	}
	if err := l.body.Execute(&b, g); err != nil {
		return err
	}
	said := b.String()
	if block == blockGuestHTML {
		said = letterHTML(strings.TrimSpace(said), g.Link())
	}
	_, err := io.WriteString(w, said)
	return err
}

// has reports whether a letter has its own text for a block.
func (l guestLetter) has(block string) bool {
	switch block {
	case blockGuestSubject:
		return l.subject != nil
	case blockGuestText, blockGuestHTML, blockChat:
		return true
	}
	return false
}

// letterHTML is a letter as a web page: an empty line ends a paragraph, and the link, which
// is longer than a line, is shown by its beginning.
func letterHTML(said, link string) string {
	var b strings.Builder
	b.WriteString(`<html>
<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>
<body style="font-family:Calibri,'Segoe UI',Arial,sans-serif;font-size:11pt;color:#222222">
`)
	for paragraph := range strings.SplitSeq(said, "\n\n") {
		escaped := html.EscapeString(strings.TrimSpace(paragraph))
		if link != "" {
			target := html.EscapeString(link)
			escaped = strings.ReplaceAll(escaped, target, `<a href="`+target+`">`+html.EscapeString(shownLink(link))+`</a>`)
		}
		b.WriteString("<p>" + strings.ReplaceAll(escaped, "\n", "<br>\n") + "</p>\n")
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

// shownLink is the beginning of a link: where it leads, without the ticket.
func shownLink(link string) string {
	shown, _, cut := strings.Cut(link, "?")
	if cut {
		shown += "..."
	}
	return shown
}

// letters prepares those of the options for a list with these columns.
func (opt Options) letters(columns []string) ([]guestLetter, error) {
	all := make([]guestLetter, 0, len(opt.Letters))
	for i, l := range opt.Letters {
		if j := slices.IndexFunc(opt.Letters[:i], func(other text.Letter) bool { return other.Language == l.Language }); j >= 0 {
			return nil, &TemplateError{File: text.Line(l.File), Problem: "it is for the same guests as " + text.Line(opt.Letters[j].File) + ": put the language into the names, as in welcome.de.txt"}
		}
		made, err := newLetter(l, (Guest{columns: columns}).headings())
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
}

// checkLetters finds out whether the guests with a link have what their letters need, before
// anything is written.
func (opt Options) checkLetters(packs []pack, kept *durable.Records[keptGuest]) error {
	if len(opt.Template.letters) == 0 {
		return nil
	}
	guests, err := kept.Reader()
	if err != nil {
		return err
	}
	for i := range packs {
		p := &packs[i]
		for _, language := range slices.Sorted(maps.Keys(p.languages)) {
			first, err := guests.Read(p.languages[language].first)
			if err != nil {
				return err
			}
			g := first.guest(p)
			if l := letterFor(opt.Template.letters, g); l != nil {
				if err := l.fits(g); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fits reports whether a guest has all that the letter says of who invites.
func (l guestLetter) fits(g Guest) error {
	uses := func(place string) bool { return slices.Contains(l.uses, place) }
	var problem string
	switch {
	case !uses(placeLink) && !g.Redacted:
		problem = "{" + placeLink + "} is missing: the guest could not accept"
	case uses(placeLink) && g.Redacted:
		problem = "{" + placeLink + "} has nothing to show, because the links are left out (--redact)"
	case uses(placeCompany) && g.Company == "":
		problem = "{" + placeCompany + "} is not known: the run could not read the name of the tenant"
	case uses(placePerson) && g.Inviter == "":
		problem = fmt.Sprintf("{%s} is not known: %s of %s names no person", placePerson, g.By, g.Person())
	case uses(placeAddress) && g.InviterAddress == "":
		problem = fmt.Sprintf("{%s} is not known for %s: --to names the column with the addresses", placeAddress, g.Value)
	default:
		return nil
	}
	return &TemplateError{File: l.file, Problem: problem}
}

// unlettered counts the guests with a link who get the template's text beside letters.
func (opt Options) unlettered(packs []pack) (n int) {
	if len(opt.Template.letters) == 0 {
		return 0
	}
	for _, p := range packs {
		for language, spoken := range p.languages {
			if letterFor(opt.Template.letters, Guest{Language: language}) == nil {
				n += spoken.guests
			}
		}
	}
	return n
}

// letterFor is the one for the language of a guest, or for every other one; nil for none.
func letterFor(all []guestLetter, g Guest) *guestLetter {
	tags := make([]string, len(all))
	for i, l := range all {
		tags[i] = l.language
	}
	at := text.InLanguage(tags, g.Language)
	if at < 0 {
		at = slices.Index(tags, "")
	}
	if at < 0 {
		return nil
	}
	return &all[at]
}
