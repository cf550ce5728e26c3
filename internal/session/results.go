package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/results"
	"guestlist/batch/sheet"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/durable"
	"guestlist/internal/machine"
	"guestlist/internal/secret"
	"guestlist/internal/text"
	"guestlist/report"
	"guestlist/report/xlsx"
)

// The kinds of results, by the ending of their file's name.
const (
	Workbook = ".xlsx"
	CSV      = ".csv"
	JSONL    = ".jsonl"
	Page     = ".html"
)

// What the names of results end in.
const (
	RealEnding    = ".results.xlsx"
	SandboxEnding = ".sandbox.xlsx"
)

// ResultsPath is where the results of a list go when no file is named. The results
// of a list of results are that workbook itself.
func ResultsPath(list, ending string) string {
	if strings.HasSuffix(strings.ToLower(list), ending) {
		return list
	}
	return strings.TrimSuffix(list, filepath.Ext(list)) + ending
}

// KindOf is the ending that says what to write into a file: [Workbook] and so on.
func KindOf(path string) string { return strings.ToLower(filepath.Ext(path)) }

// EarlierResults are results that are read again: a workbook, its sheets in their order,
// or a CSV file, as people have left them, or a journal.
type EarlierResults struct {
	path string
	// journals is where the journal of a workbook or CSV file is.
	journals Place
	// journal is nil for a workbook or CSV file, journalHeader the header of its list.
	journal       *journal.Journal
	journalHeader batch.Header
	sheets        []*source
	// own are the positions of the list's own columns.
	own []int
	// newer is what other journals know, nil before ReadJournalsAtHand.
	newer *newerInvitations
	// run is what is known of the run, nil before summary; uid is what the journal is
	// known by, "" where it cannot be read.
	run *batch.RunFacts
	uid string
	// inJournal says that the journal has the same rows, as of summary.
	inJournal bool
}

// OpenResults opens results. What is wrong with them is a [*UsageError]. The caller
// must close them.
func OpenResults(ctx context.Context, path string, o ReadOptions) (*EarlierResults, error) {
	if IsJournal(path) {
		return openJournalAsResults(ctx, path, o)
	}
	o.IsWritten = writtenFrom(ctx, path)
	sheets, err := resultsSheets(path, o)
	if err != nil {
		err = errors.Join(err, closeAll(sheets))
		return nil, notResults(path, err)
	}
	r := &EarlierResults{path: firstName(Resolve(path)), journals: o.Journals, sheets: sheets}
	for i, heading := range sheets[0].header().Columns {
		if !sheets[0].isResultColumn(heading) {
			r.own = append(r.own, i)
		}
	}
	return r, nil
}

// openJournalAsResults opens the journal of results instead of these.
func openJournalAsResults(ctx context.Context, path string, o ReadOptions) (*EarlierResults, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, Usagef("check the name of the file", "the journal %s cannot be read: %w", path, durable.Cause(err))
	}
	j, err := journal.Open(ctx, path, journal.Anyone())
	if err != nil {
		return nil, err
	}
	columns, err := j.Columns(ctx)
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return &EarlierResults{path: ResultsOf(path), journal: j, journalHeader: sheet.HeaderOf(columns, o.Map)}, nil
}

// notResults says what is in the way of reading results. Where the file is none,
// it says which is; all else has its own advice: a password, a --map.
func notResults(path string, err error) error {
	none := errors.Is(err, errNoResults) || errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*sheet.UnknownSheetError))
	if found, ok := errors.AsType[*sheet.NoAddressError](err); ok {
		_, isResults := results.FindLayout(found.Headings)
		none = !isResults
	}
	if !none && Hint(err) != "" {
		return AsUsage(err)
	}
	return Usagef("give the workbook that invite wrote: it ends in .results.xlsx", "%s is no results workbook: %w", path, err)
}

// Close gives the files back.
func (r *EarlierResults) Close() error {
	if r.journal != nil {
		return r.journal.Close()
	}
	return closeAll(r.sheets)
}

// Header is that of the list, without the columns of the results.
func (r *EarlierResults) Header() batch.Header {
	if r.journal != nil {
		return r.journalHeader
	}
	whole := r.sheets[0].header()
	own := batch.Header{Columns: r.pick(whole.Columns), Fields: make(map[batch.Field]int)}
	for field, at := range whole.Fields {
		if i := slices.Index(r.own, at); i >= 0 {
			own.Fields[field] = i
		}
	}
	for _, part := range whole.NameFrom {
		part.Column = slices.Index(r.own, part.Column) // -1 for text, and for a result column, which is nobody's name
		own.NameFrom = append(own.NameFrom, part)
	}
	return own
}

// pick leaves out the cells of the results.
func (r *EarlierResults) pick(cells []string) []string {
	picked := make([]string, len(r.own))
	for i, at := range r.own {
		if at < len(cells) {
			picked[i] = cells[at]
		}
	}
	return picked
}

// records yields every row with what became of it: from the journal, where that has the
// same rows, which takes a quarter of the time.
func (r *EarlierResults) records(ctx context.Context, tenant string) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		told := false
		if r.inJournal {
			// What cannot be read now, the file tells.
			_ = r.journals.read(ctx, r.path, func(j *journal.Journal) (err error) {
				if told, err = r.isLatest(ctx, j); err != nil || !told {
					return err
				}
				j.Records(ctx)(yield)
				return nil
			})
		}
		if !told {
			r.fileRecords(ctx, tenant)(yield)
		}
	}
}

// isLatest reports whether the results are what a run wrote last, and their journal has
// learnt nothing since. Its columns may still have other headings: a workbook has none twice.
func (r *EarlierResults) isLatest(ctx context.Context, j *journal.Journal) (bool, error) {
	columns, err := j.Columns(ctx)
	if err != nil || !slices.Equal(columns, r.Header().Columns) {
		return false, err
	}
	return isLatest(ctx, j, r.path, r.sheets[0].list.SHA256())
}

// fileRecords yields the rows of the file. Files come from anywhere: a link is
// left out unless it is an invitation link of the tenant, or the journal beside the file
// has it. Where the journal does not name the tenant, that of the row counts.
func (r *EarlierResults) fileRecords(ctx context.Context, tenant string) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		inJournal := sync.OnceValue(func() map[unusualLink]secret.Text { return unusualLinks(ctx, r.journals, r.path, tenant) })
		for _, s := range r.sheets {
			for row, err := range s.list.Rows() {
				if errors.Is(err, sheet.ErrEmpty) {
					break
				}
				if err != nil {
					yield(batch.Record{}, err)
					return
				}
				rec := r.record(s, row)
				key, _ := s.layout.Key(row)
				o := &rec.Outcome
				switch {
				case s.layout.LinkIsInJournal(row):
					if o.RedeemURL = inJournal()[unusualLink{o.Address, key.Link}]; o.RedeemURL.IsZero() {
						results.LoseLink(o)
					}
				case o.RedeemURL.IsZero() || isInvitationLink(o.RedeemURL, cmp.Or(tenant, key.Tenant)):
				case inJournal()[unusualLink{o.Address, results.LinkSum(o.RedeemURL)}].IsZero():
					results.LeaveOutLink(o)
				}
				if !yield(rec, nil) {
					return
				}
			}
		}
	}
}

// unusualLink is the checksum of a guest's link that has not the documented shape - Graph
// may give another one some day - or that a workbook cannot hold.
type unusualLink struct{ address, sum string }

// unusualLinks are those that the journal of some results of a tenant has, none where there
// is no journal that can be read now.
func unusualLinks(ctx context.Context, journals Place, path, tenant string) map[unusualLink]secret.Text {
	links := make(map[unusualLink]secret.Text)
	err := journals.read(ctx, path, func(j *journal.Journal) error {
		for rec, err := range j.Records(ctx) {
			if err != nil {
				return err
			}
			link := rec.Outcome.RedeemURL
			if _, cut := xlsx.Fit(link.Reveal()); cut || !link.IsZero() && !isInvitationLink(link, tenant) {
				links[unusualLink{rec.Outcome.Address, results.LinkSum(link)}] = link
			}
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return links
}

// isInvitationLink reports whether a link is one of a tenant, in whatever cloud that is;
// of any tenant for "".
func isInvitationLink(link secret.Text, tenant string) bool {
	if tenant == journal.SandboxTenant {
		tenant = sandbox.TenantID
	}
	return slices.ContainsFunc(graph.Clouds(), func(c graph.Cloud) bool { return c.IsInvitationLink(link, tenant) })
}

func (r *EarlierResults) record(s *source, row batch.Row) batch.Record {
	row = s.unguarded(row)
	o, _ := s.layout.Outcome(batch.Judged{Row: row, Address: addressKey(s.header().Value(row, batch.Email))})
	if !slices.Contains(batch.Statuses(), o.Status) {
		o.Status = batch.Pending
	}
	rec := batch.Record{Line: s.layout.SourceRow(row), Cells: r.pick(s.sentCells(row, o)), Outcome: o}
	if o.HasGuest() {
		rec.Guest = s.layout.Guest(row)
		rec.FollowUps = s.layout.FollowUps(row)
	}
	return rec
}

// summary is what is known of the run.
func (r *EarlierResults) summary(ctx context.Context) (batch.RunFacts, error) {
	if r.run == nil {
		known, err := r.readRun(ctx)
		if err != nil {
			return known, err
		}
		r.run = &known
	}
	return *r.run, nil
}

// readRun is what the journal beside the results knows of the run, or what the rows
// themselves tell.
func (r *EarlierResults) readRun(ctx context.Context) (batch.RunFacts, error) {
	known, err := r.rememberedRun(ctx)
	if err != nil || known.Tool != "" {
		return known, err
	}
	known.List = filepath.Base(r.path)
	for row, err := range r.sheets[0].list.Rows() {
		if err != nil {
			break // an empty list tells nothing
		}
		if key, ok := r.sheets[0].layout.Key(row); ok {
			known.Tenant, known.Sandbox = key.Tenant, key.Tenant == journal.SandboxTenant
			break
		}
	}
	return known, nil
}

// rememberedRun is the latest run of the journal, none where there is no journal that
// can be read now.
func (r *EarlierResults) rememberedRun(ctx context.Context) (known batch.RunFacts, err error) {
	err = r.journals.read(ctx, r.path, func(j *journal.Journal) error {
		var runErr, uidErr, latestErr error
		known, runErr = j.Summary(ctx)
		r.uid, uidErr = j.UID(ctx)
		r.inJournal, latestErr = r.isLatest(ctx, j)
		return errors.Join(runErr, uidErr, latestErr)
	})
	return known, err
}

// Report has the rows and the facts of the run, to be written again. What other journals know
// goes with the rows, so that it is not kept any longer than they are.
func (r *EarlierResults) Report(ctx context.Context) (report.Results, error) {
	newer := r.newer
	r.newer = nil
	if r.journal != nil {
		known, err := resultsOf(ctx, r.journal, newer)
		return about(known, r.journalHeader), err
	}
	known, err := r.summary(ctx)
	if err != nil {
		return report.Results{}, fmt.Errorf("read the run: %w", err)
	}
	header := r.Header()
	return about(report.Results{Columns: header.Columns, Records: newer.judged(r.records(ctx, known.Tenant)), Summary: known, FollowUps: r.sheets[0].layout.HasFollowUps()}, header), nil
}

// ReadJournalsAtHand finds out whose link a newer invitation has ended, in another
// journal of the same tenant: those beside the results, and those that this user wrote
// on this machine. [EarlierResults.Report] then tells it of the rows. A journal that
// cannot be read is named to notice: what it knows is not considered.
func (r *EarlierResults) ReadJournalsAtHand(ctx context.Context, state machine.State, notice func(string)) (err error) {
	if r.journal != nil {
		e := export{ExportOptions: ExportOptions{State: state, Notice: notice}, j: r.journal, results: r.path}
		r.newer, err = e.newer(ctx)
		return err
	}
	facts, err := r.summary(ctx)
	if err != nil {
		return err
	}
	at, err := journalsBeside(r.path, r.uid, facts, state)
	if err != nil {
		return err
	}
	if at == nil { // no other journal counts
		known := (&registry{state: state}).addTo(journal.AtHand{Identity: journal.Identity{Tenant: facts.Tenant, Sandbox: facts.Sandbox}})
		at = &known
	}
	// The journal of the results itself may know more than they do: after a run that was
	// killed, while one goes on, or where an older copy of the results was put back.
	at.Own, at.OwnUID = "", ""
	if r.inJournal {
		at.Own, at.OwnUID = journal.Path(r.path), r.uid
	}
	if r.journals.InDatabase() {
		if at.Database, err = r.journals.connect(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, at.Database.Close()) }()
	} else if !r.inJournal {
		if at.Registered == nil {
			at.Registered = make(map[string]string)
		}
		at.Registered[journal.Path(r.path)] = ""
	}
	resolution := time.Second
	if r.inJournal {
		resolution = 0
	}
	r.newer, err = readNewer(ctx, at.Known(ctx), r.records(ctx, facts.Tenant), resolution, notice, r.uid)
	if err == nil && !r.inJournal {
		r.newer.readOwn(ctx, r.journals, r.path)
	}
	return err
}

// Emailed are the guests whom Microsoft has emailed, as far as the journal of the results can be
// read now.
func (r *EarlierResults) Emailed(ctx context.Context) (emailed batch.ByAddress[bool], err error) {
	if r.journal != nil {
		return r.journal.Emailed(ctx)
	}
	err = r.journals.read(ctx, r.path, func(j *journal.Journal) (err error) {
		emailed, err = j.Emailed(ctx)
		return err
	})
	return emailed, err
}

// Handoffs are the folders of hand-offs of the results, as far as they are known: their journal
// tells where it can be read now, and the others are beside the results.
func (r *EarlierResults) Handoffs(ctx context.Context) (folders []string, err error) {
	if r.journal != nil {
		return handoffFolders(ctx, r.journal, r.path)
	}
	isRead := false
	err = Place{}.read(ctx, r.path, func(j *journal.Journal) (err error) {
		isRead = true
		folders, err = handoffFolders(ctx, j, r.path)
		return err
	})
	if err != nil || isRead {
		return folders, err
	}
	return handoffFolders(ctx, nil, r.path)
}

// RememberHandoff keeps in the journal of the results, where that can be opened now, where
// a hand-off was made.
func (r *EarlierResults) RememberHandoff(ctx context.Context, folder string) error {
	return Place{}.read(ctx, r.path, func(j *journal.Journal) error { return j.AddDerived(ctx, journal.Derived{Path: folder}) })
}

// Batch is what the batch of the results is known by wherever they are moved, "" where their
// journal is not beside them or cannot be read now.
func (r *EarlierResults) Batch(ctx context.Context) (uid string, err error) {
	if r.journal != nil {
		return r.journal.UID(ctx)
	}
	_, err = r.summary(ctx)
	return r.uid, err
}

// Path is the file of the results.
func (r *EarlierResults) Path() string { return r.path }

// journalsBesideOwn is journalsBeside for results whose own journal is open.
func journalsBesideOwn(ctx context.Context, j *journal.Journal, path string, state machine.State) (*journal.AtHand, error) {
	facts, err := j.Summary(ctx)
	if err != nil {
		return nil, err
	}
	uid, err := j.UID(ctx)
	if err != nil {
		return nil, err
	}
	return journalsBeside(path, uid, facts, state)
}

// journalsBeside are the other journals of the tenant of a journal that is only read, nil
// where that is not known: journals of other tenants would count. Nor does it matter for
// the simulated tenant, which is new for each run.
func journalsBeside(path, uid string, facts batch.RunFacts, state machine.State) (*journal.AtHand, error) {
	if facts.Tenant == "" || facts.Sandbox {
		return nil, nil
	}
	id := journal.Identity{Tenant: facts.Tenant}
	registered := registry{state: state, tenant: &Tenant{ID: id}}
	if err := registered.read(); err != nil {
		return nil, err
	}
	at := registered.addTo(journal.AtHand{
		Identity: id, Own: journal.Path(path), OwnUID: uid, Folder: filepath.Dir(path),
	})
	return &at, nil
}

// MyApps is where people find the apps of the tenant that results are of, "" where the
// tenant is not known. A rehearsal has an address, too.
func MyApps(facts batch.RunFacts) string {
	if facts.Sandbox {
		return sandboxCloud().MyAppsOf(sandbox.TenantID)
	}
	cloud, err := graph.ParseCloud(cmp.Or(facts.Settings["cloud"], graph.Clouds()[0].Name))
	if err != nil || facts.Tenant == "" {
		return ""
	}
	return cloud.MyAppsOf(facts.Tenant)
}

// Resolve returns the name by which a file is known, in whatever way it was written: a
// symbolic link stands for its file; letters are those of the folder, which may not tell
// small from capital ones, or have a short name for a long one; and of several hard links
// in a folder, the one beside which there is a journal counts. A file that is not there
// keeps its name.
func Resolve(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return path
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		path = follow(path)
	}
	if info, err = os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return path
	}
	folder, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(folder + "."))
	if err != nil {
		return path
	}
	names := make([]string, len(entries)) // sorted
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	if i := knownAs(names, name, func(other string) bool {
		found, err := os.Lstat(folder + other)
		return err == nil && os.SameFile(info, found)
	}); i >= 0 {
		return folder + names[i]
	}
	return path
}

// follow is the file that a symbolic link leads to, also where that is not there.
func follow(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target, err := os.Readlink(path)
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(target):
		return target
	default:
		return filepath.Join(filepath.Dir(path), target)
	}
}

// knownAs is which of a folder's names, in their order, a file is known by, -1 for none
// of them. Only names that are likely are asked about, since a folder may be large.
func knownAs(names []string, name string, same func(string) bool) int {
	at, exact := slices.BinarySearch(names, name)
	if exact && hasJournal(names, name) {
		return at
	}
	likely := func(other string) bool { return strings.EqualFold(other, name) || hasJournal(names, other) }
	for _, ask := range []func(string) bool{
		func(other string) bool { return hasJournal(names, other) },                  // a hard link
		func(other string) bool { return !exact && strings.EqualFold(other, name) },  // other letters
		func(other string) bool { return !exact && !likely(other) && isShort(name) }, // a short name
	} {
		if i := slices.IndexFunc(names, func(other string) bool { return ask(other) && same(other) }); i >= 0 {
			return i
		}
	}
	if exact {
		return at
	}
	return -1
}

func hasJournal(names []string, name string) bool {
	_, found := slices.BinarySearch(names, journal.Path(name))
	return found
}

// isShort reports whether a name may be one of DOS.
func isShort(name string) bool { return strings.Contains(name, "~") }

// ExportOptions say which results are written again, and where.
type ExportOptions struct {
	// From is a journal, or a results workbook or CSV file as people have left it; Out's
	// ending says as what it is written.
	From, Out string
	// NoLinks leaves out the invitation links.
	NoLinks bool
	Read    ReadOptions
	State   machine.State
	Notice  func(string)
}

// Export writes results again, and counts the rows. Where the journals are in a database,
// results that are not there are written from their batch.
func Export(ctx context.Context, o ExportOptions) (batch.Counts, error) {
	anew := o.Read.Journals.InDatabase() && (o.From == o.Out || !exists(o.From))
	if err := mayReplace(o.From, o.Out, o.Read); err != nil && !anew {
		return nil, err
	}
	o.Out = Resolve(o.Out)
	switch {
	case anew:
		return exportBatch(ctx, o)
	case IsJournal(o.From):
		return exportJournal(ctx, o)
	}
	return exportResults(ctx, o)
}

// IsJournal reports whether a file is a journal by its name.
func IsJournal(path string) bool { return strings.HasSuffix(strings.ToLower(path), journal.Path("")) }

// ResultsOf is the workbook that a journal stands beside.
func ResultsOf(journalPath string) string {
	return journalPath[:len(journalPath)-len(journal.Path(""))] + Workbook
}

// exportJournal writes what a journal holds.
func exportJournal(ctx context.Context, o ExportOptions) (counts batch.Counts, err error) {
	j, err := journal.Open(ctx, o.From, journal.Anyone())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	name, _, err := j.Written(ctx)
	if err != nil {
		return nil, err
	}
	// The file that runs write, and not a page or a CSV file beside it.
	isItsOwn := SameFile(journal.Path(o.Out), o.From) && (name == "" || name == filepath.Base(o.Out))
	e := export{ExportOptions: o, j: j, results: ResultsOf(o.From), isItsOwn: isItsOwn}
	return e.write(ctx)
}

// exportBatch writes what the database holds of some results, whatever runs.
func exportBatch(ctx context.Context, o ExportOptions) (counts batch.Counts, err error) {
	journals := o.Read.Journals
	d, err := journals.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	tenant, name := journals.batch(o.From)
	j, err := d.Read(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	e := export{ExportOptions: o, j: j, database: d, results: o.From, isItsOwn: o.From == o.Out}
	return e.write(ctx)
}

// export writes what a journal holds of some results into a file.
type export struct {
	ExportOptions

	j        *journal.Journal
	database *journal.Database // that it is in, nil for a file
	results  string
	isItsOwn bool // Out is the file that runs write
}

func (e *export) write(ctx context.Context) (batch.Counts, error) {
	if e.isItsOwn && e.NoLinks {
		return nil, Usagef("name another file with --out", "%s are the results themselves, which keep their links", text.Line(e.Out))
	}
	if e.isItsOwn {
		file, err := inspect(ctx, e.j, e.Out)
		if err != nil {
			return nil, err
		}
		if err := file.keep(e.Notice); err != nil {
			return nil, err
		}
	}
	newer, err := e.newer(ctx)
	if err != nil {
		return nil, err
	}
	w := writing{journal: e.j, newer: newer, notice: e.Notice}
	if !e.isItsOwn {
		summary, err := w.derived(ctx, journal.Derived{Path: e.Out, NoLinks: e.NoLinks})
		return summary.Counts, err
	}
	summary, _, err := w.results(ctx, e.Out)
	if err == nil {
		err = remember(ctx, e.j, e.Out, newer)
	}
	return summary.Counts, err
}

// newer is what other journals know of the guests.
func (e *export) newer(ctx context.Context) (*newerInvitations, error) {
	at, err := journalsBesideOwn(ctx, e.j, e.results, e.State)
	if err != nil || at == nil {
		return nil, err
	}
	at.Database = e.database
	return readNewer(ctx, at.Known(ctx), e.j.Records(ctx), 0, e.Notice, "")
}

// exportResults writes results as people have left them.
func exportResults(ctx context.Context, o ExportOptions) (counts batch.Counts, err error) {
	earlier, err := OpenResults(ctx, o.From, o.Read)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, earlier.Close()) }()
	if err := earlier.ReadJournalsAtHand(ctx, o.State, o.Notice); err != nil {
		return nil, err
	}
	r, err := earlier.Report(ctx)
	if err != nil {
		return nil, err
	}
	tally := batch.NewTally()
	if o.NoLinks {
		r = withoutLinks(r)
	}
	if err := writeAs(ctx, o.Out, r, tally, o.Notice); err != nil {
		return tally.Counts, err
	}
	return tally.Counts, rememberDerived(ctx, earlier.path, journal.Derived{Path: o.Out, NoLinks: o.NoLinks})
}

// mayReplace refuses to write over the file that is read, and over a workbook
// or CSV file that is not ours. Pages and JSON lines are never read again.
func mayReplace(path, out string, read ReadOptions) error {
	if SameFile(path, out) {
		return Usagef("name another file with --out", "%s would be written over itself", path)
	}
	if kind := KindOf(out); kind != Workbook && kind != CSV {
		return nil
	}
	if _, err := os.Stat(out); err != nil {
		return nil //nolint:nilerr // nothing is there
	}
	books, err := resultsSheets(out, ReadOptions{Options: sheet.Options{Map: read.Map}})
	return inTheWay(out, errors.Join(err, closeAll(books)))
}
