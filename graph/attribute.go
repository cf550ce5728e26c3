package graph

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"guestlist/internal/text"
)

// Attribute is a property of a user that can be set, by the name that Graph has for it
// (learn.microsoft.com/graph/api/resources/user).
type Attribute string

// The attributes. extensionAttribute1 to extensionAttribute15 are [Extension].
const (
	CompanyName   Attribute = "companyName"
	Department    Attribute = "department"
	JobTitle      Attribute = "jobTitle"
	GivenName     Attribute = "givenName"
	Surname       Attribute = "surname"
	EmployeeID    Attribute = "employeeId"
	UsageLocation Attribute = "usageLocation"
	Country       Attribute = "country"
	MobilePhone   Attribute = "mobilePhone"
	// Division and CostCenter are the two parts of employeeOrgData. Graph clears the
	// part that a change leaves out, so they are always sent together.
	Division   Attribute = "division"
	CostCenter Attribute = "costCenter"
)

// Extensions is how many extension attributes a user has, from 1 on.
const Extensions = 15

const extensionPrefix = "extensionAttribute"

// Extension is extensionAttribute1 to extensionAttribute15.
func Extension(n int) Attribute { return Attribute(extensionPrefix + strconv.Itoa(n)) }

// maxLengths are the documented lengths in characters; 0 is not documented
// (learn.microsoft.com/graph/api/resources/user, in the properties' descriptions).
var maxLengths = []struct {
	Attribute
	most int
}{
	{CompanyName, 64},
	{Department, 64},
	{JobTitle, 128},
	{GivenName, 64},
	{Surname, 64},
	{EmployeeID, 16},
	{UsageLocation, 2},
	{Country, 128},
	{MobilePhone, 64},
	{Division, 0},
	{CostCenter, 0},
}

// maxExtension is the documented length of an extension attribute
// (learn.microsoft.com/graph/api/resources/onpremisesextensionattributes).
const maxExtension = 1024

// AllAttributes returns all attributes, in the order of Graph's page.
func AllAttributes() []Attribute {
	var all []Attribute
	for _, known := range maxLengths {
		all = append(all, known.Attribute)
	}
	for n := 1; n <= Extensions; n++ {
		all = append(all, Extension(n))
	}
	return all
}

// ParseAttribute finds an attribute by its name, in any case. The error is an
// [*AttributeError].
func ParseAttribute(name string) (Attribute, error) {
	for _, a := range AllAttributes() {
		if strings.EqualFold(string(a), name) {
			return a, nil
		}
	}
	return "", &AttributeError{Name: name}
}

// AttributeError says that there is no attribute of that name, or none that can be set.
type AttributeError struct {
	// Name is what was given.
	Name string
}

func (e *AttributeError) Error() string {
	unknown := fmt.Sprintf("unknown attribute %q", e.Name)
	var names []string
	for _, a := range AllAttributes() {
		names = append(names, string(a))
	}
	if likely := text.Nearest(names, e.Name); likely != "" {
		unknown += "; did you mean " + likely + "?"
	}
	return unknown
}

// Hint lists the attributes.
func (*AttributeError) Hint() string {
	var names []string
	for _, known := range maxLengths {
		names = append(names, string(known.Attribute))
	}
	return "the attributes are " + strings.Join(names, ", ") + " and extensionAttribute1 to extensionAttribute15"
}

// MaxLength is how many characters the attribute may have, 0 where Graph's documentation
// does not say.
func (a Attribute) MaxLength() int {
	if a.isExtension() {
		return maxExtension
	}
	for _, known := range maxLengths {
		if known.Attribute == a {
			return known.most
		}
	}
	return 0
}

func (a Attribute) isExtension() bool { return strings.HasPrefix(string(a), extensionPrefix) }

// isOrgData reports whether the attribute is a part of employeeOrgData.
func (a Attribute) isOrgData() bool { return a == Division || a == CostCenter }

// Check says what is wrong with a value, nil for nothing. One wrong value makes Graph
// refuse the change of all attributes of the user. The error is a [*ValueError].
func (a Attribute) Check(value string) error {
	n := utf8.RuneCountInString(value)
	switch most := a.MaxLength(); {
	case value == "":
		return nil // left alone
	case a == UsageLocation && (len(value) != 2 || strings.ContainsFunc(value, func(r rune) bool { return r < 'A' || r > 'Z' })):
		return &ValueError{a, "must be a country code of two capital letters, such as NL"}
	case most > 0 && n > most:
		return &ValueError{a, fmt.Sprintf("has %d characters; at most %d are allowed", n, most)}
	default:
		return nil
	}
}

// ValueError says that Graph would not take the value of an attribute. It does not quote it.
type ValueError struct {
	// Attribute is the one whose value is wrong, Reason says how, after its name.
	Attribute Attribute
	Reason    string
}

func (e *ValueError) Error() string { return fmt.Sprintf("%s %s", e.Attribute, e.Reason) }

// Attributes are values for some attributes of a user. What is not in it, or is "", is
// not known or is left alone: nothing is ever cleared.
type Attributes map[Attribute]string

// Changes returns what has to be sent so that a user who has some attributes gets those
// that are wanted, nil where they are there already. Where one part of employeeOrgData
// differs, the other goes along as it is to be, or as it is now.
func (want Attributes) Changes(have Attributes) Attributes {
	changes := make(Attributes)
	for a, value := range want {
		if value != "" && value != have[a] {
			changes[a] = value
		}
	}
	if changes[Division] != "" || changes[CostCenter] != "" {
		for _, part := range []Attribute{Division, CostCenter} {
			if changes[part] == "" {
				changes[part] = have[part]
			}
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return changes
}

// The errors of attributes that cannot be sent.
var (
	errNoAttributes = errors.New("there is no attribute to set")
	errHalfOrgData  = errors.New("division and costCenter must be set together: Graph clears the one that is left out")
)

// check says what is wrong with attributes that are to be sent, nil for nothing.
func (want Attributes) check() error {
	set := 0
	for a, value := range want {
		if _, err := ParseAttribute(string(a)); err != nil {
			return err
		}
		if err := a.Check(value); err != nil {
			return err
		}
		if value != "" {
			set++
		}
	}
	_, division := want[Division]
	_, costCenter := want[CostCenter]
	switch {
	case set == 0:
		return errNoAttributes
	case division != costCenter:
		return errHalfOrgData
	default:
		return nil
	}
}

// body is the change of a user (learn.microsoft.com/graph/api/user-update).
func (want Attributes) body() map[string]any {
	body, extensions, org := map[string]any{}, map[string]any{}, map[string]any{}
	for a, value := range want {
		switch {
		case a.isOrgData() && value == "":
			org[string(a)] = nil // it has none now
		case a.isOrgData():
			org[string(a)] = value
		case value == "":
		case a.isExtension():
			extensions[string(a)] = value
		default:
			body[string(a)] = value
		}
	}
	if len(extensions) > 0 {
		body["onPremisesExtensionAttributes"] = extensions
	}
	if len(org) > 0 && want[Division]+want[CostCenter] != "" {
		body["employeeOrgData"] = org
	}
	return body
}

// Names returns the attributes that have a value, sorted.
func (want Attributes) Names() []Attribute {
	var names []Attribute
	for a, value := range want {
		if value != "" {
			names = append(names, a)
		}
	}
	slices.Sort(names)
	return names
}
