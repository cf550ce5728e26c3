package cli_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// TestWeekThroughChaos plays a batch through its week - invite with steps, remind, status,
// undo - against the server of TestNothingIsLostAndNobodyIsMailedTwice, which now befalls
// changes and deletions, too, while others work on the tenant: guests accept, get a directory
// role or become members, are deleted, restored, or invited by another admin, before us and
// anew. In the end every step was done once or is told, whoever was to be deleted was, once,
// and no one else, and no one was emailed twice but by a reminder.
//
// By default it kills twice, faults are rare and the weather is fine: each is waited out
// for seconds.
// GUESTLIST_CHAOS_KILLS and GUESTLIST_CHAOS_SEED are as there; the long mode, some fifteen
// seconds a kill, is
//
//	GUESTLIST_CHAOS_KILLS=120 go test -v -run TestWeekThroughChaos -timeout 2h ./internal/cli
func TestWeekThroughChaos(t *testing.T) {
	need.Time(t, "plays a week, and kills the program in it")
	t.Parallel()
	kills, share := int(number(t, "GUESTLIST_CHAOS_KILLS", fewKills)), faultShare
	if kills <= fewKills {
		share = rareFaults
	}
	seed := number(t, "GUESTLIST_CHAOS_SEED", rand.Uint64N(1_000_000))
	t.Logf("GUESTLIST_CHAOS_SEED=%d GUESTLIST_CHAOS_KILLS=%d", seed, kills)
	begun := time.Now()
	var sum toll
	told := make(map[string]int)
	for round := uint64(0); sum.kills < kills && !t.Failed(); round++ {
		w := newWeekChaos(t, seed+round, share)
		w.play(t, min(perWeek, kills-sum.kills))
		sum.add(w.toll)
		for what, n := range w.told {
			told[what] += n
		}
		t.Logf("round of seed %d: %v", seed+round, &w.toll)
	}
	t.Logf("chaos: seed %d: %d kills (%d with requests sent), %d starts, %d rows, %d requests (%d invitations, %d met a fault), %d outages, in %v; %v",
		seed, sum.kills, sum.midway, sum.starts, sum.rows, sum.requests, sum.posts, sum.faults, sum.outages, time.Since(begun).Round(time.Second), told)
}

// perWeek is how many kills one week goes through at the most, fewKills how many by default.
const (
	perWeek    = 20
	fewKills   = 2
	rareFaults = 0.05 // the share of requests that meet a fault then
)

// The kinds of people on the list, by what befalls them. The list wants those removed whose
// kind does not stay.
const (
	stays    = "stays"    // emailed, never to be removed
	silent   = "silent"   // the same without an email
	leaves   = "leaves"   // emailed, to be removed
	quiet    = "quiet"    // the same without an email
	accepts  = "accepts"  // accepts at some time
	officer  = "officer"  // gets a directory role at some time
	promoted = "promoted" // becomes a member at some time
	shared   = "shared"   // is on the list of another batch from some time on
	restored = "restored" // is deleted by hand, and restored
	anew     = "anew"     // is deleted by hand, and invited by another admin then
	quicker  = "quicker"  // is invited by another admin before us, while the batch goes on
	before   = "before"   // is another admin's guest from the start
	employee = "employee" // is a member from the start
)

var kindsOfPeople = []string{stays, silent, leaves, quiet, accepts, officer, promoted, shared, restored, anew, quicker, before, employee}

// weekChaos is a batch through its week, and what others do in the tenant meanwhile.
type weekChaos struct {
	*chaos

	mu sync.Mutex
	// barred is since when a guest must not be removed any more, with the reason, by the
	// object id; accepted since when they have.
	barred   map[string]time.Time
	accepted map[string]time.Time
	others   map[string]bool // the object ids of guests whom others invited
	happened map[string]int  // by address, how much of what befalls them has

	told map[string]int // what the results tell instead of it having been done
}

func newWeekChaos(t *testing.T, seed uint64, share float64) *weekChaos {
	t.Helper()
	w := &weekChaos{
		barred: make(map[string]time.Time), accepted: make(map[string]time.Time), others: make(map[string]bool),
		happened: make(map[string]int), told: make(map[string]int),
	}
	w.chaos = newChaos(t, seed, sandbox.Config{
		Groups: sandbox.ReadyGroups(), People: sandbox.ReadyPeople(), WriteQuota: 100, WriteWindow: 5 * time.Second,
		Trouble: itemTrouble(seed, share),
	})
	w.server.share = share
	if share == rareFaults {
		w.server.weather.next = math.MaxInt
	}
	w.env = append(w.env, "GUESTLIST_STEPS_AFTER=10ms")
	w.rows = [][]string{{"Email", "Send message", "Company", "Group", "Manager", "Remove"}}
	return w
}

// itemTrouble has changes in a $batch refused one by one, each at most twice.
func itemTrouble(seed uint64, share float64) func(*http.Request) (status, retryAfter int) {
	var mu sync.Mutex
	dice, met := rand.New(rand.NewPCG(seed, 7)), make(map[string]int)
	return func(r *http.Request) (int, int) {
		mu.Lock()
		defer mu.Unlock()
		which := r.Method + " " + r.URL.Path
		if r.Method == http.MethodGet || isInvitation(r) || strings.HasSuffix(r.URL.Path, "/$batch") || met[which] == 2 || dice.Float64() >= share/2 {
			return 0, 0
		}
		met[which]++
		return []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout}[dice.IntN(3)], 1
	}
}

// enlist adds people of every kind to the list.
func (w *weekChaos) enlist(t *testing.T, times int) {
	t.Helper()
	for range times {
		for _, kind := range kindsOfPeople {
			address := fmt.Sprintf("%s%d@x.example", kind, len(w.rows))
			mail := strconv.FormatBool(kind != silent && kind != quiet)
			remove := strconv.FormatBool(kind != stays && kind != silent)
			w.rows = append(w.rows, []string{address, mail, "Fabrikam", sandbox.PartnersGroup, "maren.oud@contoso.example", remove})
			switch kind {
			case before:
				w.others[w.admit(sandbox.Person{Address: address, Invited: []time.Time{time.Now().Add(-time.Hour)}})] = true
			case employee:
				w.admit(sandbox.Person{Address: address, Type: "Member"})
			}
		}
	}
	writeCSV(t, w.path(w.list), w.rows)
}

// admit puts a person into the tenant.
func (w *weekChaos) admit(p sandbox.Person) (id string) {
	if p.ID == "" {
		p.ID = uuid.NewString()
	}
	w.tenant.Admit([]sandbox.Person{p})
	return p.ID
}

// happen has the next thing happen to the people on the list, as the dice say.
func (w *weekChaos) happen(share float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, row := range w.rows[1:] {
		if w.dice.Float64() < share {
			w.befall(row[0])
		}
	}
}

// befall has the next thing happen to a person: a guest of the batch, who is there.
func (w *weekChaos) befall(address string) {
	kind := strings.TrimRight(strings.TrimSuffix(address, "@x.example"), "0123456789")
	who, known := w.tenant.Find(address)
	n := w.happened[address]
	happens := known && n == 0 && !w.others[who.ID]
	switch {
	case kind == accepts && happens:
		w.tenant.Accept(address)
		w.accepted[who.ID] = time.Now()
		w.barred[who.ID] = w.accepted[who.ID]
	case kind == officer && happens:
		who.Roles = []string{"User Administrator"}
		w.admit(who)
		w.barred[who.ID] = time.Now()
	case kind == promoted && happens:
		who.Type = "Member"
		w.admit(who)
		w.barred[who.ID] = time.Now()
	case kind == anew && happens:
		w.tenant.Delete(address)
		w.others[w.admit(sandbox.Person{Address: address, Invited: []time.Time{time.Now()}})] = true
	case kind == restored && happens:
		w.tenant.Delete(address)
	case kind == restored && n == 1:
		for _, p := range w.tenant.People() {
			if p.Address == address && !p.Deleted.IsZero() {
				p.Deleted = time.Time{}
				w.admit(p)
			}
		}
	default:
		return
	}
	w.happened[address]++
}

// play kills the program so often, lets the week come to its end, and checks.
func (w *weekChaos) play(t *testing.T, kills int) {
	t.Helper()
	w.enlist(t, 1)
	for w.toll.kills < kills && !t.Failed() {
		w.interfere(t)
		w.live(t)
		if len(w.rows) < 13*kills/2 && w.dice.IntN(2) == 0 {
			w.enlist(t, 1)
		}
	}
	w.server.relent()
	begun := time.Now()
	w.finish(t)
	w.toll.slowest = time.Since(begun)
	w.server.count(&w.toll)
	w.toll.rows = len(w.rows) - 1
	w.check(t)
}

// interfere is what happens between two processes: another admin is quicker with somebody,
// or another batch has them on its list.
func (w *weekChaos) interfere(t *testing.T) {
	t.Helper()
	w.happen(0.05)
	if w.toll.starts%6 != 2 {
		return
	}
	for _, row := range w.rows[1:] {
		if _, known := w.tenant.Find(row[0]); strings.HasPrefix(row[0], quicker) && !known {
			w.others[w.admit(sandbox.Person{Address: row[0], Invited: []time.Time{time.Now()}})] = true
		}
	}
	<-time.After(2500 * time.Millisecond) // Graph tells seconds apart, and no less
	rows := [][]string{{"Email"}}
	for _, row := range w.rows[1:] {
		if strings.HasPrefix(row[0], shared) && w.happened[row[0]] == 0 && w.dice.IntN(2) == 0 {
			rows = append(rows, row[:1])
		}
	}
	if len(rows) == 1 {
		return
	}
	name := fmt.Sprintf("other%d.csv", w.toll.starts)
	writeCSV(t, w.path(name), rows)
	code, said := w.endure(t, name, moment{then: time.Minute}, "invite", name, "--lookup-for", w.lookUpFor)
	if code != 0 && code != 3 && code != 6 {
		t.Fatalf("%s: exit code %d\n%s", name, code, said)
	}
	for _, row := range rows[1:] {
		w.happened[row[0]]++
		if who, known := w.tenant.Find(row[0]); known {
			w.barred[who.ID] = time.Now()
		}
	}
}

// invite, remind and undo are the commands of the week.
func (w *weekChaos) invite() []string {
	return []string{
		"invite", w.list, "--workers", "16", "--lookup-for", w.lookUpFor, "--settle", "30s",
		"--group", sandbox.ProjectGroup, "--groups-from", "Group", "--set", "companyName=Company", "--manager-from", "Manager",
	}
}

func (w *weekChaos) remind() []string {
	return []string{"remind", weekResults, "--older-than", "0s", "--max-reminders", "2", "--workers", "8"}
}

func (w *weekChaos) undo(more ...string) []string {
	return append([]string{"undo", weekResults, "--where", "Remove=true"}, more...)
}

const weekResults = "list.results.xlsx"

// live starts one of the commands and kills it at some moment, unless it ends before.
func (w *weekChaos) live(t *testing.T) {
	t.Helper()
	w.toll.starts++
	args, codes := w.invite(), []int{0, 3, 6}
	_, none := os.Stat(w.path(weekResults))
	switch kind := w.dice.IntN(10); {
	case kind < 4 || none != nil:
	case kind < 6:
		args = w.remind()
	case kind < 9:
		left := w.toRemove(t)
		if left == 0 {
			return
		}
		args, codes = w.undo("--confirm", strconv.Itoa(left)), []int{0, 2, 3, 6}
	default:
		args = []string{"status", weekResults}
	}
	process := fmt.Sprintf("%s-%d", args[0], w.toll.starts)
	m := moment{then: upTo(w.dice, 400*time.Millisecond)}
	if w.dice.IntN(5) > 0 {
		m = moment{request: w.server.await(process, 1+w.dice.IntN(60)), then: upTo(w.dice, 60*time.Millisecond) * time.Duration(w.dice.IntN(2))}
	}
	if w.dice.IntN(6) == 0 {
		m.interrupt = 1 + upTo(w.dice, 100*time.Millisecond)
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() { // what others do in the tenant meanwhile
		defer close(ended)
		for {
			select {
			case <-time.After(50 * time.Millisecond):
				w.happen(0.02)
			case <-quit:
				return
			}
		}
	}()
	code, said := w.endure(t, process, m, args...)
	close(quit)
	<-ended
	<-time.After(2 * maxDelay) // what it has sent is carried out
	switch {
	case code == wasKilled:
		w.deaths[process] = time.Now()
		w.toll.kills++
		if w.server.saw(process) {
			w.toll.midway++
		}
	case code == 130 && m.interrupt > 0, slices.Contains(codes, code):
	default:
		t.Fatalf("%s ended by itself with exit code %d\n%s", process, code, said)
	}
}

// toRemove is how many guests undo would remove, 0 where it cannot tell.
func (w *weekChaos) toRemove(t *testing.T) int {
	t.Helper()
	code, said := w.endure(t, "dry", moment{then: time.Minute}, append(w.undo("--dry-run"), "--json")...)
	if code != 0 {
		return 0
	}
	return len(w.undoneIn(t, said).Left)
}

// undoneIn reads what undo printed for programs, behind what it said to people.
func (w *weekChaos) undoneIn(t *testing.T, said string) (u undone) {
	t.Helper()
	_, object, _ := strings.Cut(said, `{"`)
	if err := json.NewDecoder(strings.NewReader(`{"` + object)).Decode(&u); err != nil {
		t.Fatalf("%v in\n%s", err, said)
	}
	return u
}

// finish lets each command come to its end.
func (w *weekChaos) finish(t *testing.T) {
	t.Helper()
	forever := moment{then: longestEnd}
	until := func(name string, done func(code int, said string) bool, args func() []string) {
		var code int
		var said string
		for n := range 12 {
			begun := time.Now()
			code, said = w.endure(t, fmt.Sprintf("%s-end%d", name, n), forever, args()...)
			t.Logf("%s %d %v\n%s", name, code, time.Since(begun), said)
			if done(code, said) {
				return
			}
		}
		t.Fatalf("%s does not come to its end: exit code %d\n%s", name, code, said)
	}
	settled := func(code int, said string) bool {
		return code == 0 || code == 3 && !strings.Contains(said, "pending")
	}
	until("invite", settled, w.invite)
	until("remind", func(code int, said string) bool {
		return code == 0 && strings.Contains(said, "no one is to be reminded")
	}, w.remind)
	until("undo", func(code int, _ string) bool { return code == 0 || code == 3 }, func() []string {
		return w.undo("--confirm", strconv.Itoa(max(w.toRemove(t), 1)))
	})
	posts := w.posts()
	until("invite-again", settled, w.invite)
	if more := w.posts() - posts; more > 0 {
		t.Errorf("the same command sent %d invitations more", more)
	}
}

// check compares what the tenant saw with what may have been.
func (w *weekChaos) check(t *testing.T) {
	t.Helper()
	rows := make(map[string]map[string]string)
	for _, row := range results(t, w.path(weekResults), "Results") {
		rows[row["Email"]] = row
	}
	w.checkRequests(t)
	for _, who := range w.tenant.People() {
		row := rows[who.Address]
		if row == nil {
			continue
		}
		w.checkPerson(t, who, row)
	}
	left := w.toRemove(t)
	if left != 0 {
		t.Errorf("%d guests are left to be removed", left)
	}
}

// checkRequests makes sure that no request left for whom it must not.
func (w *weekChaos) checkRequests(t *testing.T) {
	t.Helper()
	read := make(map[string]time.Time)   // when a guest was read last, by the object id
	invited := make(map[string][]string) // by whom an address was invited, and emailed if at all
	for _, r := range w.tenant.Requests() {
		id, isUser := strings.CutPrefix(r.Path, "/v1.0/users/")
		switch {
		case isUser && r.Method == http.MethodGet && len(id) == 36:
			read[id] = r.At
		case isUser && r.Method == http.MethodDelete && len(r.Users) > 0:
			if since, isBarred := w.barred[id]; isBarred && !read[id].Before(since) {
				t.Errorf("%s was deleted, and read %v after it must not be any more", r.Address, read[id].Sub(since))
			}
			if w.others[id] {
				t.Errorf("%s is a guest of others, and was deleted", r.Address)
			}
		case r.Invited:
			verb := w.verb(r)
			if r.Mailed {
				invited[r.Address] = append(invited[r.Address], verb)
			}
			who, _ := w.tenant.Find(r.Address)
			if since, isAccepted := w.accepted[who.ID]; isAccepted && verb == "remind" && !read[who.ID].Before(since) {
				t.Errorf("%s was reminded, and read %v after they had accepted", r.Address, read[who.ID].Sub(since))
			}
		}
	}
	for address, by := range invited {
		count := make(map[string]int)
		for _, verb := range by {
			count[verb]++
		}
		allowed := 1
		if strings.HasPrefix(address, restored) || strings.HasPrefix(address, anew) {
			allowed = 2 // an answer was lost, and somebody deleted the guest before a look-up saw them
		}
		if count["invite"] > allowed || count["remind"] > 2 || len(count) > 2 {
			t.Errorf("%s was emailed by %v", address, by)
			w.toll.mailedTwice++
		}
	}
}

// checkPerson makes sure that all became of a person on the list that was to be, and no more.
func (w *weekChaos) checkPerson(t *testing.T, who sandbox.Person, row map[string]string) {
	t.Helper()
	kind := strings.TrimRight(strings.TrimSuffix(who.Address, "@x.example"), "0123456789")
	isOthers, isGone := w.others[who.ID], !who.Deleted.IsZero()
	// A look-up after a lost answer cannot tell another one's guest from ours; the results say so.
	isDoubtful := strings.Contains(row["Follow-up"], "someone else may have invited the guest")
	wrong := func(format string, args ...any) {
		who.RedeemURL, row["Redeem URL"], row["Row Key"] = "", "", ""
		t.Errorf("%s: "+format+"\n  %+v\n  %v\n  barred %v", append([]any{who.Address}, append(args, who, row, w.barred[who.ID])...)...)
		for _, r := range w.tenant.Requests() {
			if r.Invited && r.Address == who.Address {
				t.Logf("  %s %s %s", r.At.Format(time.TimeOnly), w.verb(r), r.ClientRequestID)
			}
		}
	}
	for group, n := range who.Changes.Added {
		if n > 1 {
			wrong("added %d times to %s", n, group)
		}
	}
	if n := who.Changes.Deleted; n > 1 && kind != restored {
		wrong("deleted %d times", n)
	}
	switch {
	case isOthers && (who.Changes.Attributes+who.Changes.Manager > 0):
		wrong("is a guest of others, and was changed")
	case isOthers && who.Changes.Deleted > 0:
		wrong("is a guest of others, and was deleted")
	case (isOthers && !isDoubtful && !w.looksLikeOurs(who) || kind == employee) && who.Mails > 0:
		wrong("is a guest of others, and was emailed")
	case kind == employee && len(who.Changes.Added) > 0:
		wrong("is a member, and was added to groups")
	case (kind == stays || kind == silent) && who.Changes.Deleted > 0:
		wrong("was not to be deleted")
	}
	if isGone {
		if who.Changes.Deleted > 0 && row["Status"] != "removed" && w.happened[who.Address] == 0 {
			wrong("is deleted, and the row does not say so")
		}
		return
	}
	if !strings.EqualFold(row["User ID"], who.ID) {
		return // the row is about the account before
	}
	if kind == leaves || kind == quiet {
		w.told["left: not proved to be ours"]++
		if w.isProved(who) {
			wrong("was to be deleted")
		}
	}
	if kind == employee || kind == anew || kind == officer || kind == promoted || kind == restored {
		return // what is done of their steps depends on when it happened
	}
	followUp := row["Follow-up"]
	if len(who.Groups) != 2 && !strings.HasPrefix(followUp, "failed") && !strings.HasPrefix(followUp, "pending") {
		wrong("is in %d groups", len(who.Groups))
	}
	if isOthers || row["Status"] == "existing" {
		return
	}
	isSet := who.Attributes["companyName"] == "Fabrikam" && who.Changes.Attributes == 1 && who.Manager != ""
	if isTold := strings.Contains(row["Profile"], "left alone") || strings.HasPrefix(followUp, "failed"); !isSet && !isTold {
		wrong("the profile is not set, and no one is told")
	} else if !isSet {
		w.told["profile left alone"]++
		if w.isProved(who) {
			wrong("the profile is not set although the guest is ours")
		}
	}
}

// verb is the command that sent an invitation.
func (w *weekChaos) verb(r sandbox.Request) string {
	if sent := w.server.posted[r.ClientRequestID]; sent != nil {
		verb, _, _ := strings.Cut(sent.process, "-")
		return verb
	}
	return ""
}

// looksLikeOurs reports whether someone else's guest cannot be told from ours: they were
// invited within minutes of a request of ours, whose answer was lost.
func (w *weekChaos) looksLikeOurs(who sandbox.Person) bool {
	return slices.ContainsFunc(w.tenant.Requests(), func(r sandbox.Request) bool {
		return r.Invited && r.Address == who.Address && w.verb(r) == "invite" && who.Created.Sub(r.At).Abs() < time.Minute
	})
}

// isProved reports whether the answer to the invitation that created a guest reached the
// program for sure.
func (w *weekChaos) isProved(who sandbox.Person) bool {
	for _, r := range w.tenant.Requests() {
		sent := w.server.posted[r.ClientRequestID]
		if verb := w.verb(r); !r.Invited || verb != "invite" && verb != "remind" || r.Address != who.Address || who.Created.Sub(r.At).Abs() > maxDelay || sent == nil || sent.line == nil || sent.line.silent.Load() {
			continue
		}
		death, died := w.deaths[sent.process]
		return !died || death.Sub(sent.answered) > settled
	}
	return false
}
