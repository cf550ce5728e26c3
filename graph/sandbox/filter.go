package sandbox

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// filter is what $filter asks for: one of its alternatives, in which every term
// is true.
type filter [][]term

// term is one comparison: a property with a value, or a collection that has it.
type term struct {
	property string
	operator string // eq, ge, gt, le or lt; "any" for a collection
	value    string
}

var (
	errSyntax      = errors.New("invalid filter clause")
	errUnsupported = errors.New("unsupported filter clause")
)

// parseFilter reads comparisons with "or" and "and" between them:
//
//	mail eq 'a@b'
//	otherMails/any(x:x eq 'a@b')
//	proxyAddresses/any(x:x eq 'SMTP:a@b')
//	createdDateTime ge 2026-11-01T00:00:00Z and userType eq 'Guest'
//
// An apostrophe within a text is doubled. It returns errSyntax for what is no
// filter and errUnsupported for one that asks for another property.
func parseFilter(text string) (filter, error) {
	s := scanner{rest: text}
	f := filter{{s.term()}}
	for s.err == nil && s.rest != "" {
		if s.skip(" and ") {
			last := len(f) - 1
			f[last] = append(f[last], s.term())
			continue
		}
		s.expect(" or ")
		f = append(f, []term{s.term()})
	}
	if s.err != nil {
		return nil, s.err
	}
	return f, nil
}

// isEmpty reports whether there is no filter: everyone fits it.
func (f filter) isEmpty() bool { return len(f) == 0 }

// fits reports whether a person is asked for.
func (f filter) fits(p *person) bool {
	return f.isEmpty() || slices.ContainsFunc(f, func(all []term) bool {
		return !slices.ContainsFunc(all, func(t term) bool { return !t.fits(p) })
	})
}

// addresses returns the addresses in lower case one of which everyone has who
// fits the filter. It reports false for a filter that does not ask for addresses.
func (f filter) addresses() (all []string, ok bool) {
	for _, alternative := range f {
		at := slices.IndexFunc(alternative, term.isOfAddress)
		if at < 0 {
			return nil, false
		}
		all = append(all, alternative[at].address())
	}
	return all, len(f) > 0
}

// firstAddress is the first address that a filter asks for, "" for none.
func (f filter) firstAddress() string {
	if all, ok := f.addresses(); ok {
		return all[0]
	}
	return ""
}

// isOfAddress reports whether a term asks for an address that the directory has
// an index of.
func (t term) isOfAddress() bool {
	switch t.property {
	case "mail", "otherMails", "proxyAddresses":
		return true
	case "userPrincipalName":
		return !strings.Contains(t.value, "#")
	default:
		return false
	}
}

// address is the one that a term asks for, in lower case.
func (t term) address() string {
	value := t.value
	if t.property == "proxyAddresses" {
		_, value, _ = strings.Cut(value, ":")
	}
	return key(value)
}

// fits reports whether a term is true of a person. Texts compare without case.
func (t term) fits(p *person) bool {
	switch t.property {
	case "otherMails":
		return slices.ContainsFunc(p.allOtherMails(), func(has string) bool { return strings.EqualFold(has, t.value) })
	case "proxyAddresses":
		kind, address, _ := strings.Cut(t.value, ":")
		return slices.ContainsFunc(p.proxyAddresses(), func(has string) bool {
			hasKind, hasAddress, _ := strings.Cut(has, ":")
			return hasKind == kind && strings.EqualFold(hasAddress, address)
		})
	case "accountEnabled":
		return strconv.FormatBool(!p.disabled) == t.value
	case "createdDateTime":
		return t.compares(p.created.Truncate(time.Second))
	default:
		has, isText := properties[t.property](p).(string)
		return isText && strings.EqualFold(has, t.value)
	}
}

// compares reports whether a time is as the term says.
func (t term) compares(has time.Time) bool {
	want, err := time.Parse(time.RFC3339, t.value)
	if err != nil {
		return false
	}
	switch t.operator {
	case "ge":
		return !has.Before(want)
	case "gt":
		return has.After(want)
	case "le":
		return !has.After(want)
	case "lt":
		return has.Before(want)
	default:
		return has.Equal(want)
	}
}

// scanner splits a filter. After its first error it reads nothing more.
type scanner struct {
	rest string
	err  error
}

func (s *scanner) term() term {
	property := s.word()
	switch property {
	case "mail", "userPrincipalName", "id", "displayName", "userType", "creationType", "externalUserState":
		return term{property, "eq", s.equalsText()}
	case "otherMails", "proxyAddresses":
		return term{property, "any", s.hasText()}
	case "accountEnabled":
		s.expect(" eq ")
		value := s.word()
		if value != "true" && value != "false" {
			s.fail(errSyntax)
		}
		return term{property, "eq", value}
	case "createdDateTime":
		return s.comparesTime(property)
	case "":
		s.fail(errSyntax)
	default:
		s.fail(errUnsupported)
	}
	return term{}
}

// hasText reads "/any(x:x eq 'text')".
func (s *scanner) hasText() string {
	s.expect("/any(")
	variable := s.word()
	s.expect(":")
	s.rest = strings.TrimLeft(s.rest, " ")
	if s.word() != variable || variable == "" {
		s.fail(errSyntax)
	}
	value := s.equalsText()
	s.expect(")")
	return value
}

// equalsText reads " eq 'text'".
func (s *scanner) equalsText() string {
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

// comparesTime reads " ge 2026-11-01T00:00:00Z".
func (s *scanner) comparesTime(property string) term {
	s.expect(" ")
	operator := s.word()
	s.expect(" ")
	value, rest, more := strings.Cut(s.rest, " ")
	if s.rest = rest; more {
		s.rest = " " + rest
	}
	_, err := time.Parse(time.RFC3339, value)
	if err != nil || !slices.Contains([]string{"eq", "ge", "gt", "le", "lt"}, operator) {
		s.fail(errSyntax)
	}
	return term{property, operator, value}
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

// skip takes a token away where it comes next.
func (s *scanner) skip(token string) bool {
	rest, found := strings.CutPrefix(s.rest, token)
	s.rest = rest
	return found
}

func (s *scanner) expect(token string) {
	if !s.skip(token) {
		s.fail(errSyntax)
	}
}

func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}
