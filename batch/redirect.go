package batch

import (
	"net"
	"net/url"
	"strings"
)

var (
	errRedirectURL = &CellError{
		KindRedirectURL, "is not an absolute http or https address", "Give an address such as https://myapplications.microsoft.com.",
	}
	errRedirectSpace = &CellError{
		KindRedirectURL, "has a space or an invisible character in it", "Take it out, or write %20 for a space.",
	}
	errPlainHTTP = &CellError{KindPlainHTTP, "is an address without encryption", "Write https:// if the page has it."}
)

// CheckRedirectURL accepts absolute http and https addresses. Graph documents
// no rule, but a guest who cannot land is not onboarded. The error is a
// [*CellError].
func CheckRedirectURL(text string) error {
	if err := checkRedirect(text); err != nil {
		return err
	}
	return nil
}

func checkRedirect(text string) *CellError {
	u, err := url.Parse(text)
	if err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http") {
		if strings.ContainsFunc(text, unseen) {
			return errRedirectSpace
		}
		return nil
	}
	if whole := "https://" + text; lacksScheme(text, whole) {
		return &CellError{KindRedirectURL, "lacks https:// at its start", "Write " + whole}
	}
	return errRedirectURL
}

// lacksScheme reports whether a text is an address but for its scheme: it
// begins with the name of a host.
func lacksScheme(text, whole string) bool {
	u, err := url.Parse(whole)
	return err == nil && !strings.ContainsAny(text, "@\\") && !strings.ContainsFunc(text, unseen) && plainDomain(u.Hostname())
}

// unencrypted reports whether an absolute address is plain http. On the same
// machine that is usual while somebody tests.
func unencrypted(text string) bool {
	if len(text) < 5 || text[4] != ':' {
		return false // https, as nearly always
	}
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback()
}
