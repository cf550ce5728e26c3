package judge

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/graph"
)

// longMessage is about the length at which a text was once left out of the
// mail without an error, in characters. Microsoft documents no maximum
// (github.com/microsoftgraph/microsoft-graph-docs, issue 13436).
const longMessage = 3000

var (
	errMessageMuted = &CellError{
		batch.KindMessageMuted, "the text is not used: the row is not mailed", "Turn the mail on with --send-message or in the row, or leave the text out.",
	}
	errCopyMuted = &CellError{
		batch.KindMessageMuted, "gets no copy: the row is not mailed", "Turn the mail on with --send-message or in the row, or leave the copy out.",
	}
	errMessageRaw = &CellError{
		batch.KindMessageRaw, "has {{ in it, and the guest will see it: only --message is a template", "Write the text as the guest is to read it, or use --message.",
	}
	errMessageHTML = &CellError{
		batch.KindMessageHTML, "has HTML tags in it, and the guest will see them: the mail takes plain text only", "Write the text without tags.",
	}
)

// messageInfo is checked even where no mail is sent, so that a mistake shows
// before somebody turns the mail on; it is sent with a mail only.
func (j *reader) messageInfo(inv graph.Invitation) *graph.MessageInfo {
	info := graph.MessageInfo{Body: j.body(inv), Language: j.language(), CC: j.cc()}
	j.warnMessage(inv, info.Body)
	if !inv.SendMessage || info.Body == "" && info.Language == "" && info.CC == nil {
		return nil
	}
	return &info
}

func (j *reader) language() string {
	s := j.or(batch.Language, j.d.Language)
	tag, ok := languageTag(s)
	if !ok {
		j.wrong(batch.Language, s, errLanguage)
	}
	return tag
}

func (j *reader) cc() []graph.Recipient {
	s := j.or(batch.CC, j.d.CC)
	if s == "" {
		return nil
	}
	box, err := readMailbox(s)
	if err != nil {
		j.wrong(batch.CC, s, &CellError{err.Kind, err.What, "Give one address; Graph mails only one copy."})
	}
	return graph.CC(box.Address)
}

func (j *reader) body(inv graph.Invitation) string {
	if own := j.h.Value(j.row, batch.Message); own != "" {
		if spreadsheetError(own) {
			j.wrong(batch.Message, own, errSpreadsheet)
		}
		return own
	}
	name := inv.DisplayName
	if name == "" {
		name = inv.EmailAddress
	}
	s, err := j.d.Message.text(j.h, j.row, guest{DisplayName: name, EmailAddress: inv.EmailAddress})
	if err != nil {
		j.wrong(batch.Message, "", err)
	}
	if gap := j.d.Message.emptyColumn(j.h, j.row); gap != "" && inv.SendMessage {
		j.warn(batch.Message, "", &CellError{
			batch.KindMessageGap, fmt.Sprintf("the message has a gap: the column %q is empty here", gap), "Fill the cell, or use {{with}} in the template.",
		})
	}
	return s
}

// doubtMessage warns about a text that guests may not get as it was meant.
func (j *reader) warnMessage(inv graph.Invitation, body string) {
	if !inv.SendMessage {
		j.warnUnsent()
		return
	}
	own := j.h.Value(j.row, batch.Message)
	if strings.Contains(own, "{{") {
		j.warn(batch.Message, "", errMessageRaw)
	}
	if n := utf8.RuneCountInString(body); n >= longMessage {
		j.warnDefault(batch.Message, "", &CellError{
			batch.KindMessageLong, fmt.Sprintf("has %d characters; a text of some %d was left out of the mail without an error", n, longMessage),
			"Shorten the text, or send one invitation to yourself first.",
		}, own == "" && j.d.Message.long)
	}
	if tagged(body) {
		j.warnDefault(batch.Message, "", errMessageHTML, own == "" && j.d.Message.tagged)
	}
}

// doubtMuted warns about what only a mail would carry, unless it cannot be read
// whether there is to be one.
func (j *reader) warnUnsent() {
	if slices.ContainsFunc(j.problems, func(p batch.Problem) bool { return p.Field == batch.SendMessage }) {
		return
	}
	if j.h.Value(j.row, batch.Message) != "" {
		j.warn(batch.Message, "", errMessageMuted)
	}
	if cc := j.h.Value(j.row, batch.CC); cc != "" {
		j.warn(batch.CC, cc, errCopyMuted)
	}
}

// maxTag is as long as a tag is looked for, in bytes: a link with its address.
const maxTag = 1000

// tagged reports whether a text has HTML tags in it. An address in angle
// brackets is none.
func tagged(s string) bool {
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			return false
		}
		tag, _, closed := strings.Cut(strings.TrimPrefix(rest[:min(len(rest), maxTag)], "/"), ">")
		if closed && isTag(tag) {
			return true
		}
		s = rest
	}
}

func isTag(s string) bool {
	name, _, _ := strings.Cut(strings.TrimRight(s, " /"), " ")
	switch strings.ToLower(name) {
	case "a", "b", "body", "br", "center", "div", "em", "font", "h1", "h2", "h3", "h4", "hr", "html", "i", "img", "li",
		"ol", "p", "span", "strong", "style", "sub", "sup", "table", "tbody", "td", "th", "tr", "u", "ul":
		return true
	default:
		return false
	}
}
