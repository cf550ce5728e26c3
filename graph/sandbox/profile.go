package sandbox

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plainAttributes are the attributes that are properties of a user themselves, and how
// many characters they may have (learn.microsoft.com/graph/api/resources/user).
var plainAttributes = map[string]int{
	"companyName": 64, "department": 64, "jobTitle": 128, "givenName": 64, "surname": 64,
	"employeeId": 16, "usageLocation": 2, "country": 128, "mobilePhone": 64,
}

// complexAttribute is a property of a user with attributes in it.
type complexAttribute struct {
	property string
	parts    []string
	most     int // characters of each, 0 for any
	// whole says that a change replaces all parts: those that it leaves out are cleared.
	whole bool
}

var complexAttributes = []complexAttribute{
	{property: "employeeOrgData", parts: []string{"division", "costCenter"}, whole: true},
	{property: "onPremisesExtensionAttributes", parts: extensionAttributes(), most: 1024},
}

func extensionAttributes() (all []string) {
	for n := 1; n <= 15; n++ {
		all = append(all, "extensionAttribute"+strconv.Itoa(n))
	}
	return all
}

// Attributes returns the names of the attributes that a tenant keeps of a person.
func Attributes() []string {
	all := slices.Sorted(maps.Keys(plainAttributes))
	for _, of := range complexAttributes {
		all = append(all, of.parts...)
	}
	return all
}

// readBody reads a JSON object.
func readBody(r *http.Request) (map[string]any, *refusal) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != bareJSON {
		return nil, badRequest(unreadable)
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var body map[string]any
	if err != nil || json.Unmarshal(text, &body) != nil || len(body) == 0 {
		return nil, badRequest(unreadable)
	}
	return body, nil
}

// readChange reads a change of a user's attributes, strictly: the values to set, "" for those
// to clear. One wrong value spoils all.
func readChange(body map[string]any) (map[string]string, *refusal) {
	change := map[string]string{}
	for property, value := range body {
		if most, known := plainAttributes[property]; known {
			text, fault := readValue(property, value, most)
			if fault != nil {
				return nil, fault
			}
			change[property] = text
			continue
		}
		at := slices.IndexFunc(complexAttributes, func(of complexAttribute) bool { return of.property == property })
		parts, isObject := value.(map[string]any)
		if at < 0 || !isObject {
			return nil, noSuchProperty(property, "user")
		}
		if fault := complexAttributes[at].read(parts, change); fault != nil {
			return nil, fault
		}
	}
	return change, nil
}

// read reads the parts of a property into a change.
func (of complexAttribute) read(parts map[string]any, change map[string]string) *refusal {
	if of.whole {
		for _, name := range of.parts {
			change[name] = ""
		}
	}
	for name, value := range parts {
		if !slices.Contains(of.parts, name) {
			return noSuchProperty(name, of.property)
		}
		text, fault := readValue(name, value, of.most)
		if fault != nil {
			return fault
		}
		change[name] = text
	}
	return nil
}

// readValue reads the value of an attribute, null as "".
func readValue(property string, value any, most int) (string, *refusal) {
	text, isText := value.(string)
	switch {
	case value == nil && property != "usageLocation":
		return "", nil
	case !isText, text == "", most > 0 && utf8.RuneCountInString(text) > most,
		property == "usageLocation" && (len(text) != most || strings.ToUpper(text) != text):
		return "", invalidValue.about(property)
	default:
		return text, nil
	}
}

func noSuchProperty(name, kind string) *refusal {
	return badRequest("The property '" + name + "' does not exist on type 'microsoft.graph." + kind + "'. Make sure to only use property names that are defined by the type.")
}
