package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
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
	if code := cmd.ProcessState.ExitCode(); code != 1 || problems.Len() > 0 {
		t.Errorf("exit code %d\n%s", code, &problems)
	}
	if !strings.Contains(out.String(), "proxy        http://me:xxxxx@") || strings.Contains(out.String(), "hush") {
		t.Error(out.String())
	}
}
