package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/graph/sandbox"
)

// signed gives a token with claims, signed by nobody.
func signed(t *testing.T, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return "e30." + base64.RawURLEncoding.EncodeToString(body) + ".c2ln"
}

// diagnosed is doctor's answer to programs.
type diagnosed struct {
	Tenant           string   `json:"tenant"`
	Kind             string   `json:"kind"`
	User             string   `json:"user"`
	Permissions      []string `json:"permissions"`
	AllowInvitesFrom string   `json:"allow_invites_from"`
	ClockAhead       int      `json:"clock_ahead_seconds"`
	Proxy            string   `json:"proxy"`
	Checks           []struct {
		Check  string `json:"check"`
		Status string `json:"status"`
		Text   string `json:"text"`
		Next   string `json:"next"`
	} `json:"checks"`
}

// doctor runs it as JSON and returns the checks that are not ok, with a look at
// the rules that hold for every one.
func doctor(t *testing.T, p *program, code int, args ...string) (diagnosed, map[string]string) {
	t.Helper()
	var got diagnosed
	if err := json.Unmarshal([]byte(p.run(t, code, append([]string{"doctor", "--json"}, args...)...)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Permissions == nil {
		t.Error("permissions are null")
	}
	not := make(map[string]string)
	for _, c := range got.Checks {
		if c.Status != "ok" {
			not[c.Check] = c.Status
		}
		if c.Text == "" || c.Status == "missing" && c.Next == "" || c.Status == "ok" && c.Next != "" {
			t.Errorf("%+v", c)
		}
	}
	return got, not
}

func TestDoctor(t *testing.T) {
	app := func(roles ...string) map[string]any {
		return map[string]any{"tid": "t1", "appid": "a1", "idtyp": "app", "roles": roles}
	}
	person := func(scopes string) map[string]any {
		return map[string]any{"tid": "t1", "appid": "a1", "idtyp": "user", "upn": "pat@contoso.example", "scp": scopes}
	}
	for name, test := range map[string]struct {
		claims map[string]any // nil is an opaque token
		tenant sandbox.Config
		code   int
		want   map[string]string // checks that are not ok
	}{
		"app with everything": {app("User.Invite.All", "User.Read.All"), sandbox.Config{}, 0, map[string]string{"mail": "warning"}},
		"app that reads nothing": {
			app("User.Invite.All"),
			sandbox.Config{Forbidden: []string{"/organization", "/policies/authorizationPolicy"}},
			0,
			map[string]string{"mail": "warning", "look-up": "warning", "policy": "warning"},
		},
		"app without permissions": {
			map[string]any{"tid": "t1", "idtyp": "app"},
			sandbox.Config{},
			4,
			map[string]string{"mail": "warning", "permissions": "warning", "invite": "missing", "look-up": "warning"},
		},
		"app with the wrong permission":   {app("User.Read.All"), sandbox.Config{}, 4, map[string]string{"mail": "warning", "invite": "missing"}},
		"app with a stronger permission":  {app("User.ReadWrite.All"), sandbox.Config{}, 0, map[string]string{"mail": "warning", "invite": "warning"}},
		"person with everything":          {person("User.Invite.All User.Read.All"), sandbox.Config{AllowInvitesFrom: "adminsGuestInvitersAndAllMembers"}, 0, map[string]string{}},
		"person where admins invite":      {person("User.Invite.All User.Read.All"), sandbox.Config{AllowInvitesFrom: "adminsAndGuestInviters"}, 0, map[string]string{"policy": "warning"}},
		"app where admins invite":         {app("User.Invite.All", "User.Read.All"), sandbox.Config{AllowInvitesFrom: "adminsAndGuestInviters"}, 0, map[string]string{"mail": "warning"}},
		"person where nobody invites":     {person("User.Invite.All User.Read.All"), sandbox.Config{AllowInvitesFrom: "none"}, 4, map[string]string{"policy": "missing"}},
		"person where a new value stands": {person("User.Invite.All User.Read.All"), sandbox.Config{AllowInvitesFrom: "robots"}, 0, map[string]string{"policy": "warning"}},
		"a clock that is off":             {person("User.Invite.All User.Read.All"), sandbox.Config{ClockOffset: -time.Hour}, 0, map[string]string{"clock": "warning"}},
		"token that is refused":           {person("User.Invite.All User.Read.All"), sandbox.Config{Token: "another"}, 4, map[string]string{"sign-in": "missing", "policy": "warning"}},
		"opaque token": {
			nil,
			sandbox.Config{},
			0,
			map[string]string{"account": "warning", "permissions": "warning", "invite": "warning", "look-up": "warning", "mail": "warning"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, test.tenant)
			if test.claims != nil {
				p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, test.claims))
			}
			got, not := doctor(t, p, test.code)
			if diff := cmp.Diff(test.want, not); diff != "" {
				t.Errorf("%s\n%+v", diff, got)
			}
			for _, seen := range p.tenant.Requests() {
				if seen.Method != http.MethodGet {
					t.Errorf("%s %s", seen.Method, seen.Path)
				}
			}
		})
	}
}

func TestDoctorTellsWhatItFound(t *testing.T) {
	p := newProgram(t, sandbox.Config{ClockOffset: 90 * time.Second})
	p.env = append(p.env, "HTTP_PROXY=http://me:hush@proxy.example:3128", "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{
		"tid": "t1", "idtyp": "user", "upn": "pat@contoso.example", "scp": "User.Read.All User.Invite.All",
	}))
	got, _ := doctor(t, p, 0)
	if got.Tenant != "t1" || got.Kind != "delegated" || got.User != "pat@contoso.example" || got.AllowInvitesFrom != "everyone" {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{"User.Invite.All", "User.Read.All"}, got.Permissions); diff != "" {
		t.Error(diff)
	}
	if got.ClockAhead < 85 || got.ClockAhead > 95 {
		t.Errorf("clock is %d seconds ahead", got.ClockAhead)
	}
	if got.Proxy != "" {
		t.Errorf("proxy %q: loopback needs none", got.Proxy)
	}
}

// A server in Graph's place fails in its own ways.
func TestDoctorWhereGraphIsNot(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		code   int
		want   string // the verdict about graph
	}{
		"another web site": {http.NotFound, 1, "missing"},
		"a cut connection": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 1, "missing"},
		"a web page":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, 1, "missing"},
		"a broken service": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, 0, "warning"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			t.Cleanup(server.Close)
			p := newProgram(t, sandbox.Config{})
			p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": "t1", "idtyp": "user", "scp": "User.Invite.All"}))
			got, not := doctor(t, p, test.code, "--graph-url", server.URL+"/v1.0")
			if not["graph"] != test.want {
				t.Errorf("%+v", got)
			}
		})
	}
}

// What a refusal means for a row is no advice for someone who asks how things are.
func TestDoctorGivesNoAdviceAboutRows(t *testing.T) {
	answers := map[string]string{
		"429": `{"error":{"code":"TooManyRequests","message":"Please retry again later."}}`,
		"400": `{"error":{"code":"BadRequest","message":"Invalid request input."}}`,
		"404": `{"error":{"code":"Request_ResourceNotFound","message":"Resource '1' does not exist"}}`,
		"500": `{"error":{"code":"InternalServerError","message":"Directory invite operation failed"}}`,
		"503": "down",
		"418": `{"error":{"code":"Teapot","message":"words that no catalogue has"}}`,
	}
	for status, body := range answers {
		t.Run(status, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				code, _ := strconv.Atoi(status)
				w.Header().Set("Request-Id", "req-17")
				w.WriteHeader(code)
				_, _ = io.WriteString(w, body)
			}))
			t.Cleanup(server.Close)
			p := newProgram(t, sandbox.Config{})
			got, _ := doctor(t, p, 0, "--graph-url", server.URL+"/v1.0")
			for _, c := range got.Checks {
				if c.Check == "graph" && (c.Status != "warning" || !strings.Contains(c.Next, "req-17") ||
					strings.Contains(c.Next, "row") || strings.Contains(c.Next, "retry") || strings.Contains(c.Next, "invit")) {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// The proxy is that of the environment, and its password stays there.
func TestDoctorNamesTheProxyWithoutItsPassword(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(proxy.Close)
	p := newProgram(t, sandbox.Config{})
	p.env = append(p.env, "HTTPS_PROXY=http://me:hush@"+strings.TrimPrefix(proxy.URL, "http://"), "NO_PROXY=")
	var out, problems bytes.Buffer
	cmd := p.command(t.Context(), "doctor", "--graph-url", "https://graph.example/v1.0")
	cmd.Stdout, cmd.Stderr = &out, &problems
	_ = cmd.Run() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != 1 || problems.String() != "exit code 1: Microsoft Graph cannot be reached\n" {
		t.Errorf("exit code %d\n%s", code, &problems)
	}
	if !strings.Contains(out.String(), "proxy        http://me:xxxxx@") || strings.Contains(out.String(), "hush") {
		t.Error(out.String())
	}
}

// The end says what works and what does not yet, and how each permission is granted; what
// only other commands need changes no exit code.
func TestDoctorListsWhatTheSignInMayDo(t *testing.T) {
	const path = "Entra admin center: Identity > Applications > App registrations > Onboarding > API permissions > Add a permission > Microsoft Graph > "
	app := map[string]any{"tid": "t1", "appid": "a1", "app_displayname": "Onboarding", "idtyp": "app"}
	for name, test := range map[string]struct {
		claims map[string]any // nil is an opaque token
		want   []string       // the abilities, in their order
		says   []string
	}{
		"least permissions": {
			with(app, "roles", []string{"User.Invite.All", "User.Read.All", "GroupMember.ReadWrite.All", "User.DeleteRestore.All"}),
			[]string{
				"ok invite guests", "ok look up who is in the tenant already", "ok read who has accepted", "ok read groups and their members", "ok add guests to groups", "ok delete guests",
				"missing read which groups allow guests", "missing set attributes of guests", "missing set the manager of guests", "missing add sponsors to guests",
			},
			[]string{
				"what works in Contoso (simulated) by the permissions of this sign-in:", "  delete guests (undo): has User.DeleteRestore.All\n",
				"what does not work yet in Contoso (simulated):\n", "  set attributes of guests (--set): needs User.ReadUpdate.All\n",
				"      next: " + path + "Application permissions > User.ReadUpdate.All; then Grant admin consent\n",
			},
		},
		"a stronger one": {
			with(app, "roles", []string{"User.Invite.All", "User.ReadWrite.All", "Group.ReadWrite.All", "GroupSettings.Read.All"}),
			[]string{
				"ok invite guests", "ok look up who is in the tenant already", "ok read who has accepted", "ok read groups and their members", "ok read which groups allow guests",
				"ok add guests to groups", "ok set attributes of guests", "ok set the manager of guests", "ok add sponsors to guests", "ok delete guests",
			},
			[]string{"  delete guests (undo): has User.ReadWrite.All\n", "  add guests to groups (--group, --groups-from): has Group.ReadWrite.All\n"},
		},
		"a person": {
			map[string]any{"tid": "t1", "appid": "a1", "app_displayname": "Onboarding", "idtyp": "user", "upn": "pat@contoso.example", "scp": "User.Invite.All User.Read.All User.DeleteRestore.All GroupMember.ReadWrite.All GroupSettings.Read.All User.ReadUpdate.All"},
			[]string{
				"ok invite guests", "ok look up who is in the tenant already", "ok read who has accepted", "ok read groups and their members", "ok read which groups allow guests",
				"ok add guests to groups", "ok set attributes of guests", "ok delete guests", "missing set the manager of guests", "missing add sponsors to guests",
			},
			[]string{
				"has User.DeleteRestore.All; the signed-in person must hold a role such as User Administrator\n",
				path + "Delegated permissions > User.ReadWrite.All; then Grant admin consent\n",
			},
		},
		"the Azure CLI": {
			map[string]any{"tid": "t1", "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "idtyp": "user", "scp": "User.Invite.All User.ReadWrite.All Group.ReadWrite.All"},
			[]string{
				"ok invite guests", "ok look up who is in the tenant already", "ok read who has accepted", "ok read groups and their members", "ok add guests to groups", "ok set attributes of guests",
				"ok set the manager of guests", "ok add sponsors to guests", "ok delete guests", "missing read which groups allow guests",
			},
			[]string{"the app of the Azure CLI is Microsoft's, and its permissions cannot be changed: register an app with the delegated permission GroupSettings.Read.All"},
		},
		"an opaque token": {
			nil,
			[]string{
				"not known invite guests", "not known look up who is in the tenant already", "not known read who has accepted", "not known read groups and their members", "not known read which groups allow guests",
				"not known add guests to groups", "not known set attributes of guests", "not known set the manager of guests", "not known add sponsors to guests", "not known delete guests",
			},
			[]string{"not known for Contoso (simulated), since the token does not say which permissions it has:\n  invite guests (invite, retry): needs User.Invite.All\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, sandbox.Config{})
			if test.claims != nil {
				p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, test.claims))
			}
			var got struct {
				Abilities []struct {
					Ability    string `json:"ability"`
					Status     string `json:"status"`
					Permission string `json:"permission"`
					Granted    string `json:"granted"`
					Next       string `json:"next"`
				} `json:"abilities"`
			}
			if err := json.Unmarshal([]byte(p.run(t, 0, "doctor", "--json")), &got); err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, a := range got.Abilities {
				have = append(have, a.Status+" "+a.Ability)
				if (a.Status == "ok") != (a.Granted != "") || (a.Status == "missing") != (a.Next != "") || a.Permission == "" {
					t.Errorf("%+v", a)
				}
			}
			if diff := cmp.Diff(test.want, have); diff != "" {
				t.Error(diff)
			}
			out := p.run(t, 0, "doctor")
			for _, want := range test.says {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in\n%s", want, out)
				}
			}
		})
	}
}

// with is a copy of claims with one more.
func with(claims map[string]any, name string, value any) map[string]any {
	more := maps.Clone(claims)
	more[name] = value
	return more
}
