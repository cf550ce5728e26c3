package judge

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// What can be wrong with the message of a row of PowerShell. Guests would read the raw
// object, or only a part of what was meant for them.
var (
	errMessageObject = &CellError{
		batch.KindMessageObject, "is PowerShell's name for an object and not its text", "Export the text itself (CustomizedMessageBody), or empty the cell.",
	}
	errMessageCut = kindError(batch.KindMessageObject, "looks like an object of PowerShell, but cannot be read: it may be cut off")
	errCopyObject = &CellError{
		batch.KindMessageObject, "has PowerShell's name for an object in the place of who gets a copy", "Write that address into a column CC, and the text itself into this one.",
	}
)

// errCopies refuses what Microsoft would cut down to the first copy.
func errCopies(addresses []string) *CellError {
	return &CellError{
		batch.KindMessageObject, fmt.Sprintf("asks for copies to %d addresses (%s)", len(addresses), strings.Join(addresses, ", ")),
		"Give one address; Microsoft sends only one copy.",
	}
}

// errMessageMembers says what of an object is not sent.
func errMessageMembers(unknown []string) *CellError {
	return kindError(batch.KindMessageMembers, fmt.Sprintf("has %s beside the text, language and copy, which the invitation cannot carry", text.Quote(unknown)))
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
	// unknown are the names of its other members, as far as they say something.
	unknown []string
}

// copies are all who get a copy, each once, with the address that the row has for it.
func (m *messageObject) copies(own string) []string {
	var addresses []string
	add := func(address string) {
		same := func(other string) bool { return batch.Key(other) == batch.Key(address) }
		if address = text.Trim(address); address != "" && !slices.ContainsFunc(addresses, same) {
			addresses = append(addresses, address)
		}
	}
	add(own)
	for _, c := range m.CC {
		add(c.EmailAddress.Address)
	}
	return addresses
}

// copied is the first recipient of a copy, "" for none.
func (m *messageObject) copied() string {
	if len(m.CC) == 0 {
		return ""
	}
	if addresses := m.copies(""); len(addresses) > 0 {
		return addresses[0]
	}
	return ""
}

var (
	objectName = regexp.MustCompile(`^(Microsoft\.(Graph|Open|Entra)\.[\w.]+|System\.[\w.\[\]]+|class InvitedUserMessageInfo\b)`)
	// hashMember is the start of a member of @{CustomizedMessageBody=Hello; MessageLanguage=en-US}.
	// A semicolon within the text is followed by no name.
	hashMember = regexp.MustCompile(`(?:^|;)\s*([A-Za-z]+)\s*=`)
	// jsonStart is what no sentence begins with: [External] may be one.
	jsonStart = regexp.MustCompile(`^\[\s*["{\]]`)
)

// readMessageObject reads a cell of PowerShell. Only where it is one, found is true; an
// error says that what is in it is lost.
func readMessageObject(cell string) (m messageObject, found bool, err *CellError) {
	switch {
	case cell == "", strings.HasPrefix(cell, "{{"): // of a template
	case strings.HasPrefix(cell, "{"):
		err = m.readJSON(cell)
		return m, true, err
	case strings.HasPrefix(cell, "@{"):
		err = m.readHash(cell)
		return m, true, err
	case jsonStart.MatchString(cell):
		return m, true, errMessageCut
	case objectName.MatchString(cell):
		return m, true, errMessageObject
	}
	return m, false, nil
}

// readJSON reads what ConvertTo-Json makes.
func (m *messageObject) readJSON(cell string) *CellError {
	var members map[string]any
	if json.Unmarshal([]byte(cell), m) != nil || json.Unmarshal([]byte(cell), &members) != nil {
		return errMessageCut
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !isMessageMember(name) && !saysNothing(members[name]) {
			m.unknown = append(m.unknown, name)
		}
	}
	return nil
}

// isMessageMember reports whether a member of the object is read; names with an @ say
// only of what type it is.
func isMessageMember(name string) bool {
	switch strings.ToLower(name) {
	case "customizedmessagebody", "messagelanguage", "ccrecipients":
		return true
	}
	return strings.Contains(name, "@odata.")
}

// saysNothing reports whether a value of JSON is empty.
func saysNothing(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

// readHash reads what Export-Csv and Select-Object make of an object with members.
func (m *messageObject) readHash(cell string) *CellError {
	inside, closed := strings.CutSuffix(strings.TrimPrefix(cell, "@{"), "}")
	starts := hashMember.FindAllStringSubmatchIndex(inside, -1)
	if !closed {
		return errMessageCut
	}
	known := false
	for i, at := range starts {
		end := len(inside)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		name, value := inside[at[2]:at[3]], text.Trim(inside[at[1]:end])
		known = known || isMessageMember(name)
		switch strings.ToLower(name) {
		case "customizedmessagebody":
			m.Body = value
		case "messagelanguage":
			m.Language = value
		case "ccrecipients":
			if value != "" && value != "{}" {
				return errCopyObject
			}
		default:
			if value != "" && value != "{}" {
				m.unknown = append(m.unknown, name)
			}
		}
	}
	if !known {
		return errMessageObject
	}
	return nil
}
