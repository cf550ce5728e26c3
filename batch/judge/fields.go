package judge

import (
	"net"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/text"
)

var errYesNo = kindError(batch.KindSendMessage, "is neither yes nor no")

// YesNo reads a cell of a yes-or-no column; ok is false for one that is neither.
func YesNo(cell string) (value, ok bool) { return parseYesNo(text.Trim(cell)) }

// parseYesNo reads what people and spreadsheets in many languages put into a
// yes-or-no column. A lone "o" is not accepted: it may be the French yes or a zero.
func parseYesNo(s string) (value, ok bool) {
	switch norm.NFC.String(strings.ToLower(s)) {
	case "true", "$true", "yes", "y", "1", "x", "on", "✓", "✔", "☑", "✅",
		"ja", "j", "wahr", "oui", "vrai", "si", "sí", "sì", "verdadero", "vero", "sim", "verdadeiro",
		"waar", "tak", "prawda", "ano", "pravda", "да", "истина", "はい", "是":
		return true, true
	case "false", "$false", "no", "n", "0", "off", "✗", "✘", "☐", "❌",
		"nein", "falsch", "non", "faux", "falso", "não", "nao",
		"nee", "onwaar", "nej", "nie", "fałsz", "ne", "nepravda", "нет", "ложь", "いいえ", "否":
		return false, true
	default:
		return false, false
	}
}

var errLanguage = kindError(batch.KindLanguage, "is not a language tag")

// CheckLanguage accepts what [ParseLanguage] accepts.
func CheckLanguage(s string) error {
	_, err := ParseLanguage(s)
	return err
}

// ParseLanguage reads a BCP 47 tag in any case, with hyphens or underscores,
// and returns it as Graph writes it: en-US. "" stays empty. The error is a
// [*CellError].
func ParseLanguage(s string) (string, error) {
	tag, ok := languageTag(s)
	if !ok {
		return "", errLanguage
	}
	return tag, nil
}

func languageTag(s string) (tag string, ok bool) {
	if s == "" {
		return "", true
	}
	parsed, err := language.Raw.Parse(s) // Raw keeps the tag as it is where a newer one replaces it
	if err != nil || parsed.IsRoot() {
		return s, false
	}
	return parsed.String(), true
}

var errUserType = kindError(batch.KindUserType, "is neither Guest nor Member")

// ParseUserType reads Guest or Member in any case; "" is Guest, as in Graph.
// The error is a [*CellError].
func ParseUserType(s string) (string, error) {
	kind, ok := userType(s)
	if !ok {
		return "", errUserType
	}
	return kind, nil
}

func userType(s string) (kind string, ok bool) {
	switch {
	case s == "", strings.EqualFold(s, "guest"):
		return "Guest", true
	case strings.EqualFold(s, "member"):
		return "Member", true
	default:
		return "", false
	}
}

// guidLength is the length of the usual form, without braces.
const guidLength = 36

// objectID returns an id in its usual form: lower case, no braces. Another text is
// returned as it is.
func objectID(s string) (graph.Object, *CellError) {
	bare := s
	if inner, ok := strings.CutPrefix(bare, "{"); ok {
		bare = strings.TrimSuffix(inner, "}")
	}
	id, err := uuid.Parse(bare)
	switch {
	case strings.Contains(s, "@"):
		return graph.Object{ID: s}, &CellError{
			batch.KindSponsors, "is an address and not an object id",
			"Look the person up in the Entra admin center and give the object id.",
		}
	case err != nil || len(bare) != guidLength:
		return graph.Object{ID: s}, kindError(batch.KindSponsors, "is not an object id")
	}
	return graph.Object{ID: id.String()}, nil
}

var (
	errRedirectURL   = kindError(batch.KindRedirectURL, "is not an absolute http or https address")
	errRedirectSpace = &CellError{
		batch.KindRedirectURL, "contains a space or an invisible character", "Remove it, or write %20 for a space.",
	}
	errPlainHTTP = kindError(batch.KindPlainHTTP, "is not encrypted")
)

// CheckRedirectURL accepts absolute http and https addresses. Graph documents
// no rule, but a guest who lands nowhere is not onboarded. The error is a
// [*CellError].
func CheckRedirectURL(s string) error {
	if err := redirectURLError(s); err != nil {
		return err
	}
	return nil
}

func redirectURLError(s string) *CellError {
	u, err := url.Parse(s)
	if err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http") {
		if strings.ContainsFunc(s, text.IsInvisible) {
			return errRedirectSpace
		}
		return nil
	}
	if whole := "https://" + s; lacksScheme(s, whole) {
		return &CellError{batch.KindRedirectURL, "is missing https:// at the start", "Write " + whole}
	}
	return errRedirectURL
}

// lacksScheme reports whether a text is a web address without its scheme: it
// starts with the name of a host.
func lacksScheme(s, whole string) bool {
	u, err := url.Parse(whole)
	return err == nil && !strings.ContainsAny(s, "@\\") && !strings.ContainsFunc(s, text.IsInvisible) && isSimpleDomain(u.Hostname())
}

// isPlainHTTP reports whether an absolute address is not encrypted. An address of
// this machine does not count: it is usual in tests.
func isPlainHTTP(s string) bool {
	if len(s) < 5 || s[4] != ':' {
		return false // https, the usual case
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback()
}

var (
	errOldRedirect = &CellError{
		batch.KindRedirectHost, "leads to myapps.com, which old samples name and which is not Microsoft's",
		"My Apps is https://myapplications.microsoft.com.",
	}
	errRedirectEnd = &CellError{batch.KindRedirectHost, "ends with a semicolon", "Remove it: it is not part of the address."}
)

// doubtfulRedirect finds addresses that are copied from samples with a mistake.
func doubtfulRedirect(s string) *CellError {
	if strings.HasSuffix(s, ";") {
		return errRedirectEnd
	}
	if !strings.Contains(s, "myapps.com") { // nearly always
		return nil
	}
	u, err := url.Parse(s)
	if err == nil && (strings.EqualFold(u.Hostname(), "myapps.com") || strings.EqualFold(u.Hostname(), "www.myapps.com")) {
		return errOldRedirect
	}
	return nil
}

var errSpreadsheet = kindError(batch.KindSpreadsheetError, "is a spreadsheet error")

// isSpreadsheetError reports whether a cell shows what Excel and other programs
// show where a formula failed.
func isSpreadsheetError(s string) bool {
	if !strings.HasPrefix(s, "#") {
		return false
	}
	switch strings.ToUpper(s) {
	case "#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#ERROR!":
		return true
	default:
		return false
	}
}
