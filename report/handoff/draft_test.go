package handoff

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"

	"guestlist/internal/text"
)

// letter is a draft as a mail program reads it.
type letter struct {
	header      mail.Header
	subject     string
	text, html  string
	attachments map[string][]byte
	shape       []string
}

// open reads a draft with Go's own mail packages.
func open(t *testing.T, eml []byte) letter {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(eml))
	if err != nil {
		t.Fatal(err)
	}
	l := letter{header: m.Header, attachments: make(map[string][]byte)}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	l.read(t, m.Header.Get("Content-Type"), m.Body)
	return l
}

func (l *letter) read(t *testing.T, contentType string, body io.Reader) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(contentType, err)
	}
	l.shape = append(l.shape, kind)
	parts := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind := part.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") {
			l.read(t, kind, part)
			continue
		}
		l.keep(t, part)
	}
}

func (l *letter) keep(t *testing.T, part *multipart.Part) {
	t.Helper()
	content, err := io.ReadAll(decoded(part))
	if err != nil {
		t.Fatal(err)
	}
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	l.shape = append(l.shape, kind)
	switch {
	case part.FileName() != "":
		l.attachments[part.FileName()] = content
	case kind == "text/plain":
		l.text = string(content)
	default:
		l.html = string(content)
	}
}

func TestDraft(t *testing.T) {
	d := draft{
		to: mail.Address{Name: `Zoë "Z" Ødegård`, Address: "zoe@contoso.example"}, cc: mail.Address{Address: "boss@contoso.example"},
		subject: "Guest invitations for Zoë: 3 guests", text: "Hello,\n\nZoë\n", html: "<p>Zoë</p>\n",
		files: []attachment{
			{name: "Zoë Ødegård.xlsx", kind: kindWorkbook, content: []byte("\x00\x01book")},
			{name: "佐藤.txt", kind: kindText, content: []byte("päck\n")},
		},
	}
	eml, err := d.bytes()
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, eml)
	to, err := l.header.AddressList("To")
	if err != nil || len(to) != 1 || *to[0] != d.to {
		t.Errorf("to %v, %v", to, err)
	}
	cc, err := l.header.AddressList("Cc")
	if err != nil || len(cc) != 1 || *cc[0] != d.cc {
		t.Errorf("cc %v, %v", cc, err)
	}
	if l.header.Get("X-Unsent") != "1" || l.subject != d.subject {
		t.Errorf("header %v", l.header)
	}
	for _, absent := range []string{"Date", "Message-Id", "From", "Sender", "User-Agent", "X-Mailer", "Bcc"} {
		if value, there := l.header[absent]; there {
			t.Errorf("%s: %q in a draft", absent, value)
		}
	}
	shape := "multipart/mixed multipart/alternative text/plain text/html " + string(kindWorkbook) + " text/plain"
	if strings.Join(l.shape, " ") != shape {
		t.Errorf("shape %v, want %s", l.shape, shape)
	}
	if unix(l.text) != d.text || unix(l.html) != d.html {
		t.Errorf("text %q, html %q", l.text, l.html)
	}
	for _, f := range d.files {
		if !bytes.Equal(l.attachments[f.name], f.content) {
			t.Errorf("%s: %q, want %q", f.name, l.attachments[f.name], f.content)
		}
	}
}

func TestDraftWithoutRecipient(t *testing.T) {
	eml, err := draft{subject: "x", text: "a\n", html: "<p>a</p>\n"}.bytes()
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, eml)
	for _, name := range []string{"To", "Cc"} {
		if _, there := l.header[name]; there {
			t.Errorf("an empty %s", name)
		}
	}
}

// FuzzDraft: no value of a list becomes a header of its own.
func FuzzDraft(f *testing.F) {
	f.Add("Maren\r\nBcc: eve@evil.example", "a\n\nb")
	f.Add("Maren\nContent-Type: text/html\n\n<b>", "x\r\n.\r\n--")
	f.Add(strings.Repeat("long ", 60), "é")
	f.Add("=?utf-8?q?=0D=0ABcc:_eve@evil.example?=", "")
	f.Add("\\é", "")
	f.Add("Date: draft", "Date: draft\r\nMessage-ID: <draft>\r\n")
	f.Fuzz(func(t *testing.T, name, body string) {
		d := draft{
			to:      recipient(name, "guest@contoso.example"),
			subject: text.Line(name), text: body, html: body,
		}
		eml, err := d.bytes()
		if err != nil {
			t.Fatal(err)
		}
		l := open(t, eml)
		for name := range l.header {
			switch name {
			case "To", "Subject", "X-Unsent", "Mime-Version", "Content-Type":
			default:
				t.Errorf("header %s: %q", name, l.header[name])
			}
		}
		to, err := l.header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != "guest@contoso.example" {
			t.Errorf("to %v, %v", to, err)
		}
		if unix(l.text) != unix(body) {
			t.Errorf("text %q, want %q", l.text, body)
		}
	})
}

// unix has one kind of line break, as mail has.
func unix(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}
