package cli

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"guestlist/batch"
)

// standing is where the rows of a list stand, counted as they are written.
type standing struct {
	counts batch.Counts
	errors map[cause]*failure
}

// cause is what rows have in common that are mended in the same way.
type cause struct{ code, advice string }

// failure is an error that rows share, in the words of the first.
type failure struct {
	code, text, advice string
	rows               int
}

func newStanding() *standing {
	return &standing{counts: make(batch.Counts), errors: make(map[cause]*failure)}
}

// counting passes records on. Rows that have left the list do not count.
func (s *standing) counting(records iter.Seq2[batch.Record, error]) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		for record, err := range records {
			if err == nil && record.Line > 0 {
				s.add(record.Outcome)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

func (s *standing) add(o batch.Outcome) {
	s.counts[o.Status]++
	if !o.Status.NeedsCare() {
		return
	}
	why := cause{cmp.Or(o.ErrorCode, string(o.Status)), o.Advice}
	if s.errors[why] == nil {
		s.errors[why] = &failure{code: why.code, text: o.Error, advice: o.Advice}
	}
	s.errors[why].rows++
}

// frequent are the errors that most rows have, the most first.
func (s *standing) frequent(most int) []*failure {
	all := slices.SortedFunc(maps.Values(s.errors), func(a, b *failure) int {
		return cmp.Or(b.rows-a.rows, cmp.Compare(a.code, b.code), cmp.Compare(a.advice, b.advice))
	})
	return all[:min(most, len(all))]
}
