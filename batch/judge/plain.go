package judge

import "strings"

// plain reports whether a text is an address that needs no further look: what
// nearly all cells of a list hold. It refuses much that is an address, and
// accepts nothing that is none.
func isSimpleAddress(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && len(local) <= maxLocal && len(text) <= maxAddress && isSimpleLocal(local) && isSimpleDomain(domain)
}

// plainLocal accepts a dot-atom of RFC 5322.
func isSimpleLocal(local string) bool {
	dot := true // just before, or at the start
	for i := range len(local) {
		switch c := local[i]; {
		case c == '.' && dot:
			return false
		case c != '.' && !alphanumeric(c) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) < 0:
			return false
		default:
			dot = c == '.'
		}
	}
	return !dot
}

// plainDomain accepts a name of two labels or more, none of them punycode, the
// last of which does not begin with a digit. It knows lower and upper case.
func isSimpleDomain(domain string) bool {
	labels := 0
	for label := range strings.SplitSeq(domain, ".") {
		if !isSimpleLabel(label) {
			return false
		}
		labels++
	}
	return labels > 1 && !digit(domain[strings.LastIndexByte(domain, '.')+1])
}

func isSimpleLabel(label string) bool {
	n := len(label)
	if n == 0 || n > 63 || label[0] == '-' || label[n-1] == '-' || n >= 4 && label[2:4] == "--" {
		return false
	}
	for i := range n {
		if !alphanumeric(label[i]) && label[i] != '-' {
			return false
		}
	}
	return true
}

// alphanumerics reports whether a text has no signs but dots, hyphens and underscores.
func alphanumerics(text string) bool {
	for i := range len(text) {
		if c := text[i]; !alphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digit(c)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
