package handoff

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"guestlist/batch"
	testneed "guestlist/internal/need"
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
	testneed.Time(t, "many packages are written and read again")
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
		files := everything(t, handTo(t, opt, listResults(columns, records...)).Folder)
		checkApart(rt, files, owner, func(id string) bool { return handed[id] && !opt.Redact })
	})
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

// TestPacksThatAreTooLargeForAnEmailAreSplit: each guest is in one part, each part has a
// workbook, messages and a draft of its own, and no draft is too large.
func TestPacksThatAreTooLargeForAnEmailAreSplit(t *testing.T) {
	if testing.Short() {
		t.Skip("writes large packages")
	}
	var records []batch.Record
	for i := range 40 {
		address := fmt.Sprintf("guest%02d@x.example", i)
		o := invited(address)
		if i%4 == 3 {
			o = batch.Outcome{Address: address, Status: batch.Pending}
		}
		records = append(records, row(i+2, o, "Name", address, "M", "", ""))
	}
	records = append(records, row(99, invited("n@x.example"), "N", "n@x.example", "N", "", ""))
	for name, most := range map[string]bounds{
		"guests": {guests: 15, bytes: 10 << 20}, // three parts
		"bytes":  {guests: 5000, bytes: 30_000},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "packs")
			x, err := write(t.Context(), folder, byManager(), most, listResults(columns, records...))
			if err != nil {
				t.Fatal(err)
			}
			p := x.Packs[0]
			if p.Parts < 2 || name == "guests" && p.Parts != 3 || x.Packs[1].Parts != 1 || len(p.Files) != 3*p.Parts {
				t.Fatalf("%+v", x.Packs)
			}
			texts := everything(t, folder)
			if len(texts) != 3*p.Parts+3+2 {
				t.Errorf("%d files, want those of %d parts, of the other pack, index and ledger", len(texts), p.Parts)
			}
			seen := make(map[string]int)
			for n := range p.Parts {
				base := fmt.Sprintf("M/M %d of %d", n+1, p.Parts)
				eml, err := os.ReadFile(filepath.Join(folder, base+".eml"))
				if err != nil {
					t.Fatal(err)
				}
				if len(eml) > most.bytes {
					t.Errorf("draft %d has %d bytes", n+1, len(eml))
				}
				if want := fmt.Sprintf("(part %d of %d)", n+1, p.Parts); !strings.HasSuffix(open(t, eml).subject, want) {
					t.Errorf("subject %q, want %s", open(t, eml).subject, want)
				}
				rows := sheet(t, filepath.Join(folder, base+".xlsx"), "Guests")
				waiting := 0
				for _, row := range rows[1:] {
					seen[row[1]]++
					if row[2] != "Invited" {
						waiting++
					}
				}
				if waiting == 0 || waiting == len(rows)-1 {
					t.Errorf("part %d has %d of %d guests without a link", n+1, waiting, len(rows)-1)
				}
				if got := strings.Count(texts[base+".txt"], "-----") / 2; got != len(rows)-1-waiting {
					t.Errorf("part %d has %d messages and %d links", n+1, got, len(rows)-1-waiting)
				}
			}
			for i := range 40 {
				if address := fmt.Sprintf("guest%02d@x.example", i); seen[address] != 1 {
					t.Errorf("%s is in %d parts", address, seen[address])
				}
			}
			overview := sheet(t, filepath.Join(folder, indexName), "Packages")
			if note := overview[1][8]; !strings.HasPrefix(note, fmt.Sprintf("too many guests for one email: %d drafts; ", p.Parts)) {
				t.Errorf("note %q", note)
			}
			if _, err := write(t.Context(), folder, byManager(), most, listResults(columns, records...)); err != nil {
				t.Errorf("it cannot be replaced: %v", err)
			}
		})
	}
}

// TestProgressComesToItsEnd: first the rows, then the guests.
func TestProgressComesToItsEnd(t *testing.T) {
	var records []batch.Record
	for i := range checkRows {
		address := fmt.Sprintf("guest%d@x.example", i)
		records = append(records, row(i+2, invited(address), "Name", address, fmt.Sprintf("M%d", i%2), "", ""))
	}
	var told [][2]int
	opt := byManager()
	opt.Progress = func(done, total int) { told = append(told, [2]int{done, total}) }
	handTo(t, opt, listResults(columns, records...))
	if want := [][2]int{{checkRows, 0}, {checkRows / 2, checkRows}, {checkRows, checkRows}}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
