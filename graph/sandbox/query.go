package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// readQuery reads the options that the sandbox knows.
func readQuery(query string) (terms []term, names []string, fault *refusal) {
	options, err := url.ParseQuery(query)
	if err != nil {
		return nil, nil, badRequest("The query cannot be read: " + err.Error())
	}
	for name := range options {
		if name != "$filter" && name != "$select" {
			return nil, nil, unsupportedQuery("The query option '" + name + "' is not supported.")
		}
	}
	if names, fault = readSelect(options.Get("$select")); fault != nil {
		return nil, nil, fault
	}
	if !options.Has("$filter") {
		return nil, nil, unsupportedQuery("The sandbox does not list users: look one up with $filter.")
	}
	terms, err = parseFilter(options.Get("$filter"))
	switch {
	case errors.Is(err, errUnsupported):
		return nil, nil, unsupportedQuery("Unsupported or invalid query filter clause specified for a property of resource 'User'.")
	case err != nil:
		return nil, nil, badRequest("Invalid filter clause")
	}
	return terms, names, nil
}

func unsupportedQuery(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "Request_UnsupportedQuery", message: message}
}

// readSelect reads the names of properties, strictly.
func readSelect(text string) ([]string, *refusal) {
	if text == "" {
		return defaults, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if properties[name] == nil {
			return nil, badRequest("Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph.user'.")
		}
	}
	return names, nil
}

// selectFrom returns the named properties of all people found, [] for none.
func selectFrom(found []person, names []string) []map[string]any {
	all := make([]map[string]any, len(found))
	for i, p := range found {
		all[i] = make(map[string]any, len(names))
		for _, name := range names {
			all[i][name] = properties[name](p)
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
