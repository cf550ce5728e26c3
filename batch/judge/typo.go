package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"guestlist/batch"
	"guestlist/batch/provider"
)

// domainTypo says that the domain of an address looks like a typo, nil where it does not.
func domainTypo(local, domain string) *CellError {
	if meant := suggestDomain(strings.ToLower(domain)); meant != "" {
		return &CellError{
			batch.KindTypo, fmt.Sprintf("has a domain that is a likely typo of %s", meant), fmt.Sprintf("If so, write %s@%s.", local, meant),
		}
	}
	if _, ending := cutEnding(domain); !isEnding(ending) {
		return kindError(batch.KindTypo, fmt.Sprintf("has a domain that ends in .%s, which is no known ending of domains", ending))
	}
	return nil
}

// suggestDomain returns the domain that was likely meant, "" for a domain that looks right or
// that says nothing of what was meant. The domain must be in lower case.
func suggestDomain(domain string) string {
	// The table is short and certain: none of its entries is a mail provider.
	switch domain {
	case "gmial.com", "gamil.com", "gmal.com", "gmil.com", "gmaill.com", "gnail.com":
		return "gmail.com"
	case "hotmial.com", "hotmal.com", "hotmil.com", "hotamil.com":
		return "hotmail.com"
	case "outlok.com", "outloook.com", "oulook.com", "outlokk.com":
		return "outlook.com"
	case "yaho.com", "yahooo.com", "yhaoo.com":
		return "yahoo.com"
	case "iclod.com", "iclould.com", "icoud.com":
		return "icloud.com"
	}
	stem, ending := cutEnding(domain)
	if !isEnding(ending) {
		for _, usual := range usualEndings {
			if isOneSlip(ending, usual) {
				meant := stem + "." + usual
				return cmp.Or(suggestDomain(meant), meant)
			}
		}
		return ""
	}
	// gmail.co ends as domains of Colombia do, and no one has mail there.
	for _, known := range wellKnown {
		if name, usual := cutEnding(known); name == stem && isOneSlip(ending, usual) && provider.Of(domain) == provider.None {
			return known
		}
	}
	return ""
}

// wellKnown are the providers whose names no one else has.
var wellKnown = []string{
	"gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com", "gmx.net", "gmx.de", "web.de",
}

// usualEndings are the endings that are looked at for what was meant by one that is not
// known; the first that fits counts.
var usualEndings = []string{
	"com", "net", "org", "de", "example", "info", "at", "ch", "eu", "uk", "fr", "it", "es", "nl", "be", "pl", "cz", "dk", "se", "no", "fi", "pt", "ie", "us", "ca", "au", "jp", "in", "br", "biz", "edu", "gov", "test",
}

// cutEnding cuts a domain at its last dot.
func cutEnding(domain string) (stem, ending string) {
	at := strings.LastIndexByte(domain, '.')
	return domain[:max(at, 0)], domain[at+1:]
}

// isEnding reports whether domains on the Internet end like that, or those that are reserved
// for examples. The list is that of publicsuffix.org when the program was built: an ending
// that is newer is unknown, and the address is sent all the same.
func isEnding(ending string) bool {
	switch ending {
	case "com", "net", "org", "de":
		return true // nearly all
	case "example", "test", "invalid", "localhost": // RFC 2606
		return true
	}
	ascii, ok := batch.ASCIIDomain("x." + ending)
	if !ok {
		return true // that is said otherwise
	}
	_, listed := publicsuffix.PublicSuffix(ascii)
	return listed
}

// isOneSlip reports whether a letter too much, too few or wrong, or two letters in the wrong
// order make one text of the other.
func isOneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	first := 0
	for first < len(a) && a[first] == b[first] {
		first++
	}
	if len(a) < len(b) {
		return a[first:] == b[first+1:]
	}
	isSwapped := first+1 < len(a) && a[first] == b[first+1] && a[first+1] == b[first] && a[first+2:] == b[first+2:]
	return isSwapped || a[first+1:] == b[first+1:]
}

// A domain of a list is likely a typo where it has rareRows at the most, and one that is
// nearly the same has frequentRows at least. Names of fewer than longName letters are often
// nearly those of others; more than maxFrequent are not compared.
const (
	rareRows     = 2
	frequentRows = 5
	longName     = 6
	maxFrequent  = 100
)

// LikelyTypos finds the domains of a list that are likely typos of other domains in it, by
// the number of rows that each has: what is likely meant by them. Domains that end otherwise
// are those of other countries, unless a letter of .com is missing, names that differ in a digit those of branches, and names
// that differ in the first letter, as fu-berlin.de and hu-berlin.de do, those of others.
func LikelyTypos(rows map[string]int) map[string]string {
	var frequent []string
	for domain, n := range rows {
		if n >= frequentRows {
			frequent = append(frequent, domain)
		}
	}
	slices.SortFunc(frequent, func(a, b string) int { return cmp.Or(rows[b]-rows[a], cmp.Compare(a, b)) })
	frequent = frequent[:min(len(frequent), maxFrequent)]
	meant := make(map[string]string)
	for domain, n := range rows {
		if n > rareRows || provider.Of(domain) != provider.None {
			continue
		}
		for _, other := range frequent {
			if isNearly(domain, other) {
				meant[domain] = other
				break
			}
		}
	}
	return meant
}

// isNearly reports whether two domains differ by one slip in the name that was registered, or
// the first one by a letter that is missing of .com.
func isNearly(a, b string) bool {
	if d := len(a) - len(b); d < -1 || d > 1 || !isOneSlip(a, b) {
		return false
	}
	nameA, endingA := registered(a)
	nameB, endingB := registered(b)
	if nameA == nameB && endingB == "com" {
		return len(endingA) == len("co") // .co and .cm have a meaning of their own, too
	}
	withoutDigits := func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}
	return endingA == endingB && nameA != nameB && min(len(nameA), len(nameB)) >= longName && nameA[0] == nameB[0] &&
		strings.Map(withoutDigits, nameA) != strings.Map(withoutDigits, nameB)
}

// registered cuts a domain into the name that somebody has registered and the ending below
// which that was done: northwind and co.uk for mail.northwind.co.uk.
func registered(domain string) (name, ending string) {
	ending, _ = publicsuffix.PublicSuffix(domain)
	name = strings.TrimSuffix(strings.TrimSuffix(domain, ending), ".")
	return name[strings.LastIndexByte(name, '.')+1:], ending
}
