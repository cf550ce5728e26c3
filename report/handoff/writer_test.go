package handoff

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"guestlist/batch"
	"guestlist/report"
)

// mark is in all that belongs to one guest: address, link, name, cells, errors.
var mark = regexp.MustCompile(`q[0-9]{4}z`)

// managers are spellings; those in one line are one person.
var managers = [][]string{
	{"Maren Oud", "maren  oud", " MAREN OUD"},
	{"Maren", "maren"},
	{"Zoë", "Zoe\u0308"},
	{"a/b", "A/B"},
	{"a-b"},
	{".."},
	{"CON", "con"},
	{"x@contoso.example", "X@contoso.example"},
	{"Maren Oud\r\nBcc: eve@evil.example"},
	{"", "  "},
	{strings.Repeat("long ", 40) + "1"},
	{strings.Repeat("long ", 40) + "2"},
	{"index.xlsx"},
	{"unassigned"},
}

// TestNoPackHoldsAnothersRow searches every file of every pack for the marks of all
// guests: packs are sent to people who may see their own guests only.
func TestNoPackHoldsAnothersRow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "rows")
		owner := make(map[string]int)
		handed := make(map[string]bool)
		var records []batch.Record
		for i := range n {
			id := fmt.Sprintf("q%04dz", i)
			m := rapid.IntRange(0, len(managers)-1).Draw(rt, "manager")
			owner[id] = m
			o, works := anyOutcome(rt, id)
			handed[id] = works
			records = append(records, row(i+2, o, "Name "+id, id+"@x.example", rapid.SampledFrom(managers[m]).Draw(rt, "spelling"), "boss@contoso.example", "cell "+id))
		}
		opt := byManager()
		opt.GuestMail = rapid.Bool().Draw(rt, "guest mail")
		opt.Redact = rapid.Bool().Draw(rt, "redact")
		if rapid.Bool().Draw(rt, "to") {
			opt.ToHeading = "Manager Email"
		}
		files := inMemory(t, opt, listResults(columns, records...))
		checkApart(rt, files, owner, func(id string) bool { return handed[id] && !opt.Redact })
	})
}

// inMemory makes the files of all packs, which are as they would be on disk.
func inMemory(t *testing.T, opt Options, r report.Results) map[string]string {
	t.Helper()
	packs, err := gather(t.Context(), opt, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if opt.Template, err = opt.Template.orDefault(); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	s, err := newStage(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove()
	for i := range packs {
		files, err := writer{opt: opt, facts: r.Summary}.files(t.Context(), s, &packs[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			texts[packs[i].Name+"/"+f.name] = readable(t, f.name, f.content)
		}
	}
	return texts
}

// anyOutcome draws an outcome, and tells whether it has a link that works and is needed.
func anyOutcome(rt *rapid.T, id string) (o batch.Outcome, works bool) {
	o = invited(id + "@x.example")
	o.Status = rapid.SampledFrom(append(batch.Statuses(), batch.Invited, batch.Invited)).Draw(rt, "status")
	if o.Status != batch.Invited {
		o.Error, o.Advice = "error "+id, "advice "+id
		o.Existing = rapid.SampledFrom([]batch.ExistingKind{batch.ExistingAccepted, batch.ExistingPending, batch.ExistingMember}).Draw(rt, "existing")
		o.ErrorCode = rapid.SampledFrom([]string{batch.CodeSameGuest, "E"}).Draw(rt, "code")
		if rapid.Bool().Draw(rt, "without a link") {
			o.RedeemURL = batch.Outcome{}.RedeemURL
		}
		return o, false
	}
	switch rapid.IntRange(0, 6).Draw(rt, "kind") {
	case 0:
		o.RedeemURL = batch.Outcome{}.RedeemURL
	case 1:
		o.InvitationStatus = completed
	case 2:
		o.Superseded = batch.LinkUncertain
	case 3:
		o.Superseded = batch.LinkReplaced
	default:
		return o, true
	}
	return o, false
}

// checkApart compares what stands in the files with whose it is.
func checkApart(rt *rapid.T, files map[string]string, owner map[string]int, works func(id string) bool) {
	folderOf := make(map[int]string)
	texts := make(map[string]string)
	for name, text := range files {
		folder, _, inside := strings.Cut(name, "/")
		if !inside {
			continue
		}
		texts[folder] += text
		for _, id := range mark.FindAllString(name+text, -1) {
			m := owner[id]
			if other, seen := folderOf[m]; seen && other != folder {
				rt.Errorf("manager %q has the packs %q and %q", managers[m][0], folder, other)
			}
			folderOf[m] = folder
		}
	}
	whose := make(map[string]int)
	for m, folder := range folderOf {
		if other, taken := whose[folder]; taken {
			rt.Errorf("pack %q holds rows of %q and %q", folder, managers[m][0], managers[other][0])
		}
		whose[folder] = m
	}
	for id, m := range owner {
		text := texts[folderOf[m]]
		if !strings.Contains(text, id+"@x.example") {
			rt.Errorf("%s is in no pack of %q", id, managers[m][0])
		}
		if got := strings.Contains(text, linkTo(id+"@x.example")); got != works(id) {
			rt.Errorf("link of %s in its pack: %v", id, got)
		}
	}
}

// TestTheSearchFinds makes sure that the search of the test above sees into
// every kind of file.
func TestTheSearchFinds(t *testing.T) {
	opt := byManager()
	x := handTo(t, opt, listResults(columns, row(2, invited("q0001z@x.example"), "Name q0001z", "q0001z@x.example", "M", "", "cell q0001z")))
	opt.GuestMail = true
	y := handTo(t, opt, listResults(columns, row(2, invited("q0001z@x.example"), "Name q0001z", "q0001z@x.example", "M", "", "cell q0001z")))
	for _, folder := range []string{x.Folder, y.Folder} {
		for name, text := range everything(t, filepath.Join(folder, "M")) {
			for _, want := range []string{"Name q0001z", "q0001z@x.example", linkTo("q0001z@x.example")} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: no %q", path.Base(name), want)
				}
			}
			if strings.HasSuffix(name, ".xlsx") && !strings.Contains(text, "cell q0001z") {
				t.Errorf("%s: no cell", name)
			}
		}
	}
}
