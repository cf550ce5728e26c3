package handoff

import (
	"context"
	"errors"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/selection"
	"guestlist/internal/durable"
	"guestlist/internal/secret"
	"guestlist/report"
)

// columns are those of the lists that the tests make.
var columns = []string{"Name", "Email", "Manager", "Manager Email", "Project"}

var fields = map[batch.Field]int{batch.Name: 0, batch.Email: 1}

// row is a record of such a list.
func row(line int, o batch.Outcome, cells ...string) batch.Record {
	return batch.Record{Line: line, Cells: cells, Outcome: o}
}

func byManager() Options { return Options{By: "manager", Header: batch.Header{Fields: fields}, At: at} }

// handTo makes packs in a new folder.
func handTo(t *testing.T, opt Options, r report.Results) Index {
	t.Helper()
	x, err := Write(t.Context(), filepath.Join(t.TempDir(), "packs"), opt, r)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestNamesInParts shows guests by the name that they were invited under, which a list
// may have in two columns, or beside the address.
func TestNamesInParts(t *testing.T) {
	header := batch.Header{Fields: map[batch.Field]int{batch.Email: 2}, NameFrom: []batch.NamePart{{Column: 0}, {Before: " ", Column: 1}}}
	x := handTo(t, Options{By: "Manager", Header: header, At: at}, listResults([]string{"First", "Last", "Email", "Manager"},
		row(2, invited("guest1@fabrikam.example"), "Anna", "Berg", "guest1@fabrikam.example", "Kim"),
		row(3, invited("guest2@fabrikam.example"), "", "Lund", "guest2@fabrikam.example", "Kim"),
		row(4, invited("guest3@fabrikam.example"), "", "", "Ulla Ek <guest3@fabrikam.example>", "Kim")))
	rows := sheet(t, filepath.Join(x.Folder, "Kim", "Kim.xlsx"), "Guests")
	for i, want := range []string{"Anna Berg", "Lund", "Ulla Ek"} {
		if got := rows[1+i][0]; got != want {
			t.Errorf("guest %d is %q, want %q", i+1, got, want)
		}
	}
}

func TestPacksOfTheSamples(t *testing.T) {
	x := handTo(t, Options{By: "account_manager", Header: batch.Header{Fields: partnerFields()}, At: at}, partners(t))
	var got []string
	for _, p := range x.Packs {
		got = append(got, p.Name)
		if len(p.Files) != 3 || p.Note != noRecipient {
			t.Errorf("%+v", p)
		}
	}
	if want := []string{"Idris Kamara", "Maren Oud", "Paola Ricci"}; !slices.Equal(got, want) {
		t.Errorf("packs %q, want %q", got, want)
	}
	rows := sheet(t, filepath.Join(x.Folder, "Maren Oud", "Maren Oud.xlsx"), "Guests")
	if want := []string{"Name", "Signs in with", "Status", "Invitation", "Link to copy", "Invited (UTC)", "Reason", "Company", "Account Manager", "Send message", "Project"}; !slices.Equal(rows[0], want) {
		t.Errorf("headings %q", rows[0])
	}
	first := linkTo("anna.bergstrom@fabrikam.example")
	if want := []string{"Anna Bergström", "anna.bergstrom@fabrikam.example", "Invited", "Accept invitation", first, "2026-11-23 20:04:05", "", "Fabrikam", "Maren Oud", "", "Harbor"}; !slices.Equal(rows[1], want) {
		t.Errorf("first row %q", rows[1])
	}
	var status []string
	for _, row := range rows[1:] {
		status = append(status, row[2])
	}
	if want := "Invited|Invited|Invited|Invited|Invited|Invited|Has access|Listed twice|Not invited|Not invited"; strings.Join(status, "|") != want {
		t.Errorf("order %q", status)
	}
}

func TestWorkbookLinksLead(t *testing.T) {
	odd := invited("b@x.example")
	odd.RedeemURL = secret.New("https://x.example/ with space")
	x := handTo(t, byManager(), listResults(columns,
		row(2, invited("a@x.example"), "A", "a@x.example", "M"), row(3, odd, "B", "b@x.example", "M")))
	f, err := excelize.OpenFile(filepath.Join(x.Folder, "M", "M.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	there, target, err := f.GetCellHyperLink("Guests", "D2")
	if !there || target != linkTo("a@x.example") || err != nil {
		t.Errorf("link %v %q %v", there, target, err)
	}
	if there, target, _ = f.GetCellHyperLink("Guests", "D3"); there {
		t.Errorf("a link that Excel calls damage: %q", target)
	}
	if text, _ := f.GetCellValue("Guests", "E3"); text != "https://x.example/ with space" {
		t.Errorf("text %q", text)
	}
	panes, err := f.GetPanes("Guests")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v %v", panes, err)
	}
	for i := range 10 {
		column, _ := excelize.ColumnNumberToName(i + 1)
		if visible, err := f.GetColVisible("Guests", column); !visible || err != nil {
			t.Errorf("column %s is hidden", column)
		}
	}
}

// TestOnlyLinksThatWorkAreHandedOut: what is dead, or may be, is left out, and the
// package says why.
func TestOnlyLinksThatWorkAreHandedOut(t *testing.T) {
	outcome := func(address string, change func(*batch.Outcome)) batch.Outcome {
		o := invited(address)
		change(&o)
		return o
	}
	why := "This is the same guest as row 7, and both were invited at the same time."
	records := []batch.Record{
		row(2, invited("live@x.example"), "Live", "live@x.example", "M"),
		row(3, outcome("dead@x.example", func(o *batch.Outcome) {
			o.Status, o.ErrorCode, o.Error = batch.Duplicate, batch.CodeSameGuest, "This is the same guest as row 2."
		}), "Dead", "dead@x.example", "M"),
		row(4, outcome("unsure@x.example", func(o *batch.Outcome) { o.Superseded, o.Advice = batch.LinkUncertain, why }), "Unsure", "unsure@x.example", "M"),
		row(5, outcome("again@x.example", func(o *batch.Outcome) { o.Superseded = batch.LinkReplaced }), "Again", "again@x.example", "M"),
		row(6, outcome("gone@x.example", func(o *batch.Outcome) { o.Status = batch.Removed }), "Gone", "gone@x.example", "M"),
	}
	for _, guestMail := range []bool{false, true} {
		opt := byManager()
		opt.GuestMail = guestMail
		x := handTo(t, opt, listResults(columns, records...))
		if got := []int{x.Links(), x.Packs[0].Ready, x.Packs[0].Waiting}; !slices.Equal(got, []int{1, 0, 4}) {
			t.Errorf("links, ready and waiting: %v", got)
		}
		for name, text := range everything(t, x.Folder) {
			for _, address := range []string{"dead@x.example", "unsure@x.example", "again@x.example", "gone@x.example"} {
				if strings.Contains(text, linkTo(address)) {
					t.Errorf("%s has the link of %s", name, address)
				}
			}
		}
		rows := sheet(t, filepath.Join(x.Folder, "M", "M.xlsx"), "Guests")
		var got []string
		for _, row := range rows[2:] {
			got = append(got, row[0]+": "+row[2]+": "+row[6])
		}
		want := []string{
			"Dead: Listed twice: This is the same guest as row 2. Only the link of that row works.",
			"Unsure: Invited, link uncertain: " + why,
			"Again: Invited again: A newer invitation of this guest ended the link, so it is left out.",
			"Gone: Removed: The guest is not in the tenant any more.",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
	}
}

// TestThoseWithAccessGetMyApps: they need no link, and can be told where to go.
func TestThoseWithAccessGetMyApps(t *testing.T) {
	const myApps = "https://myapplications.microsoft.com/?tenantid=5f0a3c52-8d0e-4b7c-9a51-6c1f2e7d4b90"
	existing := func(address string, kind batch.ExistingKind) batch.Outcome {
		return batch.Outcome{Address: address, Status: batch.Existing, Existing: kind, UserID: "id"}
	}
	accepted := invited("new@x.example")
	accepted.InvitationStatus = completed
	r := listResults(columns,
		row(2, existing("guest@x.example", batch.ExistingAccepted), "Guest", "guest@x.example", "M"),
		row(3, existing("member@x.example", batch.ExistingMember), "Member", "member@x.example", "M"),
		row(4, existing("pending@x.example", batch.ExistingPending), "Pending", "pending@x.example", "M"),
		row(5, existing("blocked@x.example", batch.ExistingDisabled), "Blocked", "blocked@x.example", "M"),
		row(6, existing("odd@x.example", batch.ExistingUnknown), "Odd", "odd@x.example", "M"),
		row(7, accepted, "New", "new@x.example", "M"),
	)
	opt := byManager()
	opt.MyApps = myApps
	x := handTo(t, opt, r)
	var got []string
	for _, row := range sheet(t, filepath.Join(x.Folder, "M", "M.xlsx"), "Guests")[1:] {
		got = append(got, strings.Join(append(row[:1], row[2:5]...), "|"))
	}
	want := []string{
		"Guest|Has access|Open My Apps|" + myApps, "Member|Has access|Open My Apps|" + myApps, "New|Has access|Open My Apps|" + myApps,
		"Pending|Invited before||", "Blocked|Blocked||", "Odd|Already there||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	eml, err := os.ReadFile(filepath.Join(x.Folder, "M", "M.eml"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, eml)
	for name, text := range map[string]string{"text": l.text, "HTML": html.UnescapeString(l.html)} {
		if n := strings.Count(text, myApps); n != 3 {
			t.Errorf("the %s names My Apps %d times, want 3\n%s", name, n, text)
		}
	}
	opt.MyApps = ""
	for name, text := range everything(t, handTo(t, opt, r).Folder) {
		if strings.Contains(text, "My Apps") {
			t.Errorf("%s speaks of My Apps, whose address is not known", name)
		}
	}
}

var href = regexp.MustCompile(`href="([^"]*)"`)

func TestMailHoldsWholeLinks(t *testing.T) {
	x := handTo(t, Options{By: "Manager", ToHeading: "manager email", Header: batch.Header{Fields: fields}, At: at}, listResults(columns,
		row(2, invited("a@x.example"), "A <b>", "a@x.example", "M", "M@contoso.example"),
		row(3, invited("b@x.example"), "", "b@x.example", "m", "m@contoso.example")))
	eml, err := os.ReadFile(filepath.Join(x.Folder, "M", "M.eml"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, eml)
	var links []string
	for _, m := range href.FindAllStringSubmatch(l.html, -1) {
		links = append(links, html.UnescapeString(m[1]))
	}
	if want := []string{linkTo("a@x.example"), linkTo("b@x.example")}; !slices.Equal(links, want) {
		t.Errorf("links %q", links)
	}
	if !strings.Contains(l.text, linkTo("a@x.example")) || strings.Contains(l.html, "<b>A") || !strings.Contains(l.html, "A &lt;b&gt;") {
		t.Errorf("text %s, html %s", l.text, l.html)
	}
	if l.header.Get("To") != "<m@contoso.example>" || x.Packs[0].To != "m@contoso.example" {
		t.Errorf("to %q", l.header.Get("To"))
	}
	workbook, err := os.ReadFile(filepath.Join(x.Folder, "M", "M.xlsx"))
	if err != nil || string(l.attachments["M.xlsx"]) != string(workbook) || len(l.attachments["M.txt"]) == 0 {
		t.Errorf("attachments %d %v", len(l.attachments), err)
	}
}

func TestWhoTheDraftGoesTo(t *testing.T) {
	for _, test := range []struct{ name, manager, first, second, want, note string }{
		{"value is an address", "Maren@contoso.example", "", "", "maren@contoso.example", ""},
		{"a column", "Maren", "m@contoso.example", "M@Contoso.example", "m@contoso.example", ""},
		{"only one row says", "Maren", "", "m@contoso.example", "m@contoso.example", ""},
		{"two addresses", "Maren", "m@contoso.example", "n@contoso.example", "", noRecipient + ": different addresses in the column Manager Email: m@contoso.example, n@contoso.example"},
		{"none", "Maren", "", "", "", noRecipient + ": no address in the column Manager Email"},
		{"line breaks", "Maren", "m@contoso.example\r\nBcc: eve@evil.example", "", "", noRecipient + ": no address in the column Manager Email"},
	} {
		t.Run(test.name, func(t *testing.T) {
			opt := byManager()
			if test.name != "value is an address" {
				opt.ToHeading = "Manager Email"
			}
			x := handTo(t, opt, listResults(columns,
				row(2, invited("a@x.example"), "A", "a@x.example", test.manager, test.first),
				row(3, invited("b@x.example"), "B", "b@x.example", test.manager, test.second)))
			if p := x.Packs[0]; p.To != test.want || p.Note != test.note {
				t.Errorf("%q, %q", p.To, p.Note)
			}
		})
	}
}

func TestStatusText(t *testing.T) {
	noLink, accepted := invited("c@x.example"), invited("d@x.example")
	noLink.RedeemURL = secret.Text{}
	accepted.InvitationStatus = completed
	reason := "The invited user already exists in the directory as object ID: 3f2a0000-0000-0000-0000-000000000000. They can use that account."
	for _, test := range []struct {
		outcome        batch.Outcome
		status, reason string
	}{
		{invited("a@x.example"), "Invited", ""},
		{noLink, "Invited, no link", "The link was not recorded. If the guest got an email from Microsoft, the link in it works; otherwise they have to be invited again."},
		{accepted, "Has access", "The invitation has been accepted; no link is needed."},
		{batch.Outcome{Status: batch.Failed, Error: reason}, "Not invited", "The invited user already exists in the directory. They can use that account."},
		{batch.Outcome{Status: batch.Failed}, "Not invited", "The invitation was refused."},
		{batch.Outcome{Status: batch.Failed, Error: strings.Repeat("é\n", 900)}, "Not invited", strings.Repeat("é ", 133) + "…"},
		{batch.Outcome{Status: batch.Invalid, Error: "Email: no address"}, "Not invited", "The list has to be corrected first: Email: no address"},
		{batch.Outcome{Status: batch.Duplicate, Error: "row 2"}, "Listed twice", "The same address is already in an earlier row of the list and is invited once, with that row."},
		{batch.Outcome{Status: batch.Unconfirmed}, "Not certain", "It is not known yet whether the invitation was sent."},
		{batch.Outcome{Status: batch.Pending}, "Not invited yet", "The invitation has not been sent yet."},
	} {
		if status, reason := statusText(batch.Record{Line: 2, Outcome: test.outcome}); status != test.status || reason != test.reason {
			t.Errorf("%v: %q, %q", test.outcome.Status, status, reason)
		}
	}
}

func TestGreeting(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Bergström": "Anna Bergström", "": "", "van der Berg, Willem": "Willem van der Berg", "佐藤 健": "佐藤 健",
		"Peggy Thornton, PhD": "Peggy Thornton", "Thornton, Jr.": "Thornton", "Oud, Maren, MBA": "Oud, Maren, MBA", "Oud,": "Oud",
	} {
		if got := (Guest{DisplayName: name}).Greeting(); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestRedactLeavesLinksOut(t *testing.T) {
	for _, guestMail := range []bool{false, true} {
		r := partners(t)
		// A column that is called as one of a results workbook holds links, too.
		r.Columns[5] = results.ColumnRedeemURL
		inner := r.Records
		r.Records = func(yield func(batch.Record, error) bool) {
			for rec := range inner {
				rec.Cells[5] = rec.Outcome.RedeemURL.Reveal()
				if !yield(rec, nil) {
					return
				}
			}
		}
		x := handTo(t, Options{By: "Company", Header: batch.Header{Fields: partnerFields()}, At: at, Redact: true, GuestMail: guestMail}, r)
		if x.Links() == 0 {
			t.Error("nobody was handed out")
		}
		for name, text := range everything(t, x.Folder) {
			if strings.Contains(text, "https://login.") || strings.Contains(text, "Accept invitation") {
				t.Errorf("%s has a link", name)
			}
		}
	}
}

func TestGuestMail(t *testing.T) {
	opt := byManager()
	opt.GuestMail, opt.ToHeading = true, "Manager Email"
	x := handTo(t, opt, listResults(columns,
		row(2, invited("zoe@x.example"), "Ødegård, Zoë", "Zoe@X.example", "M", "m@contoso.example"),
		row(3, invited("a/b@x.example"), "Eve\r\nBcc: eve@evil.example", "a/b@x.example", "M", "m@contoso.example"),
		row(4, batch.Outcome{Address: "c@x.example", Status: batch.Failed}, "C", "c@x.example", "M", "")))
	if want := []string{"M/M.xlsx", "M/M.txt", "M/Zoe@X.example.eml", "M/a-b@x.example.eml"}; !slices.Equal(x.Packs[0].Files, want) {
		t.Errorf("files %q, want %q", x.Packs[0].Files, want)
	}
	eml, err := os.ReadFile(filepath.Join(x.Folder, "M", "Zoe@X.example.eml"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, eml)
	to, err := l.header.AddressList("To")
	if err != nil || to[0].Name != "Ødegård, Zoë" || to[0].Address != "Zoe@X.example" || l.header.Get("Cc") != "<m@contoso.example>" {
		t.Errorf("%v, %v", l.header, err)
	}
	if !strings.HasPrefix(l.text, "Hello Zoë Ødegård,") || !strings.Contains(l.text, linkTo("zoe@x.example")) || len(l.attachments) != 0 {
		t.Errorf("text %s", l.text)
	}
	if m := href.FindStringSubmatch(l.html); len(m) < 2 || html.UnescapeString(m[1]) != linkTo("zoe@x.example") {
		t.Errorf("html %s", l.html)
	}
	if eml, err = os.ReadFile(filepath.Join(x.Folder, "M", "a-b@x.example.eml")); err != nil || open(t, eml).header.Get("Bcc") != "" {
		t.Errorf("Bcc, %v", err)
	}
}

func TestSandboxShows(t *testing.T) {
	for _, guestMail := range []bool{false, true} {
		r := listResults(columns, row(2, invited("a@x.example"), "A", "a@x.example", "M"))
		r.Summary.Sandbox = true
		opt := byManager()
		opt.GuestMail = guestMail
		opt.Template, _ = ParseTemplate("t", `{{define "chat"}}hi{{end}}{{define "subject"}}x{{end}}{{define "guest.subject"}}x{{end}}`)
		for name, text := range everything(t, handTo(t, opt, r).Folder) {
			if name != ledgerName && !strings.Contains(text, "SANDBOX") {
				t.Errorf("%s does not say SANDBOX", name)
			}
			if strings.HasSuffix(name, ".eml") && !strings.Contains(text, "[SANDBOX] x") {
				t.Errorf("%s has no sandbox in its subject", name)
			}
		}
	}
}

func TestOnlyItsOwnerReadsIt(t *testing.T) {
	x := handTo(t, byManager(), listResults(columns, row(2, invited("a@x.example"), "A", "a@x.example", "M")))
	err := filepath.WalkDir(x.Folder, func(path string, d fs.DirEntry, err error) error {
		info, statErr := d.Info()
		if err != nil || statErr != nil {
			return errors.Join(err, statErr)
		}
		if d.IsDir() && runtime.GOOS == "windows" {
			return nil // its files tell
		}
		if d.IsDir() && info.Mode().Perm() != 0o700 || !d.IsDir() && !durable.IsPrivate(path) {
			t.Errorf("%s: others can read it: %v", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIndexSaysWhatWentWhere(t *testing.T) {
	x := handTo(t, byManager(), listResults(columns,
		row(2, invited("a@x.example"), "A", "a@x.example", "Maren"),
		row(3, batch.Outcome{Address: "b@x.example", Status: batch.Failed, Error: "Group email address is not supported."}, "B", "b@x.example", "maren"),
		row(0, invited("c@x.example"), "C", "c@x.example", " ")))
	want := [][]string{
		{"Manager", "Folder", "Email to", "Links", "Have access", "No link", "In earlier package", "Files", "Note"},
		{"(no Manager)", "unassigned", "", "0", "0", "1", "0", "unassigned.xlsx, unassigned.eml", noRecipient},
		{"Maren", "Maren", "", "1", "0", "1", "0", "Maren.xlsx, Maren.txt, Maren.eml", noRecipient},
	}
	if diff := cmp.Diff(want, sheet(t, filepath.Join(x.Folder, indexName), "Packages")); diff != "" {
		t.Error(diff)
	}
	want = [][]string{
		{"Name", "Address", "Package", "Link", "Reason", "Source row"},
		{"C", "c@x.example", "unassigned", "None yet", "No longer in the list: The row was taken out of the list or the results after the invitation, or its address was corrected, so the link is left out."},
		{"A", "a@x.example", "Maren", "In the package", "", "2"},
		{"B", "b@x.example", "Maren", "None yet", "Not invited: Group email address is not supported.", "3"},
	}
	if diff := cmp.Diff(want, sheet(t, filepath.Join(x.Folder, indexName), "Guests")); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsOfTheRecords(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "packs")
	broken := errors.New("broken journal")
	r := listResults(columns)
	r.Records = func(yield func(batch.Record, error) bool) { yield(batch.Record{}, broken) }
	if _, err := Write(t.Context(), folder, byManager(), r); !errors.Is(err, broken) {
		t.Error(err)
	}
	_, err := Write(t.Context(), folder, Options{By: "Region"}, listResults(columns))
	if _, ok := errors.AsType[*selection.UnknownHeadingError](err); !ok || !strings.HasSuffix(err.Error(), `its columns are "Name", "Email", "Manager", "Manager Email", "Project"`) {
		t.Error(err)
	}
	_, err = Write(t.Context(), folder, Options{By: "Manager", ToHeading: "Mail of manager"}, listResults(columns))
	if e, ok := errors.AsType[*ToHeadingError](err); !ok || e.Error() != `the list has no column "Mail of manager"` || !strings.HasPrefix(e.Hint(), "no column has addresses") {
		t.Error(err)
	}
	if exists(folder) {
		t.Error("a folder was made")
	}
}

// tired is a context that ends after its Err was called some times.
type tired struct {
	context.Context //nolint:containedctx // it stands for one
	looks           atomic.Int64
}

// tiredAfter is such a context.
func tiredAfter(ctx context.Context, looks int) *tired {
	c := &tired{Context: ctx}
	c.looks.Store(int64(looks))
	return c
}

func (c *tired) Err() error {
	if c.looks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestWholeOrNotAtAll interrupts hand-offs everywhere.
func TestWholeOrNotAtAll(t *testing.T) {
	parent := t.TempDir()
	folder := filepath.Join(parent, "packs")
	r := func() report.Results {
		return listResults(columns,
			row(2, invited("a@x.example"), "A", "a@x.example", "M"),
			row(3, invited("b@x.example"), "B", "b@x.example", "N"))
	}
	interrupted := 0
	for looks := range 100 {
		_, err := Write(tiredAfter(t.Context(), looks), folder, byManager(), r())
		left, readErr := os.ReadDir(parent)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err == nil {
			if len(left) != 1 {
				t.Errorf("left: %v", left)
			}
			break
		}
		interrupted++
		if len(left) != 0 {
			t.Fatalf("after %d looks: %v, left: %v", looks, err, left)
		}
	}
	if interrupted < 5 {
		t.Errorf("interrupted only %d times", interrupted)
	}
}

// TestCorrectedAddress: the link belongs to the address that was invited, also where
// the list was corrected since.
func TestCorrectedAddress(t *testing.T) {
	x := handTo(t, byManager(), listResults(columns,
		row(2, invited("old@x.example"), "A", "new@x.example", "M"),
		row(3, invited("b@x.example"), "B", "B@X.example", "M")))
	rows := sheet(t, filepath.Join(x.Folder, "M", "M.xlsx"), "Guests")
	if rows[1][1] != "old@x.example" || rows[2][1] != "B@X.example" {
		t.Errorf("%q, %q", rows[1][1], rows[2][1])
	}
}

// foreign would command a terminal, hide, or turn text around.
const foreign = "\x1b]52;c;cm0gLXJm\x07\u202egpj.exe\u2066\u200b\u2028\u00ad\U000e0041"

// TestForeignTextsAreSafe puts such texts everywhere and looks into every file,
// and at the names of the files.
func TestForeignTextsAreSafe(t *testing.T) {
	failed := batch.Outcome{Address: "b@x.example", Status: batch.Failed, Error: "Graph said " + foreign}
	r := listResults([]string{"Name" + foreign, "Email", "Manager" + foreign, "Notes" + foreign},
		row(2, invited("a@x.example"), "A"+foreign, "a@x.example", "M"+foreign, "N"+foreign),
		row(3, failed, "B"+foreign, "b"+foreign+"@x.example", "m"+foreign, "two\nlines"+foreign),
		row(4, failed, "C", "c@x.example", "n"+foreign, "N"))
	for _, guestMail := range []bool{false, true} {
		opt := Options{By: "Manager" + foreign, ToHeading: "Notes" + foreign, Header: batch.Header{Fields: fields}, At: at, GuestMail: guestMail}
		opt.Template = given(t, `{{define "subject"}}{{.Value}}{{range .Guests}}{{range .Columns}}{{.}}{{end}}{{end}}{{end}}`)
		for name, content := range everything(t, handTo(t, opt, r).Folder) {
			if i := strings.IndexFunc(name+content, isUnsafe); i >= 0 {
				t.Errorf("%q has %q", name, (name + content)[max(0, i-40):i+4])
			}
		}
	}
}

// isUnsafe finds control and format characters, but for those of text files.
func isUnsafe(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl) && !strings.ContainsRune("\n\r\t", r)
}
