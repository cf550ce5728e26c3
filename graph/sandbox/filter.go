package sandbox

import (
	"errors"
	"strings"
	"unicode"
)

// term is one comparison of a filter: a property that equals a text, or a
// collection that has it.
type term struct{ property, value string }

// primary marks the main address among the proxyAddresses of a user. Its case counts.
const primary = "SMTP:"

// address is the one that a term asks for, "" for one that no user can have.
func (want term) address() string {
	if want.property != "proxyAddresses" {
		return key(want.value)
	}
	address, found := strings.CutPrefix(want.value, primary)
	if !found {
		return ""
	}
	return key(address)
}

var (
	errSyntax      = errors.New("invalid filter clause")
	errUnsupported = errors.New("unsupported filter clause")
)

// parseFilter reads comparisons of addresses with "or" between them:
//
//	mail eq 'a@b'
//	otherMails/any(x:x eq 'a@b')
//	proxyAddresses/any(x:x eq 'SMTP:a@b')
//
// An apostrophe within a text is doubled. It returns errSyntax for what is no
// filter and errUnsupported for one that asks for another property.
func parseFilter(text string) ([]term, error) {
	s := scanner{rest: text}
	terms := []term{s.term()}
	for s.err == nil && s.rest != "" {
		s.expect(" or ")
		terms = append(terms, s.term())
	}
	if s.err != nil {
		return nil, s.err
	}
	return terms, nil
}

// scanner splits a filter. After its first error it reads nothing more.
type scanner struct {
	rest string
	err  error
}

func (s *scanner) term() term {
	property := s.word()
	switch property {
	case "mail":
		return term{property, s.equals()}
	case "otherMails", "proxyAddresses":
		return term{property, s.has()}
	case "":
		s.fail(errSyntax)
	default:
		s.fail(errUnsupported)
	}
	return term{}
}

// has reads "/any(x:x eq 'text')".
func (s *scanner) has() string {
	s.expect("/any(")
	variable := s.word()
	s.expect(":")
	s.rest = strings.TrimLeft(s.rest, " ")
	if s.word() != variable || variable == "" {
		s.fail(errSyntax)
	}
	value := s.equals()
	s.expect(")")
	return value
}

// equals reads " eq 'text'".
func (s *scanner) equals() string {
	s.expect(" eq '")
	var value strings.Builder
	for s.err == nil {
		part, rest, closed := strings.Cut(s.rest, "'")
		if !closed {
			s.fail(errSyntax)
		}
		value.WriteString(part)
		s.rest = rest
		if !strings.HasPrefix(rest, "'") {
			break
		}
		value.WriteByte('\'')
		s.rest = rest[1:]
	}
	return value.String()
}

func (s *scanner) word() string {
	odd := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	end := strings.IndexFunc(s.rest, odd)
	if end < 0 {
		end = len(s.rest)
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	return word
}

func (s *scanner) expect(token string) {
	rest, found := strings.CutPrefix(s.rest, token)
	if !found {
		s.fail(errSyntax)
	}
	s.rest = rest
}

func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}
