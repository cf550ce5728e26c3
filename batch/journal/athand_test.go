package journal_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
	"guestlist/internal/shell"
)

// known reads the journals at hand: what they know, as one text an address, and what
// could not be read.
func known(t *testing.T, a journal.AtHand) (texts []string, unreadable []*journal.UnreadableError) {
	t.Helper()
	a.Identity = sandbox
	if a.Scratch == "" {
		a.Scratch = t.TempDir()
	}
	for k, err := range a.Known(t.Context()) {
		if named, ok := errors.AsType[*journal.UnreadableError](err); ok {
			unreadable = append(unreadable, named)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s %s %s", strings.TrimSuffix(filepath.Base(k.Journal), ".journal.db"), k.Address, k.History.Status)
		if k.History.Open != 0 {
			text += ", open"
		}
		if k.History.Mailed != 0 {
			text += ", mailed"
		}
		if !k.Link.IsZero() {
			text += ", link"
		}
		if k.UserID != "" {
			text += ", id " + k.UserID
		}
		if k.Existing != "" {
			text += ", " + string(k.Existing)
		}
		if !k.At.IsZero() {
			text += ", " + k.At.Format(time.TimeOnly)
		}
		texts = append(texts, text)
	}
	if left, err := os.ReadDir(a.Scratch); err != nil || len(left) > 0 {
		t.Errorf("left in the folder of copies: %v, %v", left, err)
	}
	return texts, unreadable
}

// contents are the files of a folder and what is in them.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[f.Name()] = string(content)
	}
	return found
}

// neighbour makes a journal of another run.
func neighbour(t *testing.T, path string, id journal.Identity) {
	t.Helper()
	j := open(t, path, id)
	defer shut(t, j)
	load(t, j, "pending@x.example")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i, o := range []batch.Outcome{
		{Address: "link@x.example", Status: batch.Invited, UserID: "1", RedeemURL: secret.New("https://login.example/1")},
		{Address: "nolink@x.example", Status: batch.Invited, UserID: "2"},
		{Address: "nolink@x.example", Status: batch.Existing, UserID: "2", Existing: batch.ExistingAccepted},
		{Address: "failed@x.example", Status: batch.Failed, ErrorCode: "GroupAddress"},
		{Address: "there@x.example", Status: batch.Existing, UserID: "3", Existing: batch.ExistingMember},
		{Address: "unconfirmed@x.example", Status: batch.Unconfirmed},
		{Address: "open@x.example"},
	} {
		id, err := j.Intend(t.Context(), batch.Intent{Address: o.Address, Mail: true, At: at})
		o.At = at.Add(time.Duration(i) * time.Second)
		if o.Status != "" {
			err = errors.Join(err, j.Settle(t.Context(), id, o))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

var ofANeighbour = []string{
	"a failed@x.example failed, 03:04:08",
	"a link@x.example invited, link, id 1, 03:04:05",
	"a nolink@x.example invited, id 2, 03:04:06",
	"a open@x.example , open, mailed",
	"a there@x.example existing, id 3, member, 03:04:09",
	"a unconfirmed@x.example unconfirmed, mailed, 03:04:10",
}

func TestJournalsAtHandTellWhatTheyKnow(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	neighbour(t, filepath.Join(folder, "a.journal.db"), sandbox)
	neighbour(t, filepath.Join(folder, "tenant.journal.db"), journal.Identity{Tenant: "other"})
	for _, path := range []string{filepath.Join(folder, "own.journal.db"), filepath.Join(folder, "[ignored].journal.db"), filepath.Join(elsewhere, "b.journal.db")} {
		j := open(t, path, sandbox)
		settle(t, j, "only@x.example", batch.Failed, "GroupAddress")
		shut(t, j)
	}
	if err := os.WriteFile(filepath.Join(folder, "empty.journal.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := contents(t, folder)
	t.Chdir(folder)
	got, unreadable := known(t, journal.AtHand{
		Folder: folder, Own: "own.journal.db", Ignore: []string{"./[ignored].journal.db"},
		Registered: map[string]string{
			filepath.Join(folder, "a.journal.db"): "", filepath.Join(elsewhere, "b.journal.db"): "", filepath.Join(elsewhere, "deleted.journal.db"): "",
		},
	})
	assert.Equal(t, "unreadable", len(unreadable), 0)
	if len(got) != len(ofANeighbour)+1 || !strings.HasPrefix(got[len(got)-1], "b only@x.example failed") {
		t.Errorf("got %q", got)
	}
	assert.Equal(t, "known", got[:min(len(got), len(ofANeighbour))], ofANeighbour)
	assert.Equal(t, "files", contents(t, folder), before)

	for k, err := range (journal.AtHand{Identity: sandbox, Folder: folder, Own: "own.journal.db", Scratch: t.TempDir()}).Known(t.Context()) {
		if err != nil || k.Address == "" {
			t.Errorf("%+v, %v", k, err)
		}
		break // whoever wants no more gets no more
	}
}

// TestJournalsTellWhichLinksHaveEnded: those before the newest one, and that of a guest who was
// removed, until they are there again.
func TestJournalsTellWhichLinksHaveEnded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.journal.db")
	j := open(t, path, sandbox)
	for _, test := range []struct {
		status       batch.Status
		userID, link string
		want         []string
	}{
		{batch.Invited, "1", "first", nil},
		{batch.Invited, "1", "second", []string{"first"}},
		{batch.Pending, "", "", []string{"first"}}, // a reminder that was refused
		{batch.Removed, "1", "", []string{"first", "second"}},
		{batch.Removed, "1", "", []string{"first", "second"}},
		{batch.Invited, "1", "", []string{"first"}}, // restored
		{batch.Removed, "1", "", []string{"first", "second"}},
		{batch.Failed, "", "", []string{"first", "second"}},
		{batch.Invited, "2", "third", []string{"first", "second"}},
	} {
		o := batch.Outcome{Address: "a@x.example", Status: test.status, UserID: test.userID, RedeemURL: secret.New(test.link)}
		if err := j.Settle(t.Context(), 0, o); err != nil {
			t.Fatal(err)
		}
		var got []string
		for k, err := range (journal.AtHand{Identity: sandbox, Folder: filepath.Dir(path), Scratch: t.TempDir()}).Known(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for _, link := range k.Ended {
				got = append(got, link.Reveal())
			}
		}
		assert.Equal(t, "ended once "+string(test.status), got, test.want)
	}
	shut(t, j)
}

func TestJournalsOfKilledRunsAreReadInACopy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, _ := openRun(t)
	place(t, folder, copies(t, path, path+"-wal"))
	before := contents(t, folder)
	got, unreadable := known(t, journal.AtHand{Folder: folder, Scratch: filepath.Join(t.TempDir(), "new", "folder")})
	assert.Equal(t, "unreadable", len(unreadable), 0)
	if len(got) != 2 || !strings.HasPrefix(got[0], "list guest0@x.example invited, link") || !strings.HasPrefix(got[1], "list guest1@x.example , ") {
		t.Errorf("got %q", got)
	}
	assert.Equal(t, "files", contents(t, folder), before)
}

func TestOlderJournalsAreReadInACopy(t *testing.T) {
	t.Parallel()
	path := bySQL(t, version2)
	before := contents(t, filepath.Dir(path))
	got, unreadable := known(t, journal.AtHand{Registered: map[string]string{path: ""}, Folder: t.TempDir()})
	assert.Equal(t, "unreadable", len(unreadable), 0)
	assert.Equal(t, "known", got, []string{
		"list a@x.example invited, link, 03:04:08", "list b@x.example , open, mailed", "list c@x.example failed, 03:04:10", "list gone@x.example invited, link, 03:04:07",
	})
	assert.Equal(t, "files", contents(t, filepath.Dir(path)), before)
}

func TestJournalsThatCannotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	neighbour(t, filepath.Join(folder, "a.journal.db"), sandbox)
	place(t, folder, map[string][]byte{"text.journal.db": []byte(strings.Repeat("This is a text. ", 100))})
	if err := os.Mkdir(filepath.Join(folder, "folder.journal.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	newer := bySQL(t, version1, earlierRun, "PRAGMA user_version = 99")
	path, _ := openRun(t)
	noLog := killedCopy(t, path, "")
	damaged := filepath.Join(t.TempDir(), name)
	whole := closed(t)
	copy(whole[3*4096:], slices.Repeat([]byte("garbage "), 512))
	place(t, filepath.Dir(damaged), map[string][]byte{name: whole})
	gone := filepath.Join(t.TempDir(), "unplugged", name)

	got, unreadable := known(t, journal.AtHand{Folder: folder, Registered: map[string]string{newer: "", noLog: "", damaged: "", gone: ""}})
	assert.Equal(t, "the others are read", got, ofANeighbour)
	named := make(map[string]error)
	for _, e := range unreadable {
		named[e.Path] = e
		if !strings.Contains(e.Error(), e.Path) || !strings.Contains(e.Hint(), "--ignore-journal "+shell.Quote(e.Path)) {
			t.Errorf("%v; %s", e, e.Hint())
		}
	}
	assert.Equal(t, "named", slices.Sorted(maps.Keys(named)), slices.Sorted(slices.Values([]string{
		filepath.Join(folder, "text.journal.db"), filepath.Join(folder, "folder.journal.db"), newer, noLog, damaged, gone,
	})))
	if _, ok := errors.AsType[*journal.LogLostError](named[noLog]); !ok {
		t.Errorf("without its log: %v", named[noLog])
	}
	if _, ok := errors.AsType[*journal.DamagedError](named[damaged]); !ok {
		t.Errorf("damaged: %v", named[damaged])
	}
	if _, ok := errors.AsType[*journal.ForeignError](named[newer]); !ok {
		t.Errorf("newer: %v", named[newer])
	}
	_, unreadable = known(t, journal.AtHand{
		Folder: folder, Registered: map[string]string{newer: ""}, Ignore: []string{newer, filepath.Join(folder, "text.journal.db"), filepath.Join(folder, "folder.journal.db")},
	})
	assert.Equal(t, "unreadable, but ignored", len(unreadable), 0)
}

// A journal whose folder was moved is the one that is found elsewhere, by whatever name.
func TestAMovedJournalIsKnownAgain(t *testing.T) {
	t.Parallel()
	before, after := filepath.Join(t.TempDir(), "before"), filepath.Join(t.TempDir(), "after")
	if err := os.Mkdir(before, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(before, "a.journal.db")
	neighbour(t, path, sandbox)
	j := open(t, path, sandbox)
	uid, err := j.UID(t.Context())
	shut(t, j)
	if err := errors.Join(err, os.Rename(before, after)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		at         journal.AtHand
		unreadable int
	}{
		"beside the results": {journal.AtHand{Folder: after}, 0},
		"the own":            {journal.AtHand{Folder: t.TempDir(), OwnUID: uid}, 0},
		"nowhere":            {journal.AtHand{Folder: t.TempDir()}, 1},
		"another":            {journal.AtHand{Folder: t.TempDir(), OwnUID: strings.Repeat("0", len(uid))}, 1},
	} {
		var moved []string
		test.at.Identity, test.at.Registered = sandbox, map[string]string{path: uid}
		test.at.Moved = func(path string) { moved = append(moved, path) }
		_, unreadable := known(t, test.at)
		if len(unreadable) != test.unreadable || len(moved) != 1-test.unreadable || test.unreadable == 1 && !errors.Is(unreadable[0], journal.ErrFolderMissing) {
			t.Errorf("%s: %v, %v", name, unreadable, moved)
		}
	}
}

// TestARunningWriterIsReadAndNotDisturbed reads a journal again and again while rows
// are written to it so fast that its log is begun anew many times.
func TestARunningWriterIsReadAndNotDisturbed(t *testing.T) {
	need.Time(t, "many rows are written, and copied while they are")
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	rows := guests("guest", 800)
	load(t, j, rows...)
	for i := range 100 { // 20 MB, so that a copy takes longer than SQLite needs to begin the log anew
		err := j.Settle(t.Context(), 0, batch.Outcome{
			Address: fmt.Sprintf("long%d@x.example", i), Status: batch.Invited, Advice: strings.Repeat("x", 200_000),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var acknowledged atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i, address := range rows {
			id, err := j.Intend(t.Context(), batch.Intent{Address: address, Mail: true, At: time.Now()})
			if err == nil {
				err = j.Settle(t.Context(), id, batch.Outcome{Address: address, Status: batch.Invited, Advice: strings.Repeat("x", 3000)})
			}
			if err != nil {
				t.Error(err)
				return
			}
			acknowledged.Store(int64(i + 1))
		}
	}()
	readings := 0
	for running := true; running; readings++ {
		select {
		case <-ended:
			running = false
		default:
		}
		before := acknowledged.Load()
		got, unreadable := known(t, journal.AtHand{Folder: filepath.Dir(path)})
		if len(unreadable) > 0 { // it may be written too fast to be copied
			t.Log(unreadable[0])
			continue
		}
		invited := 0
		for _, text := range got {
			if strings.Contains(text, " invited") {
				invited++
			}
		}
		if invited -= 100; int64(invited) < before || len(got)-100-invited > 1 {
			t.Errorf("reading %d: %d invited and %d others, %d were acknowledged before", readings, invited, len(got)-100-invited, before)
		}
	}
	t.Logf("%d readings", readings)
	shut(t, j)
	shut(t, open(t, path, sandbox))
}

// TestAJournalThatIsLockedIsRead reads a journal that another process holds.
func TestAJournalThatIsLockedIsRead(t *testing.T) {
	t.Parallel()
	need.Time(t, "waits for the lock")
	path := filepath.Join(t.TempDir(), "a.journal.db")
	neighbour(t, path, sandbox)
	child := holder(t, path)
	got, unreadable := known(t, journal.AtHand{Folder: filepath.Dir(path)})
	assert.Equal(t, "unreadable", len(unreadable), 0)
	assert.Equal(t, "known", got, ofANeighbour)
	_, err := journal.Open(t.Context(), path, sandbox)
	busy, ok := errors.AsType[*journal.BusyError](err)
	if !ok || busy.Holder.PID != child.Process.Pid {
		t.Errorf("afterwards: %v", err)
	}
}
