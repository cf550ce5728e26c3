package journal_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// TestImportsAgreeWithTheirSum imports random lists one after the other, some
// guests of which were invited, and holds what is there against what the latest
// list and all earlier ones come to.
func TestImportsAgreeWithTheirSum(t *testing.T) {
	t.Parallel()
	need.Time(t, "plays a hundred random sequences of imports")
	folder, _ := watch(t) // saves the time that syncs take
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; isEnough(t, n) {
			return
		}
		j, shut, err := openFor(t.Context(), t.Name(), filepath.Join(folder, fmt.Sprint(n)), sandbox)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = errors.Join(j.Close(), shut()) }()
		sum := imports{invited: map[string]bool{}, gone: map[string]bool{}}
		for range rapid.IntRange(2, 6).Draw(rt, "imports") {
			addresses := rapid.SliceOfN(rapid.SampledFrom(guests("g", 8)), 0, 9).Draw(rt, "list")
			sum.add(addresses)
			load(t, j, addresses...)
			if diff := sum.compare(t, j); diff != "" {
				rt.Fatal(diff)
			}
			for _, a := range addresses {
				if !sum.invited[a] && rapid.Bool().Draw(rt, "invite "+a) {
					settle(t, j, a, batch.Invited, "")
					sum.invited[a] = true
				}
			}
		}
	})
}

// imports is what lists come to, one after the other.
type imports struct {
	list    []string
	invited map[string]bool
	gone    map[string]bool // from the list, invited
}

func (s *imports) add(list []string) {
	for _, a := range s.list {
		s.gone[a] = s.invited[a]
	}
	for _, a := range list {
		delete(s.gone, a)
	}
	maps.DeleteFunc(s.gone, func(_ string, invited bool) bool { return !invited })
	s.list = list
}

// compare returns what differs, "" for nothing.
func (s *imports) compare(t *testing.T, j *journal.Journal) string {
	t.Helper()
	var want []string
	for i, a := range s.list {
		status := "pending"
		switch {
		case slices.Contains(s.list[:i], a):
			status = "duplicate Duplicate"
		case s.invited[a]:
			status = "invited"
		}
		want = append(want, fmt.Sprint(i+2, " ", a, " ", status))
	}
	for _, a := range slices.Sorted(maps.Keys(s.gone)) {
		want = append(want, fmt.Sprint("0 ", a, " invited"))
	}
	if got := stands(t, j); !slices.Equal(got, want) {
		return fmt.Sprintf("got  %q\nwant %q", got, want)
	}
	return ""
}

// TestImportAcrossPages moves rows over the borders of the pages in which the
// old list is read.
func TestImportAcrossPages(t *testing.T) {
	need.Time(t, "imports thousands of rows, eight times")
	old := guests("guest", 2500)
	backwards := slices.Clone(old)
	slices.Reverse(backwards)
	for what, list := range map[string][]string{
		"the same":           old,
		"one more in front":  append([]string{"new@x.example"}, old...),
		"one less in front":  old[1:],
		"some more behind":   append(slices.Clone(old), guests("later", 600)...),
		"a page less behind": old[:1500],
		"a whole page":       old[:1000],
		"backwards":          backwards,
		"none":               nil,
	} {
		t.Run(what, func(t *testing.T) {
			sum := imports{invited: map[string]bool{}, gone: map[string]bool{}}
			j := begin(t, old...)
			for _, a := range []string{old[0], old[999], old[1000], old[1499], old[1500], old[2499]} {
				settle(t, j, a, batch.Invited, "")
				sum.invited[a] = true
			}
			sum.add(old)
			for _, next := range [][]string{list, old} {
				load(t, j, next...)
				sum.add(next)
				if diff := sum.compare(t, j); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

// Results that people have changed do not say who is in the list, but for rows that have
// another address now. The list itself says it, also where it is as those results were.
func TestRowsThatResultsLackAreInTheList(t *testing.T) {
	t.Parallel()
	header := batch.Header{Columns: []string{"Email", "Manager"}}
	j := begin(t, "a@x.example", "b@x.example", "typo@x.example")
	for _, address := range []string{"a@x.example", "b@x.example", "typo@x.example"} {
		settle(t, j, address, batch.Invited, "")
	}
	has := func(when string, want ...string) {
		t.Helper()
		var left []string
		for r, err := range j.Records(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Line == 0 {
				left = append(left, fmt.Sprint(r.Outcome.Address, " ", r.NotInList))
			}
		}
		assert.Equal(t, when, left, want)
		has, err := j.HasNotInList(t.Context())
		assert.Equal(t, when+": any", fmt.Sprint(has, err), fmt.Sprint(slices.ContainsFunc(want, func(w string) bool { return strings.HasSuffix(w, "true") }), " <nil>"))
	}
	changed := func(addresses ...string) {
		t.Helper()
		corrected := func(address string) bool { return address == "typo@x.example" }
		if err := j.ImportResults(t.Context(), header, all(plan(nil, addresses)), corrected); err != nil {
			t.Fatal(err)
		}
	}
	changed("a@x.example", "typo@x.example")
	has("deleted in the results", "b@x.example false")
	changed("a@x.example", "right@x.example")
	has("corrected", "b@x.example false", "typo@x.example true")
	load(t, j, "a@x.example", "right@x.example", "b@x.example")
	has("the list has it", "typo@x.example true")
	changed("a@x.example", "right@x.example")
	has("deleted again", "b@x.example false", "typo@x.example true")
	load(t, j, "a@x.example", "right@x.example")
	has("the list has it no more", "b@x.example true", "typo@x.example true")
	changed("a@x.example")
	has("once more", "b@x.example true", "typo@x.example true")
}

// TestImportKeepsWhatTheListSays changes one thing of a row at a time.
func TestImportKeepsWhatTheListSays(t *testing.T) {
	t.Parallel()
	header := batch.Header{Columns: []string{"Email", "Language"}, Fields: map[batch.Field]int{batch.Email: 0, batch.Language: 1}}
	steps := func(row batch.Row) []batch.Step {
		return []batch.Step{new(batch.Plan).Add(judge.Row(header, judge.Defaults{RedirectURL: "https://example.com"}, row))}
	}
	j := begin(t)
	for what, row := range map[string]batch.Row{
		"a row":          {Line: 2, Cells: []string{"a@x.example", "nl"}},
		"another line":   {Line: 3, Cells: []string{"a@x.example", "nl"}},
		"a wider one":    {Line: 3, Cells: []string{"a@x.example", "nl", "more"}},
		"an invalid one": {Line: 3, Cells: []string{"a@x.example", "?", "more"}},
		"a signed one":   {Line: 3, Cells: []string{"a@x.example", "nl", `<"\ü` + "\u2028\n"}},
		"no cells":       {Line: 3, Cells: nil},
	} {
		if err := j.Import(t.Context(), header, all(steps(row))); err != nil {
			t.Fatal(err)
		}
		var rows []batch.Row
		for r, err := range j.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, r)
		}
		assert.Equal(t, what, rows, []batch.Row{row})
		columns, err := j.Columns(t.Context())
		if err != nil || len(columns) != max(2, len(row.Cells)) {
			t.Errorf("%s: columns %q %v", what, columns, err)
		}
		for r, err := range j.Records(t.Context()) {
			want := steps(row)[0].Outcome()
			if err != nil || r.Outcome.Status != want.Status || r.Outcome.Error != want.Error || r.Outcome.Advice != want.Advice {
				t.Errorf("%s: record %v %v, want %v", what, r.Outcome, err, want)
			}
		}
	}
}

func TestFailedImportKeepsTheOldList(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example")
	broken := errors.New("row 3: unreadable")
	err := j.Import(t.Context(), batch.Header{Columns: []string{"Email"}}, func(yield func(batch.Step, error) bool) {
		_ = yield(plan(nil, []string{"b@x.example"})[0], nil) && yield(batch.Step{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	assert.Equal(t, "records", stands(t, j), []string{"2 a@x.example pending"})
}

// TestReconsider decides anew about the list that is there: where that changes nothing,
// nothing is written.
func TestReconsider(t *testing.T) {
	t.Parallel()
	j := begin(t, guests("g", 2500)...)
	if err := j.Wrote(t.Context(), "list.xlsx", "digest"); err != nil {
		t.Fatal(err)
	}
	reconsider := func(last string) {
		t.Helper()
		err := j.Reconsider(t.Context(), func(list iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error] {
			return func(yield func(batch.Step, error) bool) {
				var addresses []string
				for row, err := range list {
					if err != nil {
						t.Fatal(err)
					}
					addresses = append(addresses, row.Cells[0])
				}
				addresses[len(addresses)-1] = last
				for _, step := range plan(&batch.History{}, addresses) {
					if !yield(step, nil) {
						return
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	reconsider(guests("g", 2500)[2499])
	if news, err := j.News(t.Context()); err != nil || news {
		t.Errorf("a list that did not change is news: %v, %v", news, err)
	}
	reconsider("no address")
	if news, err := j.News(t.Context()); err != nil || !news {
		t.Errorf("what changed is no news: %v, %v", news, err)
	}
	counts, err := countRows(t.Context(), j)
	if err != nil || counts[batch.Invalid] != 1 || counts[batch.Pending] != 2499 {
		t.Errorf("%v, %v", counts, err)
	}
}
