package cli

import (
	"strings"

	"guestlist/batch"
)

// kindWords say what the kinds of problems are about.
var kindWords = map[batch.Kind]string{
	batch.KindNoAddress:        "no address",
	batch.KindNotAnAddress:     "not an address",
	batch.KindSeveralAddresses: "several addresses in one cell",
	batch.KindCharacter:        "space or invisible character in the address",
	batch.KindDomain:           "domain that cannot exist",
	batch.KindAddressLength:    "address too long",
	batch.KindOwnDomain:        "address of your own tenant",
	batch.KindNameLength:       "name too long",
	batch.KindRedirectURL:      "redirect URL",
	batch.KindSendMessage:      "neither yes nor no",
	batch.KindLanguage:         "language tag",
	batch.KindUserType:         "user type",
	batch.KindSponsors:         "sponsors",
	batch.KindMessageTemplate:  "message template",
	batch.KindSpreadsheetError: "error of the spreadsheet",
	batch.KindSpecialCharacter: "sign that Graph documents as not permitted",
	batch.KindHyphen:           "hyphen first or last",
	batch.KindNotASCII:         "letters beyond a to z",
	batch.KindTypo:             "likely slip of the keyboard",
	batch.KindPlainHTTP:        "redirect URL without encryption",
	batch.KindMessageMuted:     "text that is not mailed",
	batch.KindMessageLong:      "very long text",
	batch.KindMessageHTML:      "tags in a plain text",
	batch.KindMessageGap:       "gap in the message",
	batch.KindMessageRaw:       "template marks in a plain text",
}

func inWords(kind string) string {
	if words, ok := kindWords[batch.Kind(kind)]; ok {
		return words
	}
	return strings.ReplaceAll(kind, "-", " ")
}
