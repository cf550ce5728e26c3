package judge

import (
	"net"
	"net/url"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

var (
	errRedirectURL = &CellError{
		batch.KindRedirectURL, "is not an absolute http or https address", "Give an address such as https://myapplications.microsoft.com.",
	}
	errRedirectSpace = &CellError{
		batch.KindRedirectURL, "has a space or an invisible character in it", "Take it out, or write %20 for a space.",
	}
	errPlainHTTP = &CellError{batch.KindPlainHTTP, "is an address without encryption", "Write https:// if the page has it."}
)

// CheckRedirectURL accepts absolute http and https addresses. Graph documents
// no rule, but a guest who cannot land is not onboarded. The error is a
// [*CellError].
func CheckRedirectURL(s string) error {
	if err := checkRedirect(s); err != nil {
		return err
	}
	return nil
}

func checkRedirect(s string) *CellError {
	u, err := url.Parse(s)
	if err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http") {
		if strings.ContainsFunc(s, text.IsInvisible) {
			return errRedirectSpace
		}
		return nil
	}
	if whole := "https://" + s; lacksScheme(s, whole) {
		return &CellError{batch.KindRedirectURL, "lacks https:// at its start", "Write " + whole}
	}
	return errRedirectURL
}

// lacksScheme reports whether a text is an address but for its scheme: it
// begins with the name of a host.
func lacksScheme(s, whole string) bool {
	u, err := url.Parse(whole)
	return err == nil && !strings.ContainsAny(s, "@\\") && !strings.ContainsFunc(s, text.IsInvisible) && isSimpleDomain(u.Hostname())
}

// unencrypted reports whether an absolute address is plain http. On the same
// machine that is usual while somebody tests.
func unencrypted(s string) bool {
	if len(s) < 5 || s[4] != ':' {
		return false // https, as nearly always
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback()
}
