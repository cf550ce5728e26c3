package cli

import (
	"fmt"
	"io"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// maxPreview is how many emails a preview shows.
const maxPreview = 3

// emailPreview is an invitation email as programs see it; its JSON names are a promise.
type emailPreview struct {
	Row      int      `json:"row"`
	To       string   `json:"to"`
	Name     string   `json:"name"`
	CC       []string `json:"cc"`
	Language string   `json:"language"`
	Text     string   `json:"text"`
	// RedirectURL is "" where it follows from the tenant.
	RedirectURL string `json:"redirect_url"`
}

// emailOf is the email of a row, false for a row that gets none.
func emailOf(step batch.Step) (emailPreview, bool) {
	inv := step.Invitation
	if step.Action != batch.Send || !inv.SendMessage {
		return emailPreview{}, false
	}
	p := emailPreview{Row: step.Row.Line, To: inv.EmailAddress, Name: inv.DisplayName, CC: []string{}, RedirectURL: inv.RedirectURL}
	if info := inv.MessageInfo; info != nil {
		p.Language, p.Text = info.Language, info.Body
		for _, copied := range info.CC {
			p.CC = append(p.CC, copied.EmailAddress.Address)
		}
	}
	return p, true
}

// previewLabel is how wide the words left of an email are.
const previewLabel = 13

// printPreviews shows emails as they would be, in front of the summary.
func printPreviews(w io.Writer, all []emailPreview, emailed, terminal int) {
	if len(all) == 0 {
		_, _ = fmt.Fprintf(w, "%s\n\n", beside("preview: no invitation is emailed by Microsoft; --send-message emails them", 0, terminal))
		return
	}
	how := fmt.Sprintf("preview: %d of %s. Microsoft sends them, from an address of its own and with its own text around yours; if an app signs in, Microsoft leaves your text out.", len(all), text.Plural(emailed, "email"))
	_, _ = fmt.Fprintf(w, "%s\n\n", beside(how, 0, terminal))
	for _, p := range all {
		line := func(label, value string) {
			margin := "\n" + strings.Repeat(" ", previewLabel)
			value = strings.ReplaceAll(beside(value, previewLabel, terminal), margin, "\n") // off a terminal there is none yet
			value = strings.ReplaceAll(strings.ReplaceAll(value, "\n", margin), margin+"\n", "\n\n")
			_, _ = fmt.Fprintf(w, "%-*s%s\n", previewLabel, label, value)
		}
		to := text.Line(p.To)
		if p.Name != "" {
			to = text.Line(p.Name) + " <" + to + ">"
		}
		_, _ = fmt.Fprintf(w, "Row %d\n", p.Row)
		line("  To:", to)
		if len(p.CC) > 0 {
			line("  Cc:", text.Line(strings.Join(p.CC, ", ")))
		}
		if p.Language != "" {
			line("  Language:", p.Language+" (of Microsoft's text)")
		}
		said := "(none of your own)"
		if p.Text != "" {
			said = strings.TrimSpace(text.Block(p.Text))
		}
		line("  Text:", said)
		redirect := text.Line(p.RedirectURL)
		if redirect == "" {
			redirect = "My Apps of your tenant"
		}
		line("  Leads to:", redirect)
		_, _ = fmt.Fprintln(w)
	}
}
