package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The sizes of a page of users, documented for GET /users
// (learn.microsoft.com/graph/api/user-list).
const (
	usualPage = 100
	maxPage   = 999
)

// maxAlternatives is how many comparisons a filter may have with "or" between them.
const maxAlternatives = 15

// query is what a request asks of the people of the directory.
type query struct {
	filter  filter
	names   []string // of the properties
	top     int      // people on a page
	from    int      // where the page begins
	count   bool     // how many there are is asked for as well
	deleted bool     // the deleted items are meant

	options url.Values // as they came
}

// kind is what can be selected of the objects of a type.
type kind struct {
	name     string
	has      func(property string) bool
	defaults []string // without a $select
}

var ofUsers = kind{"user", func(property string) bool { return properties[property] != nil }, defaults}

// readQuery reads the options that the sandbox knows.
func readQuery(r *http.Request, of kind) (q query, fault *refusal) {
	options, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, badRequest("The query cannot be read: " + err.Error())
	}
	q.options, q.top = options, usualPage
	if q.names, fault = of.readSelect(options.Get("$select")); fault != nil {
		return q, fault
	}
	for name := range options {
		value := options.Get(name)
		switch name {
		case "$select":
		case "$filter":
			q.filter, fault = readFilter(value)
		case "$top":
			q.top, fault = readTop(value)
		case "$skiptoken":
			if q.from, err = strconv.Atoi(value); err != nil || q.from < 0 {
				fault = badRequest("Invalid skip token")
			}
		case "$count":
			q.count = value == "true"
			if q.count && !isEventual(r) {
				fault = unsupportedQuery("$count is not currently supported.")
			}
		default:
			fault = unsupportedQuery("The query option '" + name + "' is not supported.")
		}
		if fault != nil {
			return q, fault
		}
	}
	return q, nil
}

func readFilter(text string) (filter, *refusal) {
	f, err := parseFilter(text)
	switch {
	case errors.Is(err, errUnsupported):
		return nil, unsupportedQuery("Unsupported or invalid query filter clause specified for a property of resource 'User'.")
	case err != nil:
		return nil, badRequest("Invalid filter clause")
	case len(f) > maxAlternatives:
		return nil, unsupportedQuery(fmt.Sprintf("Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d.", len(f), maxAlternatives))
	}
	return f, nil
}

func readTop(text string) (int, *refusal) {
	top, err := strconv.Atoi(text)
	if err != nil || top < 1 || top > maxPage {
		return 0, badRequest("Invalid page size specified: '" + text + "'. Must be between 1 and 999 inclusive.")
	}
	return top, nil
}

func unsupportedQuery(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "Request_UnsupportedQuery", message: message}
}

// readSelect reads the names of properties, strictly.
func (k kind) readSelect(text string) ([]string, *refusal) {
	if text == "" {
		return k.defaults, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if !k.has(name) {
			return nil, badRequest("Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph." + k.name + "'.")
		}
	}
	return names, nil
}

// page is the part of a list that a query asks for. next is the place to go on from, 0 at
// the end.
func page[T any](q query, all []T) (some []T, next int) {
	from := min(q.from, len(all))
	to := min(from+q.top, len(all))
	if to < len(all) {
		next = to
	}
	return all[from:to], next
}

// isBasic reports whether the filter asks for basic properties alone.
func (q query) isBasic() bool {
	for _, alternative := range q.filter {
		for _, t := range alternative {
			if !basics[t.property] {
				return false
			}
		}
	}
	return true
}

// nextLinkOf is nextLink for the list of a request, "" at the end.
func (q query) nextLinkOf(r *http.Request, from int) string {
	if from == 0 {
		return ""
	}
	return q.nextLink(baseURL(r)+r.URL.Path, from)
}

// nextLink is where the page that begins at a place is, under the same options.
func (q query) nextLink(list string, from int) string {
	options := maps.Clone(q.options)
	options.Set("$skiptoken", strconv.Itoa(from))
	return list + "?" + options.Encode()
}

// selectFrom returns the named properties of all people found, [] for none. Those
// that may not be read are null.
func (q query) selectFrom(found []*person, readable func(name string) bool) []map[string]any {
	all := make([]map[string]any, len(found))
	for i, p := range found {
		all[i] = make(map[string]any, len(q.names))
		for _, name := range q.names {
			all[i][name] = nil
			if readable(name) {
				all[i][name] = properties[name](p)
			}
		}
	}
	return all
}

// selectOf returns the properties that $select names, or all of them. names is
// their list as the context of an answer shows it.
func selectOf(kind string, query url.Values, object map[string]any) (selected map[string]any, names string, fault *refusal) {
	for option := range query {
		if option != "$select" {
			return nil, "", unsupportedQuery("The query option '" + option + "' is not supported.")
		}
	}
	if !query.Has("$select") {
		return object, "", nil
	}
	selected = make(map[string]any)
	for name := range strings.SplitSeq(query.Get("$select"), ",") {
		value, known := object[name]
		if !known {
			return nil, "", badRequest("Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph." + kind + "'.")
		}
		selected[name] = value
	}
	return selected, "(" + query.Get("$select") + ")", nil
}
