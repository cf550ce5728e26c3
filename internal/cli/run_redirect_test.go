package cli_test

import (
	"testing"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// Guests land at My Apps of the tenant's cloud, which needs to know the tenant; what a
// row or a flag says stays as it was typed.
func TestGuestsLandAtMyAppsOfTheTenant(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	const tenant = "11111111-2222-3333-4444-555555555555"
	const own = "https://portal.example/?x=1"
	for name, test := range map[string]struct {
		args   []string
		opaque bool
		want   string
	}{
		"public":       {nil, false, "https://myapplications.microsoft.com/?tenantid=" + tenant},
		"GCC High":     {[]string{"--cloud", "usgov"}, false, "https://myapps.microsoft.us/?tenantid=" + tenant},
		"DoD":          {[]string{"--cloud", "usgovdod"}, false, "https://myapps.microsoft.us/?tenantid=" + tenant},
		"21Vianet":     {[]string{"--cloud", "china"}, false, "https://myapps.windowsazure.cn/?tenantid=" + tenant},
		"opaque token": {nil, true, "https://myapplications.microsoft.com/?tenantid=" + sandbox.TenantID},
		"a flag":       {[]string{"--redirect-url", "https://x.example"}, false, "https://x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			if !test.opaque {
				p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": tenant}))
			}
			writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Redirect URL"}, {"a@fabrikam.example", ""}, {"b@fabrikam.example", own}})
			p.run(t, 0, append([]string{"invite", "list.csv"}, test.args...)...)
			landing := make(map[string]string)
			for _, r := range p.tenant.Requests() {
				if r.Invited {
					landing[r.Address] = r.Invitation.InviteRedirectURL
				}
			}
			if landing["a@fabrikam.example"] != test.want || landing["b@fabrikam.example"] != own {
				t.Errorf("%v, want %s", landing, test.want)
			}
		})
	}
}

// A row is the same whatever the default is: neither one that was invited nor one that
// failed is sent again because it changed.
func TestAnotherRedirectURLMakesNoOtherRows(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), [][]string{{"Email"}, {"a@fabrikam.example"}, {"group.b@fabrikam.example"}})
	p.run(t, 3, "invite", "list.csv", "--redirect-url", "https://myapplications.microsoft.com")
	p.run(t, 3, "invite", "list.csv")
	if n := p.posts(); n != 2 {
		t.Errorf("%d invitations for 2 rows", n)
	}
}
