package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/batch/sheet"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// restore takes over what results workbooks say where the journal is gone or
// new: those of the list, and those that this run would write over. Without it
// everybody would be invited again. What they say of invitations is confirmed first,
// see [claims].
func (s *Session) restore(ctx context.Context) (err error) {
	fresh, err := s.journal.Fresh(ctx)
	if err != nil {
		return err
	}
	if !fresh {
		return s.trustLater(ctx)
	}
	books, err := s.workbooks()
	defer func() { err = errors.Join(err, closeAll(books)) }()
	if err != nil {
		return err
	}
	if err := s.checkOrigin(ctx, books); err != nil {
		return err
	}
	records, c := s.recorded(books, s.tenant.ID), s.newClaims()
	if err := c.confirm(ctx, s.tenant.Directory(), records); err != nil {
		return err
	}
	if err := s.askTrust(ctx, c); err != nil {
		return err
	}
	if whole, err := s.takesAll(books, c); err != nil {
		return err
	} else if !whole {
		if err := holdOn(ctx, s.journal, s.Results); err != nil {
			return err
		}
	}
	err = s.journal.Restore(ctx, c.restored(records))
	if notice := c.notice(); err == nil && notice != "" {
		s.notice(notice)
	}
	return errors.Join(err, s.learn(ctx, s.journal))
}

// checkOrigin is an [*InDatabaseError] where the results say that their journal is in a
// database, and this run was told of none, or of one that does not have it. The first row
// that was sent tells.
func (s *Session) checkOrigin(ctx context.Context, books []*source) error {
	if s.TrustResults {
		return nil
	}
	for _, book := range books {
		for row, err := range book.list.Rows() {
			if err != nil {
				break // it is told where the outcomes are read
			}
			key, sent := book.layout.Key(book.unguarded(row))
			if sent && key.Batch != "" {
				return s.checkBatch(ctx, &InDatabaseError{Results: book.path, Batch: key.Tenant + "/" + key.Batch})
			}
			if sent {
				break
			}
		}
	}
	return nil
}

// checkElsewhere is an [*InDatabaseError] where a run would end with one.
func (s *Session) checkElsewhere(ctx context.Context, books []*source) error {
	if !s.Read.Journals.InDatabase() {
		if err := checkPointer(s.Results); err != nil {
			return err
		}
	}
	return s.checkOrigin(ctx, books)
}

// takesAll reports whether the journal will know all that the results say that this run
// writes over: no link is left out, and every row is believed.
func (s *Session) takesAll(books []*source, c *claims) (bool, error) {
	for _, book := range books {
		if !SameFile(book.path, s.Results) {
			continue
		}
		for row, err := range book.list.Rows() {
			if errors.Is(err, sheet.ErrEmpty) {
				break
			}
			if err != nil {
				return false, err
			}
			row = book.unguarded(row)
			o, _ := book.layout.Outcome(judge.Row(book.header(), s.Defaults, row))
			if c.leavesOut(o.RedeemURL) || c.isDoubted(o) || !book.layout.TakenOver(row, o) {
				return false, nil
			}
		}
	}
	return true, nil
}

// trustLater believes what an earlier run did not: it had no --trust-results.
func (s *Session) trustLater(ctx context.Context) error {
	if !s.TrustResults {
		return nil
	}
	return s.journal.Trust(ctx)
}

// workbooks opens the results sheets that hold earlier outcomes.
func (s *Session) workbooks() ([]*source, error) {
	var books []*source
	if s.source.isResults {
		found, err := resultsSheets(s.List, s.Read)
		if errors.As(err, new(*sheet.UnknownSheetError)) { // the sheet was renamed
			var same *source
			if same, err = openSheet(s.List, s.Read); err == nil {
				found = []*source{same}
			}
		}
		books = append(books, found...)
		if err != nil {
			return books, err
		}
	}
	if _, err := os.Stat(s.Results); err != nil || SameFile(s.List, s.Results) {
		return books, nil //nolint:nilerr // no workbook yet: nothing to take over
	}
	found, err := resultsSheets(s.Results, s.Read)
	return append(books, found...), inTheWay(s.Results, err)
}

// resultsSheets opens the sheets Results, Results 2 and so on of a workbook. A
// file that has none is not ours to write over.
func resultsSheets(path string, o ReadOptions) ([]*source, error) {
	var sheets []*source
	// Headings count, and the password that a person gave it; what concerns a list
	// of others does not.
	o = ReadOptions{Options: sheet.Options{Map: o.Map, Password: o.Password, IsWritten: o.IsWritten}}
	path = standing(path)
	if KindOf(path) == CSV {
		return resultsCSV(path, o)
	}
	for n := 1; ; n++ {
		o.Sheet = resultsSheet
		if n > 1 {
			o.Sheet = fmt.Sprintf("%s %d", resultsSheet, n)
		}
		if n > 1 && !slices.Contains(sheets[0].list.Sheets(), o.Sheet) {
			return sheets, nil // opening the workbook to find that out reads all of it
		}
		book, err := openSheet(path, o)
		if err != nil {
			return sheets, err
		}
		sheets = append(sheets, book)
		if !book.isResults {
			return sheets, errNoResults
		}
	}
}

// resultsCSV opens results that were written as CSV.
func resultsCSV(path string, o ReadOptions) ([]*source, error) {
	book, err := openSheet(path, o)
	if err != nil {
		return nil, err
	}
	if !book.isResults {
		return []*source{book}, errNoResults
	}
	return []*source{book}, nil
}

var errNoResults = errors.New("it holds no results of guestlist")

// inTheWay says that something else stands where results go.
func inTheWay(path string, err error) error {
	if err == nil {
		return nil
	}
	return Usagef("move it away, or name another file with --out", "%s is in the way of the results: %w", path, err)
}

// recorded yields the outcomes of all sheets, which are of this tenant; one may
// have no rows.
func (s *Session) recorded(books []*source, id journal.Identity) iter.Seq2[journal.Earlier, error] {
	return func(yield func(journal.Earlier, error) bool) {
		for _, book := range books {
			columns := book.header().Columns
			for record, err := range book.outcomes(id, s.Defaults) {
				if errors.Is(err, sheet.ErrEmpty) {
					break
				}
				if !yield(journal.Earlier{Record: record, Columns: columns}, err) {
					return
				}
			}
		}
	}
}

func closeAll(books []*source) error {
	var errs []error
	for _, book := range books {
		errs = append(errs, book.close())
	}
	return errors.Join(errs...)
}

// SameFile reports whether two names are of one file.
func SameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// recall is [Session.Recall].
func (s *Session) recall(ctx context.Context) (*batch.History, error) {
	if s.Results == "" {
		return nil, nil // a list from standard input has no results
	}
	j, err := s.openToRecall(ctx)
	switch {
	case errors.As(err, new(*journal.BatchError)), err == nil && j == nil:
		return s.recallResults(ctx)
	case errors.As(err, new(*journal.BusyError)):
		s.notice(text.Error(err) + ": another run is using it, so earlier results are not considered")
		return nil, nil
	case err != nil:
		return nil, err
	}
	fresh, err := j.Fresh(ctx)
	var history *batch.History
	if err == nil && fresh {
		history, err = s.recallResults(ctx)
	} else if err == nil {
		history, err = j.History(ctx, 0)
	}
	return history, errors.Join(err, s.learn(ctx, j), j.Close())
}

// openToRecall opens the journal of the session to read it, nil where there is no file.
func (s *Session) openToRecall(ctx context.Context) (j *journal.Journal, err error) {
	if place := s.Read.Journals; place.InDatabase() {
		if s.database, err = place.connect(ctx); err != nil {
			return nil, err
		}
		tenant, name := place.batch(s.Results)
		return s.database.Read(ctx, tenant, name)
	}
	path := journal.Path(s.Results)
	if !exists(path) {
		return nil, nil
	}
	return journal.Open(ctx, path, journal.Anyone())
}

// recallResults makes the history of what results files say whose journal is gone, or is in
// a database that the command was not told of.
func (s *Session) recallResults(ctx context.Context) (history *batch.History, err error) {
	books, err := s.workbooks()
	defer func() { err = errors.Join(err, closeAll(books)) }()
	if err != nil {
		return nil, err
	}
	if err := s.checkElsewhere(ctx, books); err != nil && !errors.As(err, &s.elsewhere) {
		return nil, err
	}
	history = new(batch.History)
	for earlier, err := range s.recorded(books, journal.Anyone()) {
		if err != nil {
			return nil, err
		}
		o := earlier.Outcome
		history.Update(o.Address, func(a *batch.AddressHistory) {
			if o.Status == batch.Unconfirmed { // as in claims
				a.Intended(batch.Intent{Mail: true, At: s.begun})
			}
			a.Settled(o.Status, o.Fingerprint)
			a.Final = o.Status == batch.Failed && batch.IsFinal(o.ErrorCode)
			a.Claimed = o.Status == batch.Removed && !s.TrustResults
			a.Made = o.Status == batch.Failed && o.ErrorCode == batch.CodeInvitationError
		})
	}
	return history, nil
}

// claims is what results files say of invitations that no journal knows of. Files come
// from anywhere, so that each guest who is said to be invited is looked up in the
// tenant first.
type claims struct {
	// tenant and cloud are those that links must be of.
	tenant string
	cloud  graph.Cloud
	// now is the time in Graph's clock.
	now time.Time

	// invited is how many rows say that the guest is invited. doubted are those of them
	// that the tenant does not confirm; all of them if it cannot be asked, and denied
	// says why.
	invited int
	doubted map[claim]bool
	denied  *graph.Refusal
	// trusted says that they are believed all the same.
	trusted bool
	// foreign is how many links were left out.
	foreign int
}

// claim is an invitation that a file tells of.
type claim struct{ address, userID string }

func claimOf(o batch.Outcome) claim { return claim{o.Address, strings.ToLower(o.UserID)} }

// key is the claim as one text, which no address is.
func (c claim) key() string { return c.address + " " + c.userID }

// newClaims is what is needed to judge the files of a session.
func (s *Session) newClaims() *claims {
	c := &claims{tenant: s.tenant.ID.Tenant, cloud: s.tenant.Cloud, now: s.Now(), trusted: s.TrustResults, doubted: make(map[claim]bool)}
	if s.tenant.ID.Sandbox { // it is new for each run and confirms nothing, and no one was emailed
		c.tenant, c.cloud, c.trusted = sandbox.TenantID, sandboxCloud(), true
	}
	return c
}

// sandboxCloud is the cloud whose links the simulated tenant gives.
func sandboxCloud() graph.Cloud { return graph.Clouds()[0] }

// confirm asks the tenant about each guest who is said to be invited: an account with
// the id that the file names must have the address. Where that takes fewer requests, all users
// are read first, and those who are left are looked up: only then the records are gone through
// once more. Where the sign-in may not look, all are doubted.
func (c *claims) confirm(ctx context.Context, d directory, records iter.Seq2[journal.Earlier, error]) error {
	if c.trusted {
		return nil
	}
	var seen batch.ByAddress[bool] // whether the tenant has shown what is claimed
	for r, err := range records {
		if err != nil {
			return err
		}
		if r.Outcome.Status == batch.Invited {
			c.invited++
			seen.Put(claimOf(r.Outcome).key(), false)
		}
	}
	shown, err := c.scan(ctx, d, &seen)
	if err != nil || c.denied != nil || shown == seen.Len() {
		return err
	}
	some := make([]claim, 0, lookUpTogether)
	for r, err := range records {
		if err != nil {
			return err
		}
		if r.Outcome.Status != batch.Invited {
			continue
		}
		claimed := claimOf(r.Outcome)
		if is, _ := seen.Get(claimed.key()); is {
			continue
		}
		if some = append(some, claimed); len(some) == lookUpTogether {
			if err := c.lookUp(ctx, d, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return c.lookUp(ctx, d, some)
}

// scan notes what all users of the tenant show, where looking up so many takes more requests,
// and returns how many claims that is.
func (c *claims) scan(ctx context.Context, d directory, seen *batch.ByAddress[bool]) (shown int, err error) {
	const inRequest = 60 // see [graph.Directory.LookUp]
	if scan, _, err := shouldScan(ctx, d, seen.Len(), seen.Len()/inRequest); err != nil || !scan {
		return 0, err
	}
	for users, err := range d.Users(ctx) {
		if err != nil {
			return shown, c.refused(ctx, err)
		}
		for _, u := range users {
			for _, address := range u.Addresses() {
				key := claim{batch.Key(address), strings.ToLower(u.ID)}.key()
				if before, is := seen.Get(key); is && !before && u.ID != "" {
					seen.Put(key, true)
					shown++
				}
			}
		}
	}
	return shown, nil
}

// refused notes that the sign-in may not look; any other error is one.
func (c *claims) refused(ctx context.Context, err error) error {
	if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Denied() {
		c.denied = refused
		return nil
	}
	return brokeOff(ctx, err)
}

func (c *claims) lookUp(ctx context.Context, d directory, some []claim) error {
	if len(some) == 0 || c.denied != nil {
		return nil //nolint:nilerr // it was denied before: all are doubted
	}
	addresses := make([]string, len(some))
	for i, s := range some {
		addresses[i] = s.address
	}
	found, err := d.LookUp(ctx, addresses)
	if err != nil {
		return c.refused(ctx, err)
	}
	for _, s := range some {
		if !slices.ContainsFunc(found[s.address], func(u graph.User) bool { return u.ID != "" && strings.EqualFold(u.ID, s.userID) }) {
			c.doubted[claim{strings.Clone(s.address), strings.Clone(s.userID)}] = true // and not their whole rows
		}
	}
	return nil
}

// doubts is how many rows are not confirmed.
func (c *claims) doubts() int {
	if c.denied != nil {
		return c.invited
	}
	return len(c.doubted)
}

// isDoubted reports whether an outcome is an invitation that is not confirmed.
func (c *claims) isDoubted(o batch.Outcome) bool {
	return o.Status == batch.Invited && !c.trusted && (c.denied != nil || c.doubted[claimOf(o)])
}

// restored yields the records as they go into the journal, first those that are
// doubted: of the same guest, another file may have what is confirmed.
func (c *claims) restored(records iter.Seq2[journal.Earlier, error]) iter.Seq2[journal.Earlier, error] {
	return func(yield func(journal.Earlier, error) bool) {
		for _, doubted := range []bool{true, false} {
			if doubted && c.doubts() == 0 {
				continue
			}
			for r, err := range records {
				if err == nil && c.isDoubted(r.Outcome) != doubted {
					continue
				}
				c.judge(&r)
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// leavesOut reports whether a link is not taken over from a file.
func (c *claims) leavesOut(link secret.Text) bool {
	return !link.IsZero() && (c.tenant == "" || !c.cloud.IsInvitationLink(link, c.tenant))
}

// judge makes of a record what can be believed of it. A doubted invitation is
// unconfirmed: the guest is looked up before anything is sent. So is one whose outcome
// the file does not know.
func (c *claims) judge(r *journal.Earlier) {
	o := &r.Outcome
	if c.leavesOut(o.RedeemURL) {
		results.LeaveOutLink(o)
	}
	if results.LinkLeftOut(*o) {
		c.foreign++
	}
	if c.isDoubted(*o) {
		r.Left = o.At
		o.Status, o.ErrorCode, o.Advice = batch.Unconfirmed, batch.CodeNotConfirmed, batch.Advice(batch.CodeNotConfirmed)
		o.Error = "A results file says that the guest is invited, and the tenant does not confirm it."
		if c.denied != nil {
			o.Error = "A results file says that the guest is invited, and the sign-in may not look up whether that is so."
		}
	}
	if o.Status == batch.Removed && !c.trusted {
		o.ErrorCode, o.Advice = batch.CodeNotConfirmed, "--reinvite removed looks the guest up, and invites them again where the tenant does not have them."
		o.Error = "A results file says that the guest was removed, and its journal is gone."
	}
	if o.Status == batch.Unconfirmed && (r.Left.IsZero() || r.Left.After(c.now)) {
		r.Left = c.now
	}
}

// askTrust asks whether doubted rows are believed, where a person can be asked, and
// tells what is made of them.
func (s *Session) askTrust(ctx context.Context, c *claims) (err error) {
	n := c.doubts()
	if n == 0 {
		return nil
	}
	what := fmt.Sprintf("the tenant does not confirm %d of the %s that the results say are invited", n, text.Plural(c.invited, "guest"))
	if c.denied != nil {
		what = fmt.Sprintf("the results say that %s are invited, and the sign-in may not look up whether that is so", text.Plural(n, "guest"))
	}
	if s.Ask != nil {
		c.trusted, err = s.Ask(ctx, "There is no journal: "+what+".\nBelieve the results? If not, these guests are looked up before anything is sent. [y/N] ")
		if err != nil || c.trusted {
			return err
		}
	}
	s.notice("there is no journal: " + what + "; they are looked up before anything is sent (--trust-results believes the file)")
	return nil
}

// notice tells which links were left out, "" for none.
func (c *claims) notice() string {
	if c.foreign == 0 {
		return ""
	}
	return text.Plural(c.foreign, "link") + " of the results left out: not the guest's own, or not an invitation link of this tenant, so that the row's link is missing"
}

// CorrectedError says that rows were corrected in the results and sent from there, and that
// the list does not have these corrections. Going by it would leave out their guests. Nothing
// was changed or sent.
type CorrectedError struct {
	List, Results string
	// Guests is how many were sent from the results and are not in the list, Address one of
	// them. Unsent is how many rows of the list are invalid or failed.
	Guests  int
	Address string
	Unsent  int
	// Rows are the first rows of the list that seem to be those that were corrected: all of
	// their other cells are the same.
	Rows []CorrectedRow
	// Again is the command that goes on with the results.
	Again string
}

// CorrectedRow is a row of a list whose address was corrected in the results, and sent from
// there.
type CorrectedRow struct {
	Line         int
	Listed, Sent string
}

// maxCorrected is how many of them an error names.
const maxCorrected = 3

func (e *CorrectedError) Error() string {
	if len(e.Rows) > 0 {
		rows := make([]string, len(e.Rows))
		for i, r := range e.Rows {
			rows[i] = fmt.Sprintf("row %d has %s, which was sent as %s", r.Line, text.Quote([]string{r.Listed}), text.Line(r.Sent))
		}
		said := strings.Join(rows, "; ")
		if more := e.Guests - len(rows); more > 0 {
			said += fmt.Sprintf("; and %s more", text.Thousands(more))
		}
		return fmt.Sprintf("%s does not have what was corrected in %s and sent from there: %s", text.Line(e.List), text.Line(e.Results), said)
	}
	guests := text.Line(e.Address) + " was"
	if e.Guests > 1 {
		guests = fmt.Sprintf("%s and %s more were", text.Line(e.Address), text.Thousands(e.Guests-1))
	}
	return fmt.Sprintf("%s sent from a row that was corrected in %s, and %s does not have that correction: it has %s that cannot be sent or failed",
		guests, text.Line(e.Results), text.Line(e.List), text.Plural(e.Unsent, "row"))
}

// Hint tells how to go on.
func (e *CorrectedError) Hint() string {
	return fmt.Sprintf("correct the rows in %s as well, or remove them from it, and run the same command; to go on without that list:\n%s", text.Line(e.List), e.Again)
}

// corrections are the guests who were sent from the results alone, and whom the list may not
// have: their rows were corrected there, or added. They are nil where the run before took
// its rows from elsewhere.
type corrections struct {
	*CorrectedError
	sent map[string]bool
	// like are these guests by the cells of their rows but the address.
	like  map[string][]string
	email int // the position of the address, -1 for none
}

// corrections reads them from the journal for a run that takes its rows from the list.
func (s *Session) corrections(ctx context.Context, j *journal.Journal, previous journal.Previous) (*corrections, error) {
	if s.source.isResults || !SameFile(previous.List, s.Results) {
		return nil, nil
	}
	sent, err := j.SentFrom(ctx, func(list string) bool { return SameFile(list, s.Results) })
	if err != nil || len(sent) == 0 {
		return nil, err
	}
	header := s.source.askedHeader()
	c := &corrections{CorrectedError: &CorrectedError{List: s.List, Results: s.Results}, sent: sent, like: make(map[string][]string), email: -1}
	if at, ok := header.Fields[batch.Email]; ok {
		c.email = at
	}
	for row, err := range j.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		if address := s.judge(header, row).Address; sent[address] {
			c.like[c.others(row)] = append(c.like[c.others(row)], address)
		}
	}
	return c, nil
}

// recallCorrections reads them for a run that is only previewed. A journal that is missing or in
// use is told of already.
func (s *Session) recallCorrections(ctx context.Context) (c *corrections, err error) {
	if s.Results == "" || s.source.isResults {
		return nil, nil
	}
	j, err := s.openToRecall(ctx)
	switch {
	case errors.As(err, new(*journal.BatchError)), errors.As(err, new(*journal.BusyError)), err == nil && j == nil:
		return nil, nil
	case err != nil:
		return nil, err
	}
	previous, err := j.Previous(ctx)
	if err == nil {
		c, err = s.corrections(ctx, j, previous)
	}
	return c, errors.Join(err, j.Close())
}

// others are the cells of a row but its address.
func (c *corrections) others(row batch.Row) string {
	cells := slices.Clone(row.Cells)
	if c.email >= 0 && c.email < len(cells) {
		cells[c.email] = ""
	}
	return strings.TrimRight(strings.Join(cells, "\x00"), "\x00") // rows of results have more cells
}

// unsent notes a row of the list that was not sent.
func (c *corrections) unsent(row batch.Row) {
	c.Unsent++
	like := c.like[c.others(row)]
	if len(like) == 0 {
		return
	}
	if c.like[c.others(row)] = like[1:]; len(c.Rows) < maxCorrected {
		c.Rows = append(c.Rows, CorrectedRow{Line: row.Line, Listed: strings.Clone(row.Cell(c.email)), Sent: like[0]})
	}
}

// kept passes the rows of the list on, and ends with an error where the list lacks the
// corrections: guests are missing, and it has rows that were not sent, which may be theirs.
func (c *corrections) kept(steps iter.Seq2[batch.Step, error]) iter.Seq2[batch.Step, error] {
	if c == nil {
		return steps
	}
	return func(yield func(batch.Step, error) bool) {
		for step, err := range steps {
			delete(c.sent, step.Address)
			if step.Action == batch.Skip && (step.Status == batch.Invalid || step.Status == batch.Failed) {
				c.unsent(step.Row)
			}
			if !yield(step, err) {
				return
			}
		}
		if c.Guests = len(c.sent); c.Guests > 0 && c.Unsent > 0 {
			c.Address = slices.Min(slices.Collect(maps.Keys(c.sent)))
			yield(batch.Step{}, c.CorrectedError)
		}
	}
}
