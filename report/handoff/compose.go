package handoff

import (
	"github.com/wneessen/go-mail"

	"guestlist/internal/text"
)

// The kinds of the attached files.
const (
	kindWorkbook mail.ContentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	kindText     mail.ContentType = "text/plain"
)

// ownerDraft is the mail to the owner of a pack, with its files.
func (p pack) ownerDraft(t Template, files []attachment) ([]byte, error) {
	d, err := p.compose(t, p.mail(), blockSubject, blockText, blockHTML)
	if err != nil {
		return nil, err
	}
	d.to, d.files = recipient("", p.To), files
	return d.bytes()
}

// guestDraft is the mail to one guest, with a copy to the pack's owner.
func (p pack) guestDraft(t Template, g Guest) ([]byte, error) {
	d, err := p.compose(t, g, blockGuestSubject, blockGuestText, blockGuestHTML)
	if err != nil {
		return nil, err
	}
	d.cc = recipient("", p.To)
	if _, ok := ownAddress(g.EmailAddress); ok {
		d.to = recipient(g.DisplayName, g.EmailAddress)
	}
	return d.bytes()
}

// compose fills the three blocks of a mail. Whatever a template says, the
// subject tells a rehearsal from an invitation.
func (p pack) compose(t Template, data any, subject, plain, html string) (draft, error) {
	var d draft
	for _, part := range []struct {
		block string
		into  *string
	}{{subject, &d.subject}, {plain, &d.text}, {html, &d.html}} {
		rendered, err := t.render(part.block, data)
		if err != nil {
			return draft{}, err
		}
		*part.into = rendered
	}
	d.subject = text.Line(d.subject)
	if p.sandbox {
		d.subject = "[SANDBOX] " + d.subject
	}
	return d, nil
}
