package judge

import "strings"

// unslipped gives the domain that was likely meant, "" for one that nobody
// doubts. The table is short and certain: none of these is a mail provider.
func suggestDomain(domain string) string {
	domain = strings.ToLower(domain)
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
	// None of these endings exists as a top-level domain.
	for _, end := range [...]struct{ slip, meant string }{
		{".con", ".com"}, {".cmo", ".com"}, {".ocm", ".com"}, {".comm", ".com"}, {".nte", ".net"}, {".ogr", ".org"},
	} {
		if stem, ok := strings.CutSuffix(domain, end.slip); ok {
			return stem + end.meant
		}
	}
	return ""
}
