package judge

import (
	"encoding/json"
	"regexp"
	"strings"

	"guestlist/batch"
)

// errMessageObject is found for a cell with the name of an object, as Export-Csv writes
// it in the place of what is in it.
var errMessageObject = &CellError{
	batch.KindMessageRaw, "is PowerShell's name for an object and not its text", "Export the text itself (CustomizedMessageBody), or empty the cell.",
}

// messageObject is what PowerShell's InvitedUserMessageInfo says, where a cell has it
// as JSON or as a hash table.
type messageObject struct {
	Body     string `json:"customizedMessageBody"`
	Language string `json:"messageLanguage"`
	CC       []struct {
		EmailAddress struct {
			Address string `json:"address"`
		} `json:"emailAddress"`
	} `json:"ccRecipients"`
}

// copied is the first recipient of a copy, "" for none.
func (m messageObject) copied() string {
	for _, c := range m.CC {
		if c.EmailAddress.Address != "" {
			return c.EmailAddress.Address
		}
	}
	return ""
}

var (
	objectName = regexp.MustCompile(`^(Microsoft\.(Graph|Open|Entra)\.[\w.]+|System\.[\w.\[\]]+|class InvitedUserMessageInfo\b)`)
	// hashMember is a member of @{CustomizedMessageBody=Hello; MessageLanguage=en-US}. A
	// semicolon within the text is followed by no name.
	hashMember = regexp.MustCompile(`(?is)\b(CustomizedMessageBody|MessageLanguage)\s*=\s*(.*?)\s*(;\s*[A-Za-z]+\s*=|\}\s*$)`)
)

// readMessageObject reads a cell of PowerShell. Only where it is one, found is true; an
// error says that what is in it is lost.
func readMessageObject(cell string) (m messageObject, found bool, err *CellError) {
	switch {
	case strings.HasPrefix(cell, "{"):
		found = json.Unmarshal([]byte(cell), &m) == nil && (m.Body != "" || m.Language != "" || m.CC != nil)
	case strings.HasPrefix(cell, "@{"):
		for rest := cell; ; {
			at := hashMember.FindStringSubmatchIndex(rest)
			if at == nil {
				break
			}
			found = true
			if strings.EqualFold(rest[at[2]:at[3]], "MessageLanguage") {
				m.Language = rest[at[4]:at[5]]
			} else {
				m.Body = rest[at[4]:at[5]]
			}
			rest = rest[at[6]:]
		}
		if !found {
			return m, true, errMessageObject
		}
	case cell != "" && objectName.MatchString(cell):
		return m, true, errMessageObject
	}
	return m, found, nil
}
