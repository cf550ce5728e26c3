package graph

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

func TestGroups(t *testing.T) {
	tenant := sandbox.New(sandbox.Config{Groups: append(sandbox.ReadyGroups(),
		sandbox.Group{ID: numbered(1), Name: "O'Brien & Söhne + #1"}, sandbox.Group{ID: numbered(2), Name: "Partners"}, sandbox.Group{ID: numbered(3), Name: "Partners"},
		sandbox.Group{Name: "List", MailEnabled: true}, sandbox.Group{Name: "Admins", RoleAssignable: true})})
	d, _ := readerOf(t, tenant, DirectoryConfig{})
	for name, want := range map[string]string{
		sandbox.PartnersGroup: "", sandbox.ProjectGroup: "",
		sandbox.DynamicGroup: "dynamic membership", sandbox.SyncedGroup: "synchronized from on-premises", sandbox.ClosedGroup: "does not allow guests",
		"List": "distribution list", "Admins": "administrators", "O'Brien & Söhne + #1": "",
	} {
		groups, err := d.GroupsNamed(t.Context(), name)
		if err != nil || len(groups) != 1 || groups[0].Name != name {
			t.Fatalf("%s: %v, %v", name, groups, err)
		}
		same, err := d.GroupByID(t.Context(), groups[0].ID)
		assert.Equal(t, name+" by id", err, nil)
		assert.Equal(t, name+" by id", same, groups[0])
		err = d.CheckGroup(t.Context(), same)
		barred, ok := errors.AsType[*GroupError](err)
		if ok != (want != "") || ok && (!strings.Contains(barred.Error(), want) || barred.Hint() == "" || barred.ID != same.ID) {
			t.Errorf("%s: %v", name, err)
		}
	}
	aurora, _ := d.GroupsNamed(t.Context(), "project aurora")
	assert.Equal(t, "a team", []bool{aurora[0].IsUnified(), aurora[0].IsTeam()}, []bool{true, true})
	two, err := d.GroupsNamed(t.Context(), "Partners")
	assert.Equal(t, "two of one name", fmt.Sprint(len(two), err), "2 <nil>")
	none, err := d.GroupsNamed(t.Context(), "' or displayName ne '")
	assert.Equal(t, "no one of that name", fmt.Sprint(len(none), err), "0 <nil>")
	_, err = d.GroupByID(t.Context(), nobodyID)
	assert.Equal(t, "missing", IsMissing(err), true)
}

// Settings that may not be read forbid nothing; the tenant's forbid all.
func TestSettingsOfGroups(t *testing.T) {
	team := Group{ID: groupID, Name: "Team", Types: []string{"Unified"}, MailEnabled: true}
	for name, test := range map[string]struct {
		cfg     sandbox.Config
		barred  bool
		fails   bool
		answers []string
	}{
		"nothing is set":       {cfg: sandbox.Config{}},
		"the tenant's":         {cfg: sandbox.Config{NoGuestsInGroups: true}, barred: true},
		"the group's":          {cfg: sandbox.Config{Groups: []sandbox.Group{{NoGuests: true}}}, barred: true},
		"the group's alone":    {cfg: sandbox.Config{Forbidden: []string{"/groupSettings"}, Groups: []sandbox.Group{{NoGuests: true}}}, barred: true},
		"may not be read":      {cfg: sandbox.Config{NoGuestsInGroups: true, Forbidden: []string{"/groupSettings", "/groups/{id}/settings"}}},
		"is not to be reached": {cfg: sandbox.Config{Trouble: func(*http.Request) (int, int) { return http.StatusBadRequest, 0 }}, fails: true},
	} {
		if len(test.cfg.Groups) == 0 {
			test.cfg.Groups = []sandbox.Group{{}}
		}
		test.cfg.Groups[0].ID, test.cfg.Groups[0].Name = groupID, "Team"
		d, _ := readerOf(t, sandbox.New(test.cfg), DirectoryConfig{})
		err := d.CheckGroup(t.Context(), team)
		barred, ok := errors.AsType[*GroupError](err)
		if ok != test.barred || ok && barred.Reason != GroupBarsGuests || (err != nil) != (test.barred || test.fails) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, out := readerOf(t, answering(http.StatusOK, "{}"), DirectoryConfig{})
	assert.Equal(t, "a security group", d.CheckGroup(t.Context(), Group{ID: groupID}), nil)
	assert.Equal(t, "asked for nothing", len(out.all), 0)
}

func TestMembersOfAGroup(t *testing.T) {
	var people []sandbox.Person
	var want []string
	for i := range 2500 {
		people = append(people, sandbox.Person{ID: numbered(i), Address: fmt.Sprintf("g%d@fabrikam.example", i), Groups: []string{"Partners"}})
		want = append(want, numbered(i))
	}
	d, out := readerOf(t, sandbox.New(sandbox.Config{Groups: []sandbox.Group{{ID: groupID, Name: "Partners"}}, People: people}), DirectoryConfig{})
	read := func(d *Directory) (ids []string, err error) {
		for page, err := range d.Members(t.Context(), groupID) {
			if err != nil {
				return ids, err
			}
			ids = append(ids, page...)
		}
		return ids, nil
	}
	ids, err := read(d)
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "members", ids, want)
	assert.Equal(t, "pages", len(out.all), 3)
	d, _ = readerOf(t, sandbox.New(sandbox.Config{Forbidden: []string{"/groups", "/groups/{id}", "/groups/{id}/members"}}), DirectoryConfig{})
	_, members := read(d)
	_, group := d.GroupByID(t.Context(), groupID)
	_, named := d.GroupsNamed(t.Context(), "x")
	for _, err := range []error{members, group, named} {
		if permission, ok := errors.AsType[*PermissionError](err); !ok || permission.Capability != ReadGroups || !strings.Contains(permission.Hint(), "GroupMember.Read.All") {
			t.Errorf("got %v", err)
		}
	}
}
