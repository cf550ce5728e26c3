package session

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/sheet"
	"guestlist/internal/durable"
	"guestlist/internal/machine"
	"guestlist/internal/mention"
	"guestlist/internal/shell"
	"guestlist/internal/text"
	"guestlist/report"
	"guestlist/report/handoff"
)

// ForgetOptions say whom some results are to forget.
type ForgetOptions struct {
	// Results is the results file or its journal, Address that of the person.
	Results, Address string
	// Journals is where the journals of results are.
	Journals Place
	// Operator is account and machine of who asks for it, Command what other runs are told.
	Operator, Command string
	State             machine.State
	// Confirm is asked before anything is changed; its error is the result. nil asks no one.
	Confirm func(Person) error
	Notice  func(string)
}

// Person is whom a batch knows by an address.
type Person struct {
	Address string
	// Results are those of the batch.
	Results string
	// Names are those of the rows, Lines where these are in the list, Status what the first of
	// them is, "" where the list has none.
	Names  []string
	Lines  []int
	Status batch.Status
	// Packages name the person, and are removed with everyone else in them.
	Packages []string
}

// Forgotten tells what became of everything that held a person.
type Forgotten struct {
	Person
	journal.Forgot

	// From is the journal, where the results are not here: it is in a database.
	From string
	// Rewritten are files made of the results that were written again, Removed the packages
	// that held the person.
	Rewritten, Removed []string
	// Cleared are the folders that the packages were in.
	Cleared []string
	// Left are copies that hold the person still.
	Left []LeftCopy
}

// LeftCopy is a copy of a person's data that guestlist does not change.
type LeftCopy struct {
	Path string
	// Batch says that it is the results of another batch, IsList that it is the list.
	Batch, IsList bool
	// Flags are those by which a command finds a batch in a database, "" for a file.
	Flags string
	// Why is what keeps it from being changed, "" where it is simply somebody else's.
	Why string
}

// Forget erases a person from the journal, the results, the files made of them and the
// packages, and finds copies that it does not change. What a forget that was killed has left
// undone is done, too. It needs no sign-in and changes nothing in the tenant.
func Forget(ctx context.Context, o ForgetOptions) (f *Forgotten, err error) {
	if _, err := judge.Address(o.Address); err != nil {
		return nil, Usagef("give the address of the person as the results have it", "%q is no email address: %w", text.Line(o.Address), err)
	}
	w := forgetter{ForgetOptions: o, key: addressKey(o.Address)}
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	return w.forget(ctx)
}

// forgetter makes results forget a person.
type forgetter struct {
	ForgetOptions

	key     string // of the address
	results string
	journal *journal.Journal
	// database is that of the journal, and batch what the journal is there; nil for a file.
	database *journal.Database
	batch    journal.Batch
	// still are the people whom derived files may have yet.
	still *journal.Forgotten
}

// open opens the journal of the results.
func (w *forgetter) open(ctx context.Context) error {
	path := firstName(Resolve(w.Results))
	if IsJournal(w.Results) {
		var err error
		if path, err = writtenBeside(ctx, w.Results); err != nil {
			return err
		}
	}
	w.results = path
	if w.Journals.InDatabase() && !IsJournal(w.Results) {
		return w.openBatch(ctx)
	}
	if err := checkPointer(path); err != nil {
		return err
	}
	if !exists(journal.Path(path)) {
		return Usagef("name the workbook that invite wrote, beside its journal; lists and copies of results have to be corrected by hand",
			"%s has no journal: %s is not there", text.Line(path), text.Line(filepath.Base(journal.Path(path))))
	}
	j, err := journal.Open(ctx, journal.Path(path), journal.Anyone())
	w.journal = j
	return err
}

// openBatch opens the batch of the results in the database, as the one run of its tenant.
func (w *forgetter) openBatch(ctx context.Context) (err error) {
	if w.database, err = w.Journals.connect(ctx); err != nil {
		return err
	}
	tenant, name := w.Journals.batch(w.results)
	spill, err := filepath.Abs(journal.SpillPath(w.results))
	if err == nil {
		o := journal.RunOptions{Runner: runnerOf(w.Operator, w.Command, name, time.Now()), Spill: spill, Notice: w.Notice}
		w.journal, w.batch, err = w.database.OpenKnown(ctx, tenant, name, o)
	}
	if err != nil {
		return errors.Join(err, w.database.Close())
	}
	return nil
}

func (w *forgetter) close() error {
	err := w.journal.Close()
	if w.database != nil {
		err = errors.Join(err, w.database.Close())
	}
	return err
}

func (w *forgetter) forget(ctx context.Context) (*Forgotten, error) {
	file, err := w.checkFiles(ctx)
	if err != nil {
		return nil, err
	}
	f := &Forgotten{}
	if f.Person, err = w.find(ctx); err != nil {
		return nil, err
	}
	if f.Forgot, err = w.journal.CheckForget(ctx, w.key); err != nil {
		return nil, w.refusal(ctx, err)
	}
	if f.Packages, err = w.packages(ctx); err != nil {
		return nil, err
	}
	if w.database != nil && !exists(standing(w.results)) { // the results are on another machine, or nowhere
		f.From = "the batch " + w.journal.Name()
	}
	if done, err := w.isDone(ctx, f); err != nil || done {
		return f, errors.Join(err, w.findCopies(ctx, f))
	}
	if w.Confirm != nil {
		if err := w.Confirm(f.Person); err != nil {
			return nil, err
		}
	}
	if f.Forgot, err = w.journal.Forget(ctx, journal.Forgetting{Address: w.key, Names: f.Names, Operator: w.Operator}); err != nil {
		return nil, w.refusal(ctx, err)
	}
	if w.still, err = w.journal.StillForgetting(ctx); err != nil {
		return f, err
	}
	if err := w.rewrite(ctx, file, f); err != nil {
		return f, w.unwritten(ctx, err)
	}
	if err := w.clearHandoffs(ctx, f); err != nil {
		return f, err
	}
	if err := w.findCopies(ctx, f); err != nil {
		return f, err
	}
	return f, w.journal.FinishForgetting(ctx)
}

// packages are those that name the person.
func (w *forgetter) packages(ctx context.Context) (paths []string, err error) {
	folders, err := handoffFolders(ctx, w.journal, w.results)
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		packs, err := handoff.Naming(folder, func(address string) bool { return addressKey(address) == w.key })
		if err != nil {
			return nil, err
		}
		paths = append(paths, within(folder, packs)...)
	}
	return paths, nil
}

// isDone reports whether the person was forgotten before and nothing is left to erase: not in
// the journal, not by a forget that was killed, and in no file that was made of the journal.
func (w *forgetter) isDone(ctx context.Context, f *Forgotten) (bool, error) {
	if f.Since.IsZero() || f.Rows+f.Attempts+len(f.Packages) > 0 {
		return false, nil
	}
	still, err := w.journal.StillForgetting(ctx)
	if err != nil || still.Len() > 0 {
		return false, err
	}
	derived, err := w.journal.AllDerived(ctx)
	if err != nil {
		return false, err
	}
	for _, d := range derived {
		if d.Digest == "" || !exists(d.Path) {
			continue
		}
		if held, err := w.holds(d.Path); err != nil || held {
			return false, nil //nolint:nilerr // what cannot be read is told as in the first time
		}
	}
	return true, nil
}

// within are the paths of packages in their folder.
func within(folder string, packs []string) (paths []string) {
	for _, name := range packs {
		paths = append(paths, filepath.Join(folder, filepath.FromSlash(name)))
	}
	return paths
}

// refusal says what the journal refuses, with the next step.
func (w *forgetter) refusal(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, journal.ErrNotInBatch):
		return Usagef("give the address as it is in the results", "%s has no row of %s", text.Line(w.results), text.Line(w.Address))
	case errors.As(err, new(*journal.OpenError)):
		return Usagef("find out first what became of it, then run the same command again:\n"+w.next(ctx, "retry"), "%w", err)
	}
	return err
}

// next is a command about the results that has to be run first.
func (w *forgetter) next(ctx context.Context, name string) string {
	command := "guestlist " + name + " " + shell.File(w.Results)
	if w.database != nil {
		command += " " + w.Journals.flags(w.batch.Tenant, w.batch.Name)
	}
	if facts, err := w.journal.Summary(ctx); err == nil && facts.Sandbox {
		command += " --sandbox"
	}
	return command
}

// unwritten says that the results still have the person, since they could not be written.
func (w *forgetter) unwritten(ctx context.Context, err error) error {
	e := unwrittenBeside(err, w.results)
	if w.database != nil {
		e.Journal, e.When = w.journal.Name(), "they can be written"
		e.Again = w.next(ctx, "forget") + " " + shell.Quote(w.Address)
	}
	return e
}

// checkFiles makes sure that the results can be written, and that nothing that people changed
// in them would be lost.
func (w *forgetter) checkFiles(ctx context.Context) (resultsFile, error) {
	file, err := inspect(ctx, w.journal, w.results)
	if err != nil {
		return file, err
	}
	for _, path := range []string{w.results, secondName(w.results)} {
		if !exists(path) {
			continue
		}
		if err := report.Reserve(path); err != nil {
			return file, err
		}
		now := file
		if now.digest, err = durable.Hash(path); err != nil {
			return file, err
		}
		if now.edited() {
			return file, Usagef("take the changes over, then run the same command again:\n"+w.next(ctx, "status"),
				"%s was changed by hand, and the changes would be lost", text.Line(path))
		}
	}
	return file, nil
}

// find is what the batch knows the person as.
func (w *forgetter) find(ctx context.Context) (Person, error) {
	p := Person{Address: w.Address, Results: w.results}
	columns, err := w.journal.Columns(ctx)
	if err != nil {
		return p, err
	}
	header := sheet.HeaderOf(columns, nil)
	for rec, err := range w.journal.Records(ctx) {
		if err != nil {
			return p, err
		}
		if rec.Outcome.Address != w.key {
			continue
		}
		if name := judge.GuestName(header, rec); name != "" && !slices.Contains(p.Names, name) {
			p.Names = append(p.Names, name)
		}
		if rec.Line > 0 {
			p.Lines = append(p.Lines, rec.Line)
		}
		if p.Status == "" {
			p.Status = rec.Outcome.Status
		}
	}
	return p, nil
}

// forgets reports whether an address is that of the person, or of somebody else whom the
// journal forgets.
func (w *forgetter) forgets(address string) bool {
	key := addressKey(address)
	return key == w.key || w.still.Has(key)
}

// holds reports whether a file names somebody whom the journal forgets.
func (w *forgetter) holds(path string) (bool, error) { return mention.In(path, w.forgets) }

// rewrite writes the results and the files made of them again, from the journal.
func (w *forgetter) rewrite(ctx context.Context, file resultsFile, f *Forgotten) error {
	if f.From != "" {
		return nil
	}
	e := export{ExportOptions: ExportOptions{State: w.State, Notice: w.Notice}, j: w.journal, database: w.database, results: w.results}
	newer, err := e.newer(ctx)
	if err != nil {
		return err
	}
	if err := file.keep(w.Notice); err != nil { // it tells of other names of the file
		return err
	}
	results := writing{journal: w.journal, newer: newer, notice: w.Notice}
	if _, _, err := results.results(ctx, w.results); err != nil {
		return err
	}
	if err := remember(ctx, w.journal, w.results, newer); err != nil {
		return err
	}
	if second := secondName(w.results); standing(w.results) == second {
		if err := os.Remove(second); err != nil {
			return err
		}
	}
	derived, err := w.journal.AllDerived(ctx)
	if err != nil {
		return err
	}
	for _, d := range derived {
		if d.Digest == "" || !exists(d.Path) {
			continue
		}
		if held, err := w.holds(d.Path); err != nil || !held {
			continue // what cannot be read is named with the copies
		}
		if now, err := durable.Hash(d.Path); err != nil || now != d.Digest {
			f.Left = append(f.Left, LeftCopy{Path: d.Path, Why: "it was changed since it was written"})
			continue
		}
		if _, err := results.derived(ctx, d); err != nil {
			return err
		}
		f.Rewritten = append(f.Rewritten, d.Path)
	}
	return nil
}

// clearHandoffs removes the packages that hold somebody, from the folders of hand-offs that
// are known to the journal or beside the results.
func (w *forgetter) clearHandoffs(ctx context.Context, f *Forgotten) error {
	folders, err := handoffFolders(ctx, w.journal, w.results)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		erased, err := handoff.Forget(folder, w.forgets)
		if err != nil {
			return err
		}
		f.Removed = append(f.Removed, within(folder, erased.Removed)...)
		if len(erased.Removed) > 0 {
			f.Cleared = append(f.Cleared, folder)
		}
		for _, path := range within(folder, erased.Changed) {
			f.Left = append(f.Left, LeftCopy{Path: path, Why: "a file in it was changed or added since the hand-off"})
		}
	}
	return nil
}

// handoffFolders are the folders of hand-offs of some results, those that the journal knows,
// nil for none, and those beside the results: the newest first.
func handoffFolders(ctx context.Context, j *journal.Journal, results string) ([]string, error) {
	folders := make(map[string]time.Time)
	if j != nil {
		derived, err := j.AllDerived(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range derived {
			if _, made, ok := handoff.IsFolder(d.Path); ok && d.Digest == "" {
				folders[d.Path] = made
			}
		}
	}
	beside, err := os.ReadDir(filepath.Dir(results))
	if err != nil {
		return nil, err
	}
	base := filepath.Base(results)
	for _, e := range beside {
		path := filepath.Join(filepath.Dir(results), e.Name())
		if of, made, ok := handoff.IsFolder(path); ok && (of == base || of == "" && strings.HasPrefix(e.Name(), strings.TrimSuffix(base, filepath.Ext(base))+".")) {
			folders[path] = made
		}
	}
	return slices.SortedFunc(maps.Keys(folders), func(a, b string) int {
		return cmp.Or(folders[b].Compare(folders[a]), strings.Compare(a, b))
	}), nil
}

// maxLookedInto is the largest file that is searched for a person, in bytes.
const maxLookedInto = 256 << 20

// findCopies looks for the person in the list, in the other files beside the results, and in
// other batches of the tenant.
func (w *forgetter) findCopies(ctx context.Context, f *Forgotten) error {
	if err := w.findBatches(ctx, f); err != nil {
		return err
	}
	previous, err := w.journal.Previous(ctx)
	if err != nil {
		return err
	}
	list := previous.List
	paths := []string{list}
	beside, err := os.ReadDir(filepath.Dir(w.results))
	if err != nil {
		return err
	}
	for _, e := range beside {
		path := filepath.Join(filepath.Dir(w.results), e.Name())
		isOwn := strings.HasPrefix(path, journal.Path(w.results)) && !strings.HasSuffix(path, journal.MovedSuffix)
		if !isOwn && !SameFile(path, list) {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || SameFile(path, w.results) || slices.ContainsFunc(f.Left, func(c LeftCopy) bool { return SameFile(c.Path, path) }) {
			continue
		}
		left := LeftCopy{Path: path, IsList: path == list}
		held := info.Size() > maxLookedInto
		if held {
			left.Why = "it is too large to be searched"
		} else if held, err = w.holds(path); err != nil {
			held, left.Why = true, "it could not be read: "+text.Error(durable.Cause(err))
		}
		switch {
		case !held:
		case IsJournal(path):
			w.addBatch(f, ResultsOf(path), "")
		case exists(journal.Path(path)) && KindOf(path) == Workbook:
			w.addBatch(f, path, "")
		default:
			f.Left = append(f.Left, left)
		}
	}
	return nil
}

// findBatches looks for the person in the other batches of the tenant at hand.
func (w *forgetter) findBatches(ctx context.Context, f *Forgotten) error {
	at, err := journalsBesideOwn(ctx, w.journal, w.results, w.State)
	if err != nil || at == nil {
		return err
	}
	at.Listed, at.Database = true, w.database
	for known, err := range at.Known(ctx) {
		if unreadable, ok := errors.AsType[*journal.UnreadableError](err); ok {
			f.Left = append(f.Left, LeftCopy{Path: unreadable.Path, Why: "it could not be read: " + text.Error(unreadable.Err)})
			continue
		}
		if err != nil {
			return err
		}
		switch {
		case known.Address != w.key:
		case known.Batch != "":
			w.addBatch(f, known.Batch+RealEnding, w.Journals.flags(w.batch.Tenant, known.Batch))
		default:
			w.addBatch(f, ResultsOf(known.Journal), "")
		}
	}
	return nil
}

// addBatch notes the results of another batch, once.
func (w *forgetter) addBatch(f *Forgotten, results, flags string) {
	if !slices.ContainsFunc(f.Left, func(c LeftCopy) bool {
		return c.Batch && c.Flags == flags && (c.Path == results || SameFile(c.Path, results))
	}) {
		f.Left = append(f.Left, LeftCopy{Path: results, Batch: true, Flags: flags})
	}
}

// addDerived keeps in a journal that a file was written of it.
func addDerived(ctx context.Context, j *journal.Journal, d journal.Derived) (err error) {
	if d.Digest, err = durable.Hash(d.Path); err != nil {
		return err
	}
	return j.AddDerived(ctx, d)
}

// rememberDerived is addDerived for the journal of some results, where that can be opened
// now: otherwise forget names the file instead of writing it again.
func rememberDerived(ctx context.Context, results string, d journal.Derived) error {
	return Place{}.read(ctx, results, func(j *journal.Journal) error { return addDerived(ctx, j, d) })
}
