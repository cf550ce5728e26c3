package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// entry is what counts here of the program's JSON about an error.
type entry struct {
	Name  string `json:"name"`
	Scope string `json:"scope"`
}

// entries are all that the program can explain, by name.
func entries(t *testing.T, p *program) map[string]entry {
	t.Helper()
	var all []entry
	if err := json.Unmarshal([]byte(p.run(t, 0, "explain", "--json")), &all); err != nil {
		t.Fatal(err)
	}
	named := make(map[string]entry)
	for _, e := range all {
		named[e.Name] = e
	}
	return named
}

// graphSays is the text with which a simulated tenant refuses an address.
func graphSays(t *testing.T, address string) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1.0/invitations", strings.NewReader(
		`{"invitedUserEmailAddress":"`+address+`","inviteRedirectUrl":"https://myapplications.microsoft.com"}`))
	req.Header.Set("Authorization", "Bearer token")
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	sandbox.New(sandbox.Config{}).ServeHTTP(w, req)
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Error.Message == "" {
		t.Fatalf("%s: %s", address, w.Body)
	}
	return body.Error.Message
}

// The entries about one row. Where text is "", the workbook must have Graph's
// own, verbatim.
var rowErrors = []struct{ name, address, text string }{
	{"UserBlockedFromSignIn", "disabled.a@fabrikam.example", ""},
	{"AlreadyInDirectory", "member.a@fabrikam.example", ""},
	{"OwnDomain", "a@contoso.example", ""},
	{"GroupAddress", "group.a@fabrikam.example", ""},
	{"DomainNotAllowed", "a@blocked.example", ""},
	{"CrossTenantAccess", "a@crosstenant.example", ""},
	{"CrossCloudWorker", "a@crosscloud.example", ""},
	{"AddressConflict", "conflict.a@fabrikam.example", ""},
	{"InvalidPropertyValue", "badvalue.a@fabrikam.example", ""},
	{"CannotBeInvited", "cannot.a@fabrikam.example", ""},
	{"TargetAddressNotFound", "notarget.a@fabrikam.example", ""},
	{"InviteOperationFailed", "broken.a@fabrikam.example", ""},
	{"ObjectNotFound", "nosponsor.a@fabrikam.example", ""},
	{"Throttled", "throttled.a@fabrikam.example", ""},
	{"ConcurrentChange", "concurrent.a@fabrikam.example", ""},
	{"ServiceFault", "html.a@fabrikam.example", "502 Bad Gateway 502 Bad Gateway"},
	{"InvitationError", "error.a@fabrikam.example", "Graph took the invitation and gave it the status Error."},
	{"AddressNotAccepted", "plus.a@fabrikam.example", ""},
	{"AccountExists", "nonexternal.a@fabrikam.example", ""},
	{"OnPremisesAccount", "onpremises.a@fabrikam.example", ""},
	{"NotReplicated", "unreplicated.a@fabrikam.example", ""},
	{"NoAnswer", "dropped.a@fabrikam.example", "no answer from Graph: the connection was closed"},
	{"InvalidRow", "nobody", `Email: "nobody" is not an address like name@example.com`},
	{"Duplicate", "Member.A@fabrikam.example", "The address is already in row 3."},
	{"SameGuest", "alias.a@fabrikam.example", ""}, // the row below the others has the same mailbox
}

// The entries about the tenant, with the exit code of a run that meets them.
var tenantErrors = []struct {
	name, address, text string
	code                int
}{
	{"SuspiciousActivity", "suspicious.a@fabrikam.example", "", 6},
	{"InvitationsNotAllowed", "notallowed.a@fabrikam.example", "", 4},
	{"InsufficientPrivileges", "consent.a@fabrikam.example", "", 4},
	{"QuotaExceeded", "quota.a@fabrikam.example", "", 6},
	{"RequestDenied", "denied.a@fabrikam.example", "", 4},
	{"ClaimsChallenge", "claims.a@fabrikam.example", "", 4},
	{"InvalidToken", "unauthorized.a@fabrikam.example", "", 4},
	{"NotGraph", "portal.a@fabrikam.example", `something between this machine and Microsoft Graph answered in its place: status 200 OK, a web page titled "Sign in to Corp WiFi", proxy in use: none`, 6},
	{
		"WrongPath", "nowhere.a@fabrikam.example",
		"404 - File or directory not found. 404 - File or directory not found. The resource you are looking for might have been removed, had its name changed, or is temporarily unavailable.", 6,
	},
}

// The entries about look-ups of guests whose mailed invitation got no answer.
var lookUpErrors = []struct{ name, address string }{
	{"GuestWasThere", "member.a@fabrikam.example"},
	{"LookupForbidden", "a@fabrikam.example"},
}

// The entries about groups and attributes: no invitation meets them.
var afterInvitations = []string{
	"AlreadyAdded", "GuestsNotAllowedInGroup", "GroupManagedInExchange", "SyncedObject", "TooManyLinkChanges", "ObjectConflict", "RoleAssignableGroup",
}

// Every error of an invitation that the program can explain reaches the workbook through the
// program itself: its name, Graph's own words, and what to do.
func TestEveryEntryOfTheCatalogueReachesTheWorkbook(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	var mu sync.Mutex // for left
	left := entries(t, newProgram(t, sandbox.Config{}))
	delete(left, "ResetNotAllowed") // guestlist resets nothing
	delete(left, "Forgotten")       // takes two batches: TestNobodyIsInvitedAgainWhoWasForgotten
	for _, name := range afterInvitations {
		if _, known := left[name]; !known {
			t.Errorf("%s is not in the catalogue", name)
		}
		delete(left, name)
	}
	for name, e := range left {
		isWord := e.Scope == ""                       // no error
		ofSignIn := strings.HasPrefix(name, "AADSTS") // which ends before there is a row
		ofCell := name == strings.ToLower(name)       // all of these are the code InvalidRow
		if ofSignIn || ofCell || isWord {
			delete(left, name)
		}
	}
	all := len(left)
	meets := func(t *testing.T, row map[string]string, name, text string) {
		t.Helper()
		if row["Error Code"] != name || row["Error"] != text || row["Advice"] == "" {
			t.Errorf("%s: %q\n got %q\nwant %q\nadvice %q", name, row["Error Code"], row["Error"], text, row["Advice"])
		}
		mu.Lock()
		defer mu.Unlock()
		delete(left, name)
	}
	t.Cleanup(func() { // when the cases below have ended
		const claims, links = 1, 1
		if len(left) > 0 || all != len(rowErrors)+len(tenantErrors)+len(lookUpErrors)+claims+links {
			t.Errorf("%d entries, never met: %v", all, left)
		}
	})
	t.Run("rows", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t, sandbox.Config{
			Forbidden: []string{"/organization"}, // which domains are its own is not told
			Aliases:   map[string]string{"alias.a@fabrikam.example": "alias.b@fabrikam.example"},
		})
		list := [][]string{{"Email", "Sponsors"}}
		for _, e := range rowErrors {
			sponsor := ""
			if e.name == "ObjectNotFound" {
				sponsor = "2804bee7-62ec-4eb3-9bc9-8c32bfa4b761"
			}
			list = append(list, []string{e.address, sponsor})
		}
		list = append(list, []string{"alias.b@fabrikam.example", ""})
		writeCSV(t, p.path("list.csv"), list)
		p.run(t, 3, "invite", "list.csv", "--max-attempts", "1", "--workers", "1", "--lookup-for", "300ms", "--no-directory-check")
		for i, row := range results(t, p.path("list.results.xlsx"), "Results")[:len(rowErrors)] {
			e := rowErrors[i]
			switch {
			case e.name == "SameGuest":
				e.text = fmt.Sprintf("This is the same guest as row %d.", len(list))
			case e.text == "":
				e.text = graphSays(t, e.address)
			}
			if e.name == "AlreadyInDirectory" { // it is no error, and says whose account there is
				if row["Status"] != "existing" || row["Error"] != "" || row["User ID"] == "" {
					t.Errorf("%v", row)
				}
				row["Error Code"], row["Error"] = e.name, e.text
			}
			meets(t, row, e.name, e.text)
		}
	})
	t.Run("NotConfirmed", func(t *testing.T) {
		t.Parallel()
		p, _ := claimed(t, sandbox.Config{})
		p.run(t, 6, "invite", "list.results.xlsx", "--settle", "1ms")
		row := results(t, p.path("list.results.xlsx"), "Results")[0]
		meets(t, row, "NotConfirmed", "A results file says that the guest is invited, and the tenant does not confirm it.")
	})
	t.Run("LinkElsewhere", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t, sandbox.Config{})
		rewriteLinks(t, p, func(string) string { return "https://links.example/redeem?x=1" })
		writeCSV(t, p.path("list.csv"), people[:2])
		p.run(t, 0, "invite", "list.csv")
		meets(t, results(t, p.path("list.results.xlsx"), "Results")[0], "LinkElsewhere", "")
	})
	for _, e := range tenantErrors {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), [][]string{{"Email"}, {e.address}, {"b@fabrikam.example"}})
			p.run(t, e.code, "invite", "list.csv", "--workers", "1")
			rows := results(t, p.path("list.results.xlsx"), "Results")
			if e.text == "" {
				e.text = graphSays(t, e.address)
			}
			meets(t, rows[0], e.name, e.text)
			if rows[0]["Status"] != "pending" || rows[1]["Status"] != "pending" || p.tenant.Guests() != 0 {
				t.Errorf("%v, %d guests", rows, p.tenant.Guests())
			}
		})
	}
	for _, e := range lookUpErrors {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			row := unconfirmed(t, e.name, e.address)
			meets(t, row, e.name, "no answer from Graph: the connection was closed")
			if row["Status"] != "unconfirmed" {
				t.Errorf("%v", row)
			}
		})
	}
}

// unconfirmed is the row of somebody whose mailed invitation got no answer, at
// a tenant that knows members, or forbids look-ups.
func unconfirmed(t *testing.T, name, address string) map[string]string {
	t.Helper()
	cfg := sandbox.Config{}
	if name == "LookupForbidden" {
		cfg.Forbidden = []string{"/users", "/$batch"}
	}
	p := newProgram(t, cfg)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invitations") {
			panic(http.ErrAbortHandler)
		}
		p.tenant.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Send message"}, {address, "yes"}})
	p.run(t, 6, "invite", "list.csv", "--no-directory-check", "--lookup-for", "100ms")
	return results(t, p.path("list.results.xlsx"), "Results")[0]
}

// What the catalogue lacks keeps Graph's words and says that it is unknown.
func TestUnknownErrorsSayThatTheyAre(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	address := "unknown403.a@fabrikam.example"
	writeCSV(t, p.path("list.csv"), [][]string{{"Email"}, {address}})
	p.run(t, 3, "invite", "list.csv") // no other row shows whether it is the tenant's
	row := results(t, p.path("list.results.xlsx"), "Results")[0]
	if row["Error Code"] != "Forbidden" || row["Error"] != graphSays(t, address) || !strings.HasPrefix(row["Advice"], "guestlist does not know this answer.") {
		t.Errorf("%v", row)
	}
}
