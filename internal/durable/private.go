package durable

import "strings"

// Who can read a file of ours on Windows: its owner, the system and administrators, as
// a list of rights in the security descriptor definition language
// (learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format).
const (
	systemAccount  = "SY"
	administrators = "BA"
	owner          = "OW" // whoever owns the file
	localAdmin     = "LA" // the account that administrators are made from
)

// What such a list is for: what is made in a folder gets the list of the folder.
const (
	ofFile   = ""
	ofFolder = "OICI"
)

// rightsOf is that list for a user, named by the SID. It is protected: nothing is added
// from the folder above. Inherit is ofFile or ofFolder.
func rightsOf(user, inherit string) string {
	var list strings.Builder
	list.WriteString("D:P")
	for _, who := range []string{user, systemAccount, administrators} {
		list.WriteString("(A;" + inherit + ";FA;;;" + who + ")")
	}
	return list.String()
}

// grantsOthers reports whether a list of rights lets anybody read but a user, the system
// and administrators. A file without a list, as on a drive that keeps none, is everyone's.
func grantsOthers(list, user string) bool {
	_, entries, found := strings.Cut(list, "D:")
	if !found || !strings.Contains(entries, "(") {
		return true
	}
	entries, _, _ = strings.Cut(entries, "S:") // what is audited
	for entry := range strings.SplitSeq(entries, "(") {
		fields := strings.Split(strings.TrimRight(entry, ")"), ";")
		const kind, flags, trustee = 0, 1, 5
		if len(fields) <= trustee || fields[kind] != "A" || strings.Contains(fields[flags], "IO") { // IO: for what is in a folder
			continue
		}
		switch who := fields[trustee]; who {
		case user, systemAccount, administrators, owner, "S-1-5-18", "S-1-5-32-544":
		case localAdmin:
			if !strings.HasSuffix(user, "-500") {
				return true
			}
		default:
			return true
		}
	}
	return false
}
