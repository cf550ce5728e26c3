package handoff

import (
	"bytes"
	"encoding/base64"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"

	"guestlist/internal/text"
)

// unsent is the header that makes Outlook and Thunderbird open a file as a draft.
// Sources: learn.microsoft.com/office/client-developer/outlook/mapi
// (X-Unsent), mail/base/modules/MailUtils of Thunderbird.
const unsent mail.Header = "X-Unsent"

// placeholder is the value of headers that a draft must not have.
const placeholder = "draft"

// draft is an email that has not been sent. Its sender is the person who opens it.
type draft struct {
	// to and cc have no address if there is no such recipient.
	to, cc              netmail.Address
	subject, text, html string
	files               []attachment
}

// attachment is a file of a pack, which may be attached to a draft.
type attachment struct {
	name    string
	kind    mail.ContentType
	content []byte
}

// recipient is a named address for a header. A backslash in the name would not be
// encoded in an encoded word, where RFC 2047 does not allow it and some mail programs
// fail.
func recipient(name, address string) netmail.Address {
	return netmail.Address{Name: strings.ReplaceAll(text.Line(name), `\`, "/"), Address: address}
}

// bytes returns the draft as an .eml file.
func (d draft) bytes() ([]byte, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if d.to.Address != "" {
		m.ToMailAddress(&d.to)
	}
	if d.cc.Address != "" {
		m.CcMailAddress(&d.cc)
	}
	m.Subject(d.subject)
	m.SetGenHeader(unsent, "1")
	m.SetGenHeader(mail.HeaderDate, placeholder)
	m.SetMessageIDWithValue(placeholder)
	m.SetBodyString(mail.TypeTextPlain, d.text)
	m.AddAlternativeString(mail.TypeTextHTML, d.html)
	var b bytes.Buffer
	size := len(d.text) + len(d.html)
	for _, f := range d.files {
		m.AttachReadSeeker(f.name, bytes.NewReader(f.content), f.headers)
		size += base64.StdEncoding.EncodedLen(len(f.content)) + len(f.content)/32 // with its line ends
	}
	b.Grow(size + 4096)
	_, err := m.WriteTo(&b)
	return withoutStamps(b.Bytes()), err
}

// headers name the file in the way of RFC 2231, which keeps every character;
// go-mail would put encoded words into a quoted string, which RFC 2047 forbids.
func (a attachment) headers(f *mail.File) {
	parameters := map[string]string{"name": a.name}
	if a.kind == kindText {
		parameters["charset"] = "utf-8"
	}
	f.Header.Set(string(mail.HeaderContentType), mime.FormatMediaType(string(a.kind), parameters))
	f.Header.Set(string(mail.HeaderContentDisposition), mime.FormatMediaType("attachment", map[string]string{"filename": a.name}))
}

// withoutStamps removes the two headers that go-mail always writes. They belong to
// the moment of sending: two emails sent from one draft with one Message-ID would be
// taken for the same email and delivered once.
func withoutStamps(eml []byte) []byte {
	for _, header := range []string{"Date: " + placeholder + "\r\n", "Message-ID: <" + placeholder + ">\r\n"} {
		if at := bytes.Index(eml, []byte(header)); at >= 0 {
			eml = slices.Delete(eml, at, at+len(header))
		}
	}
	return eml
}

// The kinds of the attached files.
const (
	kindWorkbook mail.ContentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	kindText     mail.ContentType = "text/plain"
)

// ownerDraft is the email to the owner of a pack, with the files of the part.
func (p *part) ownerDraft(t Template, files []attachment) ([]byte, error) {
	d, err := p.compose(t, p.mail(), blockSubject, blockText, blockHTML)
	if err != nil {
		return nil, err
	}
	if p.Parts > 1 {
		d.subject += " (part " + p.which() + ")"
	}
	d.to, d.files = recipient("", p.To), files
	return d.bytes()
}

// guestDraft is the email to one guest, with a copy to the pack's owner.
func (p *part) guestDraft(t Template, g Guest) ([]byte, error) {
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

// compose fills the three blocks of an email. Whatever a template says, the subject
// marks a test run.
func (p *part) compose(t Template, data any, subject, plain, html string) (draft, error) {
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
