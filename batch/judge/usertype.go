package judge

import (
	"strings"

	"guestlist/batch"
)

var errUserType = &CellError{batch.KindUserType, "is neither Guest nor Member", "Write Guest or Member."}

// ParseUserType reads Guest or Member in any case; "" is Guest, as in Graph.
// The error is a [*CellError].
func ParseUserType(text string) (string, error) {
	kind, ok := userType(text)
	if !ok {
		return "", errUserType
	}
	return kind, nil
}

func userType(text string) (kind string, ok bool) {
	switch {
	case text == "", strings.EqualFold(text, "guest"):
		return "Guest", true
	case strings.EqualFold(text, "member"):
		return "Member", true
	default:
		return "", false
	}
}
