package journal_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"guestlist/batch"
)

// people is how many guests there are.
const people = 5

// script is everything that happens in one check.
type script struct {
	// there is what the tenant had before the batch, "" for nobody.
	there [people]batch.ExistingKind
	// twins says that the first two addresses are those of one person.
	twins bool
	// skew is how far the tenant's clock is ahead, misread how wrong we read it.
	skew, misread time.Duration
	// appear is how long a new guest takes to be found.
	appear time.Duration
	// crowd lets workers do things at the same time. Otherwise they take turns,
	// which can be repeated exactly.
	crowd  bool
	rounds []round
	// restReads says that the runs after the script read the directory.
	restReads bool
}

// round is a change of the list and of the tenant, and a run.
type round struct {
	edits []edit
	fates [people]fate
	gap   time.Duration // since the last run

	retry, resend, mailAll   bool
	reads                    bool // the directory, before it sends anything
	reinvite                 batch.Reinvite
	limit, workers, attempts int

	// answers to the invitations of each guest, in their order; then 201.
	answers [people][]answer
	slow    [people]time.Duration
	// looks is how many look-ups of a guest are answered before they end with fault.
	looks int
	fault lookFault
	// end is what happens at the moment of that number.
	end    end
	moment int
	grace  time.Duration
	// settle is how long the run waits for look-ups at its end.
	settle time.Duration
	// calm is a run without any of this, after the script.
	calm bool
}

type (
	fate      string
	answer    string
	lookFault string
	end       string
)

// What becomes of a guest between two runs.
const (
	stays   fate = ""
	accepts fate = "accepts"
	leaves  fate = "deleted from the tenant"
)

// noOne is what the tenant has where it does not have the person.
const noOne batch.ExistingKind = ""

// What the tenant does about an invitation.
const (
	created201   answer = "201"
	refused400   answer = "400"
	error201     answer = "201 with status Error"
	puzzling403  answer = "403 that nobody described"
	throttled429 answer = "429"
	busy503      answer = "503 with Retry-After"
	broken503    answer = "503"
	lostDone     answer = "done, answer lost"
	lostUndone   answer = "lost on the way"
	blocked403   answer = "403 for the tenant, from now on"
	unreachable  answer = "unreachable"
	noSignIn     answer = "no sign-in"
)

// What look-ups end with, and how a run may end before its time.
const (
	looksWork   lookFault = ""
	looksLost   lookFault = "lost"
	looks429    lookFault = "429"
	looksDenied lookFault = "403"

	runsOut end = ""
	dies    end = "killed"
	stopped end = "interrupted"
)

// edit changes the list.
type edit struct {
	what    string
	at, who int
}

func drawScript(t *rapid.T) script {
	return rapid.Custom(func(t *rapid.T) script {
		s := script{
			skew:    draw(t, 0, -time.Hour, 90*time.Minute),
			misread: draw(t, 0, 500*time.Millisecond, -500*time.Millisecond),
			appear:  draw(t, 0, 5*time.Second, 100*time.Second, 14*time.Minute),
			crowd:   draw(t, false, true),
			twins:   draw(t, false, true),
			rounds:  rapid.SliceOfN(rapid.Custom(drawRound), 1, 6).Draw(t, "rounds"),

			restReads: draw(t, false, true),
		}
		for who := range people {
			s.there[who] = draw(t, noOne, noOne, noOne, batch.ExistingPending, batch.ExistingAccepted)
		}
		return s
	}).Draw(t, "script")
}

func drawRound(t *rapid.T) round {
	r := round{
		edits: rapid.SliceOfN(rapid.Custom(drawEdit), 0, 6).Draw(t, "edits"),
		gap:   draw(t, time.Minute, time.Hour, 23*time.Hour, 26*time.Hour),
		reads: draw(t, false, true), reinvite: draw(t, batch.ReinviteNone, batch.ReinvitePending, batch.ReinviteRemoved),
		retry: draw(t, false, true), resend: draw(t, false, false, true), mailAll: draw(t, false, true),
		limit: draw(t, 0, 0, 0, 1, 2), workers: rapid.IntRange(1, 8).Draw(t, "workers"), attempts: draw(t, 3, 1, 2),
		looks: draw(t, 0, 1, 3), fault: draw(t, looksWork, looksWork, looksWork, looksLost, looks429, looksDenied),
		end: draw(t, runsOut, dies, stopped), grace: draw(t, 0, 30*time.Second),
		settle: draw(t, 0, 2*time.Minute, time.Hour),
	}
	r.moment = rapid.IntRange(1, 40).Draw(t, "moment")
	for who := range people {
		r.fates[who] = draw(t, stays, stays, stays, stays, accepts, leaves)
		r.answers[who] = rapid.SliceOfN(rapid.Custom(drawAnswer), 0, 3).Draw(t, "answers")
		r.slow[who] = draw(t, 0, time.Second, 45*time.Second)
	}
	return r
}

func drawEdit(t *rapid.T) edit {
	return edit{
		what: draw(t, "add", "add", "add", "add mailed", "add mailed", "remove", "rename", "note", "mail", "swap", "repeat", "break", "blank", "capitals"),
		at:   rapid.IntRange(0, 7).Draw(t, "at"),
		who:  rapid.IntRange(0, people-1).Draw(t, "who"),
	}
}

func drawAnswer(t *rapid.T) answer {
	return draw(t, created201, lostDone, lostUndone, lostDone, refused400, refused400, throttled429, busy503, broken503,
		error201, puzzling403, blocked403, unreachable, noSignIn)
}

// draw takes one of several, and the first when shrinking.
func draw[T any](t *rapid.T, of ...T) T { return rapid.SampledFrom(of).Draw(t, "one") }

// entrant is a row of the list.
type entrant struct {
	who            int
	name, note     int // versions
	mail           string
	capitals       bool
	unreadable     bool // its language is none
	withoutAddress bool
}

func mailbox(who int) string { return fmt.Sprintf("p%d@x.example", who) }

// whose is the number in an address.
func whose(address string) int { return int(address[1] - '0') }

// twin is the other address of a person, "" where there is none.
func (s script) twin(address string) string {
	if who := whose(address); s.twins && who < 2 {
		return mailbox(1 - who)
	}
	return ""
}

// guest is who has an address, by the first one.
func (s script) guest(address string) string {
	if twin := s.twin(address); twin != "" {
		return min(address, twin)
	}
	return address
}

// address is what the row is known by.
func (e entrant) address() string {
	if e.withoutAddress {
		return ""
	}
	return mailbox(e.who)
}

func (e entrant) sendable() bool { return !e.unreadable && !e.withoutAddress }

var modelHeader = batch.Header{
	Columns: []string{"Email", "Name", "Send", "Language", "Note"},
	Fields:  map[batch.Field]int{batch.Email: 0, batch.Name: 1, batch.SendMessage: 2, batch.Language: 3},
}

func (e entrant) cells() []string {
	address, language := e.address(), "nl-NL"
	if e.capitals {
		address = strings.ToUpper(address)
	}
	if e.unreadable {
		language = "double dutch"
	}
	return []string{address, fmt.Sprintf("Name %d", e.name), e.mail, language, fmt.Sprintf("note %d", e.note)}
}

// asks is what the row says about the invitation.
func (e entrant) asks() string { return strings.Join(e.cells()[:4], "|") }

func (h *history) edit(e edit) {
	fresh := entrant{who: e.who}
	switch e.what {
	case "add mailed":
		fresh.mail = "yes"
		fallthrough
	case "add":
		h.list = slices.Insert(h.list, e.at%(len(h.list)+1), fresh)
		return
	}
	if len(h.list) == 0 {
		return
	}
	at := e.at % len(h.list)
	row := &h.list[at]
	switch e.what {
	case "remove":
		h.list = slices.Delete(h.list, at, at+1)
	case "rename":
		row.name++
	case "note":
		row.note++
	case "mail":
		row.mail = map[string]string{"": "yes", "yes": "no", "no": ""}[row.mail]
	case "swap":
		to := e.who % len(h.list)
		h.list[at], h.list[to] = h.list[to], h.list[at]
	case "repeat":
		twin := *row
		twin.capitals, twin.name = !twin.capitals, twin.name+1
		h.list = append(h.list, twin)
	case "break":
		row.unreadable = !row.unreadable
	case "blank":
		row.withoutAddress = !row.withoutAddress
	case "capitals":
		row.capitals = !row.capitals
	}
}
