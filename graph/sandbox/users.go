package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// users answers a look-up by address.
func (t *Tenant) users(seen Request, query string) exchange {
	terms, names, fault := readQuery(query)
	if fault != nil {
		return t.refuse(seen, fault)
	}
	seen.Address, seen.Status = terms[0].address(), http.StatusOK
	return t.reply(seen, http.StatusOK, struct {
		Context string           `json:"@odata.context"`
		Value   []map[string]any `json:"value"`
	}{metadata + "#users(" + strings.Join(names, ",") + ")", selectFrom(t.lookUp(seen, terms), names)})
}

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

// lookUp finds who fits any of the terms, and records the request.
func (t *Tenant) lookUp(seen Request, terms []term) []person {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.record(seen)
	var found []person
	met := map[string]bool{}
	for _, want := range terms {
		address := want.address()
		if p, known := t.find(address); known && !met[address] {
			found, met[address] = append(found, p), true
		}
	}
	return found
}

// primary marks the main address among somebody's proxyAddresses. Its case counts.
const primary = "SMTP:"

// address is the one that a term asks for, "" for one that nobody can have.
func (want term) address() string {
	if want.property != "proxyAddresses" {
		return key(want.value)
	}
	address, found := strings.CutPrefix(want.value, primary)
	if !found {
		return ""
	}
	return key(address)
}
