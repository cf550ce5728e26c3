package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// Ids to ask for.
const (
	groupID  = "11111111-1111-4111-8111-111111111111"
	guestID  = "22222222-2222-4222-8222-222222222222"
	otherID  = "33333333-3333-4333-8333-333333333333"
	nobodyID = "44444444-4444-4444-8444-444444444444"
)

// writerOf is a client on a handler, and what left for it.
func writerOf(t *testing.T, handler http.Handler) (*Client, *departures) {
	t.Helper()
	d, out := readerOf(t, handler, DirectoryConfig{})
	return d.client, out
}

// writable is a tenant with a guest, a group, and a member who can be a manager.
func writable(cfg sandbox.Config) *sandbox.Tenant {
	cfg.Record = true
	cfg.Groups = append(cfg.Groups, sandbox.Group{ID: groupID, Name: "Partners"})
	cfg.People = append(cfg.People,
		sandbox.Person{ID: guestID, Address: "pat@fabrikam.example"},
		sandbox.Person{ID: otherID, Address: "boss@contoso-mail.example", Type: "Member"})
	return sandbox.New(cfg)
}

// Whoever changes one of these lines can delete people: DELETE below a group without /$ref
// deletes the user.
func TestWritesAreTheseRequests(t *testing.T) {
	const root = "https://graph.microsoft.us/v1.0"
	for name, test := range map[string]struct {
		write Write
		want  string
	}{
		"add one":      {AddMember(groupID, guestID), `POST /groups/` + groupID + `/members/$ref {"@odata.id":"` + root + `/directoryObjects/` + guestID + `"}`},
		"add some":     {AddMembers(groupID, []string{guestID, otherID}), `PATCH /groups/` + groupID + ` {"members@odata.bind":["` + root + `/directoryObjects/` + guestID + `","` + root + `/directoryObjects/` + otherID + `"]}`},
		"add only one": {AddMembers(groupID, []string{guestID}), `PATCH /groups/` + groupID + ` {"members@odata.bind":["` + root + `/directoryObjects/` + guestID + `"]}`},
		"remove":       {RemoveMember(groupID, guestID), `DELETE /groups/` + groupID + `/members/` + guestID + `/$ref `},
		"delete":       {DeleteUser(guestID), `DELETE /users/` + guestID + ` `},
		"manager":      {SetManager(guestID, otherID), `PUT /users/` + guestID + `/manager/$ref {"@odata.id":"` + root + `/users/` + otherID + `"}`},
		"sponsor":      {AddSponsor(guestID, otherID), `POST /users/` + guestID + `/sponsors/$ref {"@odata.id":"` + root + `/users/` + otherID + `"}`},
		"group":        {AddSponsorGroup(guestID, groupID), `POST /users/` + guestID + `/sponsors/$ref {"@odata.id":"` + root + `/groups/` + groupID + `"}`},
		"attributes":   {SetAttributes(guestID, Attributes{CompanyName: "Fabrikam & <Co>", Extension(7): "x"}), `PATCH /users/` + guestID + ` {"companyName":"Fabrikam \u0026 \u003cCo\u003e","onPremisesExtensionAttributes":{"extensionAttribute7":"x"}}`},
		"org data":     {SetAttributes(guestID, Attributes{Division: "Sales", CostCenter: ""}), `PATCH /users/` + guestID + ` {"employeeOrgData":{"costCenter":null,"division":"Sales"}}`},
	} {
		it, err := test.write.item(root)
		assert.Equal(t, name, fmt.Sprint(it.method, " ", it.path, " ", string(it.body), err), test.want+"<nil>")
	}
}

// Nothing leaves for what is no id: "" would make the path of all users, and a slash that
// of something else.
func TestOnlyGUIDsLeave(t *testing.T) {
	bad := []string{
		"", " ", "pat@fabrikam.example", guestID + "/", guestID + "/$ref", "../" + guestID, "{" + guestID + "}", "urn:uuid:" + guestID,
		strings.ReplaceAll(guestID, "-", ""), guestID[:35] + "g", guestID[:35] + "/", guestID + "?x", "\x1b[31m" + guestID,
	}
	c, out := writerOf(t, answering(http.StatusNoContent, ""))
	d := c.Directory(DirectoryConfig{})
	for _, id := range bad {
		for name, w := range map[string]Write{
			"add to":        AddMember(id, guestID),
			"add":           AddMember(groupID, id),
			"add some to":   AddMembers(id, []string{guestID}),
			"add some":      AddMembers(groupID, []string{guestID, id}),
			"remove from":   RemoveMember(id, guestID),
			"remove":        RemoveMember(groupID, id),
			"delete":        DeleteUser(id),
			"manager of":    SetManager(id, otherID),
			"manager":       SetManager(guestID, id),
			"sponsor of":    AddSponsor(id, otherID),
			"sponsor":       AddSponsor(guestID, id),
			"sponsor group": AddSponsorGroup(guestID, id),
			"attributes":    SetAttributes(id, Attributes{CompanyName: "x"}),
		} {
			got := c.Write(t.Context(), w)
			if !errors.As(got.Err, new(*IDError)) || got.Outcome != Refused || w.Err() == nil {
				t.Errorf("%s %q: %+v", name, id, got)
			}
			if strings.ContainsRune(got.Err.Error(), '\x1b') {
				t.Errorf("%q reaches the terminal", got.Err)
			}
		}
		_, one := d.UserByID(t.Context(), id)
		_, group := d.GroupByID(t.Context(), id)
		accounts, _ := d.AccountsByID(t.Context(), []string{id})
		some, err := d.UsersByID(t.Context(), []string{id})
		var members error
		for _, err := range d.Members(t.Context(), id) {
			members = err
		}
		for _, err := range []error{one, group, accounts[0].Err, members, some[0].Err} {
			if !errors.As(err, new(*IDError)) {
				t.Errorf("%q: %v", id, err)
			}
		}
		assert.Equal(t, "nothing was to be read", err, nil)
	}
	for name, w := range map[string]Write{
		"none":             {},
		"no members":       AddMembers(groupID, nil),
		"too many members": AddMembers(groupID, slices.Repeat([]string{guestID}, 21)),
		"no attributes":    SetAttributes(guestID, nil),
		"empty attributes": SetAttributes(guestID, Attributes{CompanyName: ""}),
		"too long":         SetAttributes(guestID, Attributes{EmployeeID: "12345678901234567"}),
		"no attribute":     SetAttributes(guestID, Attributes{"accountEnabled": "false"}),
		"half org data":    SetAttributes(guestID, Attributes{Division: "Sales"}),
		"org data cleared": SetAttributes(guestID, Attributes{Division: "", CostCenter: ""}),
	} {
		if got := c.Write(t.Context(), w); got.Err == nil || got.Outcome != Refused {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got := c.WriteBatch(t.Context(), []Write{DeleteUser(""), {}})
	assert.Equal(t, "batch", fmt.Sprint(got[0].Outcome, ", ", got[1].Outcome), "refused, refused")
	assert.Equal(t, "requests", out.paths(), []string(nil))
	for _, w := range c.WriteBatch(t.Context(), slices.Repeat([]Write{DeleteUser(guestID)}, 21)) {
		assert.Equal(t, "too many", w.Outcome, Refused)
	}
	assert.Equal(t, "requests", out.paths(), []string(nil))
}

// A member who is removed stays in the tenant.
func TestRemovingAMemberDeletesNoOne(t *testing.T) {
	tenant := writable(sandbox.Config{})
	c, _ := writerOf(t, tenant)
	assert.Equal(t, "added", c.Write(t.Context(), AddMember(groupID, guestID)).Outcome, Done)
	assert.Equal(t, "removed", c.Write(t.Context(), RemoveMember(groupID, guestID)).Outcome, Done)
	assert.Equal(t, "again", c.Write(t.Context(), RemoveMember(groupID, guestID)).Outcome, NotReplicated)
	guest, _ := tenant.ByID(guestID)
	assert.Equal(t, "deleted", guest.Deleted.IsZero(), true)
	assert.Equal(t, "groups", guest.Groups, []string(nil))
	assert.Equal(t, "changes", guest.Changes, sandbox.Changes{Added: map[string]int{groupID: 1}, Removed: map[string]int{groupID: 1}})

	assert.Equal(t, "deleted", c.Write(t.Context(), DeleteUser(guestID)).Outcome, Done)
	again := c.Write(t.Context(), DeleteUser(guestID))
	assert.Equal(t, "deleted again", again.Outcome, NotReplicated)
	refused, _ := errors.AsType[*Refusal](again.Err)
	assert.Equal(t, "missing", refused.Missing(), guestID)
	guest, _ = tenant.ByID(guestID)
	assert.Equal(t, "deletions", guest.Changes.Deleted, 1)
}

func TestWritesReachTheTenant(t *testing.T) {
	tenant := writable(sandbox.Config{People: []sandbox.Person{{ID: nobodyID, Address: "admin@fabrikam.example", Roles: []string{"User Administrator"}}}})
	c, out := writerOf(t, tenant)
	batch := []Write{
		SetAttributes(guestID, Attributes{CompanyName: "Fabrikam", Extension(15): "f", Division: "Sales", CostCenter: "7"}),
		SetManager(guestID, otherID), AddSponsor(guestID, otherID), AddMember(groupID, guestID), SetAttributes(nobodyID, Attributes{CompanyName: "Fabrikam"}),
	}
	var got []string
	for range 2 {
		for _, w := range c.WriteBatch(t.Context(), batch) {
			got = append(got, w.Outcome.String())
			if w.ClientRequestID == "" || w.RequestID == "" || (w.Err == nil) != (w.Outcome == Done) {
				t.Errorf("%+v", w)
			}
		}
	}
	assert.Equal(t, "outcomes", got, []string{"done", "done", "done", "done", "denied", "done", "done", "already done", "already done", "denied"})
	assert.Equal(t, "departures", out.paths(), slices.Repeat([]string{"POST /$batch of 5"}, 2))
	guest, _ := tenant.ByID(guestID)
	assert.Equal(t, "attributes", guest.Attributes, map[string]string{"companyName": "Fabrikam", "extensionAttribute15": "f", "division": "Sales", "costCenter": "7"})
	assert.Equal(t, "manager, sponsors, groups", []any{guest.Manager, guest.Sponsors, guest.Groups}, []any{otherID, []string{otherID}, []string{groupID}})
	assert.Equal(t, "changes", guest.Changes, sandbox.Changes{Attributes: 2, Manager: 2, Sponsors: 1, Added: map[string]int{groupID: 1}})

	all := c.Write(t.Context(), AddMembers(groupID, []string{otherID, guestID}))
	assert.Equal(t, "one is there already, so that the other is not", all.Outcome, Refused)
	assert.Equal(t, "the only one is there already", c.Write(t.Context(), AddMembers(groupID, []string{guestID})).Outcome, AlreadyDone)
	all = c.Write(t.Context(), AddMembers(groupID, []string{otherID, "99999999-9999-4999-8999-999999999999"}))
	assert.Equal(t, "one is not there", all.Outcome, NotReplicated)
	boss, _ := tenant.ByID(otherID)
	assert.Equal(t, "all or none", boss.Groups, []string(nil))
}

// What an answer says about a change, alone and in a $batch.
func TestWhatAnAnswerSaysOfAChange(t *testing.T) {
	envelope := func(code, message string) string {
		text, err := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const missing = "Resource '" + guestID + "' does not exist or one of its queried reference-property objects are not present."
	for name, test := range map[string]struct {
		status  int
		body    string
		outcome WriteOutcome
		entry   string
	}{
		"done":                  {204, "", Done, ""},
		"another success":       {200, "{}", Unsettled, ""},
		"added before":          {400, envelope("Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'."), AlreadyDone, "AlreadyAdded"},
		"not there":             {404, envelope("Request_ResourceNotFound", missing), NotReplicated, "ObjectNotFound"},
		"no company":            {404, envelope("Directory_ObjectNotFound", "Unable to read the company information from the directory."), NotReplicated, "NotReplicated"},
		"not referable":         {400, envelope("Request_BadRequest", "The source resource object or one of the objects being referenced don't exist."), NotReplicated, "NotReplicated"},
		"no reference":          {400, envelope("Request_BadRequest", "Not a valid reference update"), NotReplicated, "NotReplicated"},
		"throttled":             {429, envelope("TooManyRequests", ""), Throttled, "Throttled"},
		"throttled otherwise":   {503, envelope("Request_ThrottledTemporarily", ""), Throttled, "Throttled"},
		"fault":                 {500, envelope("InternalServerError", ""), Unsettled, ""},
		"gateway":               {504, "<html></html>", Unsettled, "ServiceFault"},
		"not processed":         {503, envelope("ServiceUnavailable", ""), Unsettled, "ServiceFault"},
		"another change":        {409, envelope("Directory_ConcurrencyViolation", ""), Unsettled, "ConcurrentChange"},
		"locked":                {423, envelope("Locked", ""), Unsettled, "ConcurrentChange"},
		"denied":                {403, envelope("Authorization_RequestDenied", "Insufficient privileges to complete the operation."), Denied, "RequestDenied"},
		"denied in other words": {403, envelope("Forbidden", "no"), Denied, ""},
		"token":                 {401, envelope("InvalidAuthenticationToken", ""), Denied, "InvalidToken"},
		"guests off":            {403, envelope("Authorization_RequestDenied", "Guests users are not allowed to join this Unified Group due to policy setting. paramName: Members"), Refused, "GuestsNotAllowedInGroup"},
		"mail list":             {400, envelope("Request_BadRequest", "Cannot Update a mail-enabled security groups and or distribution list."), Refused, "GroupManagedInExchange"},
		"mail list, older":      {400, envelope("Request_BadRequest", "Unable to update the specified properties for objects that have originated within an external service."), Refused, "GroupManagedInExchange"},
		"synced":                {400, envelope("Request_BadRequest", "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."), Refused, "SyncedObject"},
		"too many":              {400, envelope("Request_BadRequest", "A resource cannot contain more than 20 link changes"), Refused, "TooManyLinkChanges"},
		"conflict":              {400, envelope("ObjectConflict", "x"), Refused, "ObjectConflict"},
		"too long":              {400, envelope("Request_BadRequest", "Invalid value specified for property 'companyName' of resource 'User'."), Refused, "InvalidPropertyValue"},
		"unknown":               {400, envelope("Request_BadRequest", "nobody has seen this"), Refused, ""},
		"wrong path":            {404, envelope("UnknownError", "<html>404 - File or directory not found.</html>"), Refused, "WrongPath"},
	} {
		check := func(how string, got Written) {
			t.Helper()
			assert.Equal(t, name+" "+how, got.Outcome.String(), test.outcome.String())
			if refused, ok := errors.AsType[*Refusal](got.Err); ok {
				assert.Equal(t, name+" "+how+" entry", refused.Entry.Name, test.entry)
			}
			permission, ok := errors.AsType[*PermissionError](got.Err)
			assert.Equal(t, name+" is about a permission", ok, strings.HasPrefix(name, "denied"))
			if ok && (permission.Capability != ChangeAttributes || !strings.Contains(permission.Hint(), "User.ReadUpdate.All")) {
				t.Errorf("%v: %s", permission, permission.Hint())
			}
		}
		w := SetAttributes(guestID, Attributes{CompanyName: "x"})
		c, _ := writerOf(t, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Request-Id", "r")
			rw.WriteHeader(test.status)
			_, _ = io.WriteString(rw, test.body)
		}))
		check("alone", c.Write(t.Context(), w))
		body := test.body
		if !json.Valid([]byte(body)) {
			body = `""`
		}
		c, _ = writerOf(t, answering(http.StatusOK, fmt.Sprintf(`{"responses":[{"id":"0","status":%d,"body":%s}]}`, test.status, body)))
		check("in a batch", c.WriteBatch(t.Context(), []Write{w})[0])
	}
}

// The answers to a $batch count one by one, in whatever order, and what is not answered is
// unsettled.
func TestHostileAnswersToABatchOfChanges(t *testing.T) {
	writes := []Write{DeleteUser(guestID), DeleteUser(""), AddMember(groupID, guestID), RemoveMember(groupID, otherID)}
	for name, test := range map[string]struct {
		status int
		body   string
		want   string // the outcomes of those that left
	}{
		"other order":        {200, `{"responses":[{"id":"2","status":204},{"id":"0","status":429,"headers":{"retry-after":7}},{"id":"1","status":404,"body":{"error":{"code":"Request_ResourceNotFound"}}}]}`, "throttled 7s, not replicated, done"},
		"one is missing":     {200, `{"responses":[{"id":"0","status":204},{"id":"2","status":204}]}`, "done, unsettled, done"},
		"one twice":          {200, `{"responses":[{"id":"0","status":204},{"id":"0","status":404},{"id":"1","status":204},{"id":"2","status":204}]}`, "unsettled, unsettled, unsettled"},
		"unknown id":         {200, `{"responses":[{"id":"7","status":204}]}`, "unsettled, unsettled, unsettled"},
		"no number":          {200, `{"responses":[{"id":"x","status":204}]}`, "unsettled, unsettled, unsettled"},
		"no status":          {200, `{"responses":[{"id":"0"},{"id":"1","status":-204},{"id":"2","status":204}]}`, "unsettled, unsettled, unsettled"},
		"a status of a kind": {200, `{"responses":[{"id":"0","status":0},{"id":"1","status":100},{"id":"2","status":302}]}`, "unsettled, unsettled, refused"},
		"nothing":            {200, `{}`, "unsettled, unsettled, unsettled"},
		"no responses":       {200, `{"responses":null}`, "unsettled, unsettled, unsettled"},
		"no JSON":            {200, `nonsense`, "unsettled, unsettled, unsettled"},
		"a web page":         {200, `<html><title>Sign in to Corp WiFi</title></html>`, "unsettled, unsettled, unsettled"},
		"empty":              {200, ``, "unsettled, unsettled, unsettled"},
		"not a 200":          {202, `{"responses":[{"id":"0","status":204}]}`, "unsettled, unsettled, unsettled"},
		"all throttled":      {429, `{"error":{"code":"TooManyRequests"}}`, "throttled, throttled, throttled"},
		"all denied":         {403, `{"error":{"code":"Authorization_RequestDenied"}}`, "denied, denied, denied"},
		"a fault":            {502, `<html></html>`, "unsettled, unsettled, unsettled"},
	} {
		c, out := writerOf(t, answering(test.status, test.body))
		got := c.WriteBatch(t.Context(), writes)
		assert.Equal(t, name+": what never left", got[1].Outcome, Refused)
		var outcomes []string
		for i, w := range got {
			if i == 1 {
				continue
			}
			said := w.Outcome.String()
			if w.RetryAfter() > 0 {
				said += " " + w.RetryAfter().String()
			}
			outcomes = append(outcomes, said)
			if (w.Err == nil) != (w.Outcome == Done) || w.ClientRequestID == "" {
				t.Errorf("%s: %+v", name, w)
			}
		}
		assert.Equal(t, name, strings.Join(outcomes, ", "), test.want)
		assert.Equal(t, name+" left", out.paths(), []string{"POST /$batch of 3"})
	}
}

// An answer without content proves nothing unless it bears Graph's id: captive portals and
// proxies give one, too.
func TestEmptyAnswersAreGraphsOnlyWithAnID(t *testing.T) {
	for id, want := range map[string]WriteOutcome{"": Unsettled, "r": Done} {
		c, _ := writerOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if id != "" {
				w.Header().Set("Request-Id", id)
			}
			w.WriteHeader(http.StatusNoContent)
		}))
		got := c.Write(t.Context(), DeleteUser(guestID))
		assert.Equal(t, "with the id "+id, got.Outcome, want)
		assert.Equal(t, "not Graph's", errors.As(got.Err, new(*NotGraphError)), id == "")
	}
}

// What never left is told from what may have been done.
func TestChangesThatWereNotAnswered(t *testing.T) {
	w := AddMember(groupID, guestID)
	closed := errors.New("the run has been stopped")
	c, _ := writerOf(t, answering(http.StatusNoContent, ""))
	held := c.With(func(context.Context, Departure) error { return closed })
	for _, got := range []Written{held.Write(t.Context(), w), held.WriteBatch(t.Context(), []Write{w})[0]} {
		if got.Outcome != NotSent || !errors.Is(got.Err, closed) || got.ClientRequestID != "" {
			t.Errorf("%+v", got)
		}
	}
	offline, err := New(Config{URL: "http://127.0.0.1:1/v1.0", Timeout: time.Minute, Token: func(context.Context) (secret.Text, error) { return secret.New("t"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "no connection", offline.Write(t.Context(), w).Outcome, NotSent)

	tenant := writable(sandbox.Config{Cut: func(r *http.Request) bool { return r.Method != http.MethodGet }})
	server, err := tenant.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	cut, err := New(Config{URL: server.URL, Timeout: time.Minute, Token: offline.cfg.Token})
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close()
	got := cut.Write(t.Context(), w)
	assert.Equal(t, "cut", got.Outcome, Unsettled)
	assert.Equal(t, "client-request-id", tenant.Requests()[0].ClientRequestID, got.ClientRequestID)
	guest, _ := tenant.ByID(guestID)
	assert.Equal(t, "it was done", guest.Groups, []string{groupID})
	for _, got := range cut.WriteBatch(t.Context(), []Write{SetManager(guestID, otherID), DeleteUser("")}) {
		assert.Equal(t, "cut", got.Outcome == Unsettled || got.Outcome == Refused, true)
	}
	assert.Equal(t, "every request once", len(tenant.Requests()), 3)
}

// A change may be the answer to anything: no answer makes a done of what was refused.
func FuzzBatchAnswers(f *testing.F) {
	f.Add(`{"responses":[{"id":"1","status":204},{"id":"0","status":429,"headers":{"Retry-After":"2"}}]}`)
	f.Add(`{"responses":[{"id":"0","status":204,"body":null,"headers":null}]}`)
	f.Add(`{"responses":[{}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		a := answer{status: http.StatusOK, header: http.Header{}, body: []byte(body)}
		answers, err := batchAnswers(a, 2)
		if (err == nil) != (len(answers) == 2) {
			t.Fatalf("%d answers, %v", len(answers), err)
		}
		for _, one := range answers {
			got := DeleteUser(guestID).written(one)
			if got.Outcome == Done && one.status != http.StatusNoContent || (got.Err == nil) != (got.Outcome == Done) {
				t.Errorf("%d: %+v", one.status, got)
			}
		}
	})
}
