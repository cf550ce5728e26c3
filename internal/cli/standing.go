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
	errors map[string]*failure // by code
}

// failure is an error that rows share, in the words of the first.
type failure struct {
	code, text, advice string
	rows               int
}

func newStanding() *standing {
	return &standing{counts: make(batch.Counts), errors: make(map[string]*failure)}
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
	code := cmp.Or(o.ErrorCode, string(o.Status))
	if s.errors[code] == nil {
		s.errors[code] = &failure{code: code, text: o.Error, advice: o.Advice}
	}
	s.errors[code].rows++
}

// frequent are the errors that most rows have, the most first.
func (s *standing) frequent(most int) []*failure {
	all := slices.SortedFunc(maps.Values(s.errors), func(a, b *failure) int {
		return cmp.Or(b.rows-a.rows, cmp.Compare(a.code, b.code))
	})
	return all[:min(most, len(all))]
}
