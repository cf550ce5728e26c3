package judge

import (
	"strings"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/text"
)

// maxGroupName is the length of a group's display name that Graph documents, in
// characters (learn.microsoft.com/graph/api/resources/group).
const maxGroupName = 256

// wanted reads what the row asks for after the invitation: formats and lengths. Whether
// there are such groups and persons only the tenant can tell.
func (r *reader) wanted(sponsors []graph.Object) batch.Wanted {
	var w batch.Wanted
	if _, asked := r.header.Fields[batch.Groups]; asked {
		w.Groups = r.groups()
	}
	if _, asked := r.header.Fields[batch.Manager]; asked {
		w.Manager = r.manager()
	}
	for _, a := range r.defaults.Attributes {
		f := batch.AttributeField(a)
		value := r.value(f)
		err := attributeError(a, value)
		switch {
		case value == "": // what is there is left alone
		case err != nil:
			r.wrong(f, value, err)
		default:
			if w.Attributes == nil {
				w.Attributes = make(graph.Attributes)
			}
			w.Attributes[a] = value
		}
	}
	if r.defaults.SponsorAddresses {
		for _, s := range sponsors {
			w.Sponsors = append(w.Sponsors, batch.Target{Name: s.ID})
		}
	}
	return w
}

// groups reads names and object ids, each once, separated by semicolons or line breaks.
func (r *reader) groups() []batch.Target {
	var all []batch.Target
	seen := make(map[string]bool)
	for _, name := range strings.FieldsFunc(r.value(batch.Groups), func(c rune) bool { return strings.ContainsRune(";\r\n", c) }) {
		name = text.Trim(name)
		if key := strings.ToLower(name); name == "" || seen[key] {
			continue
		}
		seen[strings.ToLower(name)] = true
		if err := groupError(name); err != nil {
			r.wrong(batch.Groups, name, err)
			continue
		}
		all = append(all, batch.Target{Name: name})
	}
	return all
}

// CheckGroup says what is wrong with the name or the object id of a group, nil for nothing.
// The error is a [*CellError].
func CheckGroup(name string) error {
	if err := groupError(name); err != nil {
		return err
	}
	return nil
}

func groupError(name string) *CellError {
	switch {
	case name == "":
		return kindError(batch.KindGroups, "is empty")
	case isSpreadsheetError(name):
		return errSpreadsheet
	case utf8.RuneCountInString(name) > maxGroupName:
		return kindError(batch.KindGroups, "is too long for the name of a group")
	default:
		return nil
	}
}

// manager reads the address, the user principal name or the object id of one person.
func (r *reader) manager() batch.Target {
	s := r.value(batch.Manager)
	if s == "" {
		return batch.Target{}
	}
	name, err := personName(s, batch.KindManager)
	if err != nil {
		r.wrong(batch.Manager, s, err)
		return batch.Target{}
	}
	return batch.Target{Name: name}
}

// personName is how a person of the tenant is looked up who is named in a cell.
func personName(s string, kind batch.Kind) (string, *CellError) {
	if isSpreadsheetError(s) {
		return s, errSpreadsheet
	}
	if object, err := objectID(s); err == nil {
		return object.ID, nil
	}
	if isGuestPrincipal(s) && !strings.ContainsFunc(s, text.IsInvisible) {
		return strings.ToLower(s), nil
	}
	mailbox, err := readMailbox(s)
	if err != nil {
		return s, &CellError{kind, "is neither an address nor an object id", batch.KindManager.Advice()}
	}
	return batch.Key(mailbox.Address), nil
}

// attributeError says why Graph would not take a value.
func attributeError(a graph.Attribute, value string) *CellError {
	if isSpreadsheetError(value) {
		return errSpreadsheet
	}
	err := a.Check(value)
	if err == nil {
		return nil
	}
	return kindError(batch.KindAttribute, strings.TrimPrefix(err.Error(), string(a)+" "))
}
