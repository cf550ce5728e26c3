package graph

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// Scope says what an error is about.
type Scope uint8

const (
	// ScopeRow concerns this address: the run goes on.
	ScopeRow Scope = iota
	// ScopeTenant concerns the tenant, the sign-in or the permission: every
	// other row would meet it, too.
	ScopeTenant
	// ScopeUnsure is for a 403 that the catalogue does not know: it concerns the
	// tenant unless other rows have succeeded.
	ScopeUnsure
)

// Retry says when the same row is worth sending again.
type Retry uint8

const (
	// RetryNever means that the row as it stands would get the same answer.
	RetryNever Retry = iota
	// RetryLater means after something has been changed by an admin, the guest's
	// organization or Microsoft's support.
	RetryLater
	// RetryAgain means soon and without a change. A run does so as far as it can
	// prove that the row is not invited already.
	RetryAgain
)

// Entry is what is known about one error of an invitation, or of what is done with a
// guest later. An answer
// belongs to it when the message has one of Texts, or else the code is one of
// Codes, or else the status is one of Statuses.
type Entry struct {
	// Name is the workbook's Error Code. Graph's own codes are too general to
	// group by: half of all errors are BadRequest. "" means unknown.
	Name string
	// Texts are distinctive parts of the message, in lower case.
	Texts []string
	// Codes are Graph's own.
	Codes []string
	// Statuses are HTTP statuses that mean this whatever the text.
	Statuses []int
	// Scope and Retry say what the error concerns and when to try again.
	Scope Scope
	Retry Retry
	// Access says that signing in or permissions are at fault.
	Access bool
	// Domain says that the guest's domain or organization is at fault: guests of others
	// may be invited.
	Domain bool
	// Attempts caps how often the row is tried; 0 leaves it to the run.
	Attempts int
	// Seen is the status and the code that it was reported or documented with,
	// Message the text; "" where neither is on record.
	Seen, Message string
	// Meaning and Advice are sentences for the operator.
	Meaning, Advice string
	// Source is where it is documented or reported.
	Source string
}

// Catalogue returns every known error of invitations and of what is done later.
func Catalogue() []Entry { return slices.Clone(catalogue) }

// Known reports whether the catalogue has the error.
func (e Entry) Known() bool { return e.Name != "" }

// classify finds the entry of an answer: a phrase says more than a code, an inner
// code more than the one around it, and a code more than a status. What the
// catalogue does not have gets a scope by its status and an advice that says that it
// is unknown.
func classify(status int, code, message string, inner ...string) Entry {
	message = strings.ToLower(message)
	for _, fits := range []func(Entry) bool{
		func(e Entry) bool { return e.isQuotedIn(message) },
		func(e Entry) bool { return slices.ContainsFunc(inner, e.hasCode) },
		func(e Entry) bool { return e.hasCode(code) },
		func(e Entry) bool { return slices.Contains(e.Statuses, status) },
	} {
		if at := slices.IndexFunc(catalogue, fits); at >= 0 {
			return catalogue[at]
		}
	}
	return unknown(status)
}

// entryNamed is the entry of the catalogue with a name.
func entryNamed(name string) Entry {
	return catalogue[slices.IndexFunc(catalogue, func(e Entry) bool { return e.Name == name })]
}

// unknown is the entry of an answer that the catalogue does not have.
func unknown(status int) Entry {
	switch {
	case status < http.StatusBadRequest:
		return Entry{Scope: ScopeTenant, Retry: RetryLater, Advice: "This answer is not from Graph: something in between, such as a proxy, redirects the request. Check HTTPS_PROXY and --graph-url."}
	case status == http.StatusForbidden:
		return Entry{Scope: ScopeUnsure, Retry: RetryLater, Access: true, Advice: "guestlist does not know this answer. Check the permission User.Invite.All, the external collaboration settings and the guest's domain."}
	case status >= http.StatusInternalServerError:
		return Entry{Retry: RetryAgain, Advice: "guestlist does not know this answer: the service had a fault. Run retry later. If the error persists, contact Microsoft support with the request id."}
	default:
		return Entry{Advice: "guestlist does not know this answer. If the text does not help, contact Microsoft support with the request id."}
	}
}

// Explain returns the entries that a question may mean, the likeliest first;
// none when nothing fits. A question is, in any case, an entry's name, a code or
// a status of Graph's, a piece of Graph's text, a line that holds one of these, or
// words of which all that are known are in what is said about an entry.
func Explain(entries []Entry, question string) []Entry {
	question = strings.ToLower(strings.Join(strings.Fields(question), " "))
	question = strings.TrimRight(question, " …") // of a text that was cut off at the terminal's edge
	if question == "" {
		return nil
	}
	for _, fits := range []func(Entry) bool{
		func(e Entry) bool { return strings.EqualFold(e.Name, question) },
		func(e Entry) bool { return e.hasCodeOrStatus(question) },
	} {
		if found := matching(entries, fits); found != nil {
			return found
		}
	}
	if quoted := matching(entries, func(e Entry) bool { return e.isQuotedIn(question) }); quoted != nil {
		// Texts overlap: as with an answer, the first one decides.
		return matching(quoted, func(e Entry) bool { return slices.Equal(e.Texts, quoted[0].Texts) })
	}
	if part := matching(entries, func(e Entry) bool { return e.quotes(question) }); part != nil {
		return part
	}
	words := strings.FieldsFunc(question, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
	if named := matching(entries, func(e Entry) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(e.Name, w) || e.hasCode(w) })
	}); named != nil {
		return named
	}
	// A word that nothing is said with cannot be what the question is about.
	words = slices.DeleteFunc(words, func(w string) bool {
		return !slices.ContainsFunc(entries, func(e Entry) bool { return e.says([]string{w}) })
	})
	return matching(entries, func(e Entry) bool { return e.says(words) })
}

// shortWord is the length of words, in bytes, that are in nearly every text.
const shortWord = 3

// says reports whether all words in lower case are in what is said about the entry, but
// for short ones.
func (e Entry) says(words []string) bool {
	said := strings.ToLower(strings.Join([]string{e.Message, e.Meaning, e.Advice}, " "))
	long := 0
	for _, w := range words {
		if len(w) <= shortWord {
			continue
		}
		if long++; !strings.Contains(said, w) {
			return false
		}
	}
	return long > 0
}

// matching returns the entries that fit, nil when none does.
func matching(entries []Entry, fits func(Entry) bool) []Entry {
	var found []Entry
	for _, e := range entries {
		if fits(e) {
			found = append(found, e)
		}
	}
	return found
}

// isQuotedIn reports whether a text in lower case has one of the entry's phrases.
func (e Entry) isQuotedIn(text string) bool {
	return slices.ContainsFunc(e.Texts, func(part string) bool { return strings.Contains(text, part) })
}

// quotes reports whether a text in lower case is a piece of the entry's message.
func (e Entry) quotes(text string) bool {
	return strings.Contains(strings.ToLower(e.Message), text) ||
		slices.ContainsFunc(e.Texts, func(own string) bool { return strings.Contains(own, text) })
}

func (e Entry) hasCode(code string) bool {
	return slices.ContainsFunc(e.Codes, func(own string) bool { return strings.EqualFold(own, code) })
}

// hasCodeOrStatus reports whether the entry comes with a code or a status, given
// in lower case.
func (e Entry) hasCodeOrStatus(word string) bool {
	return e.hasCode(word) || slices.Contains(strings.Fields(strings.ToLower(e.Seen)), word)
}
