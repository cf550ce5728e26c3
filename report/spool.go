package report

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"iter"
	"os"
	"slices"

	"guestlist/batch"
)

// blockSize is how much of a group is held in memory before it goes to disk.
const blockSize = 16 << 10

// maxGroups is how many groups are told apart by their advice, too: each has a
// block in memory.
const maxGroups = 200

// spool keeps the rows that need care on disk until it is known which error is
// the most frequent one. Memory holds one block for each group.
type spool struct {
	file *os.File
	end  int64
	// groups are by error code and advice, order has them as they came.
	groups map[fault]*group
	order  []*group
	codes  map[string]*code
}

// code is the rows that share an error code, first the place of its first group.
type code struct{ rows, first int }

// group is the rows that share an error and its advice.
type group struct {
	code   *code
	rows   int
	blocks []block
	// held is the beginning of the next block.
	held []byte
}

// block is where a part of a group stands in the file.
type block struct{ at, size int64 }

// newSpool keeps rows in the folder scratch.
func newSpool(scratch string) (*spool, error) {
	file, err := os.CreateTemp(scratch, "care-")
	if err != nil {
		return nil, err
	}
	return &spool{file: file, groups: make(map[fault]*group), codes: make(map[string]*code)}, nil
}

// add keeps a record.
func (s *spool) add(rec batch.Record) error {
	g := s.group(fault{rec.Outcome.ErrorCode, rec.Outcome.Advice})
	g.rows++
	g.code.rows++
	g.held = appendRecord(g.held, rec)
	if len(g.held) < blockSize {
		return nil
	}
	n, err := s.file.WriteAt(g.held, s.end)
	g.blocks = append(g.blocks, block{s.end, int64(n)})
	s.end += int64(n)
	g.held = g.held[:0]
	return err
}

// group finds or opens the group of an error.
func (s *spool) group(of fault) *group {
	if s.groups[of] == nil && len(s.order) >= maxGroups {
		of.advice = ""
	}
	if g := s.groups[of]; g != nil {
		return g
	}
	if s.codes[of.code] == nil {
		s.codes[of.code] = &code{first: len(s.order)}
	}
	g := &group{code: s.codes[of.code]}
	s.groups[of] = g
	s.order = append(s.order, g)
	return g
}

// records yields the rows of the most frequent error first, of these the rows
// with the most frequent advice, and those of one group in the order in which
// they came.
func (s *spool) records() iter.Seq2[kept, error] {
	slices.SortStableFunc(s.order, func(a, b *group) int {
		return cmp.Or(b.code.rows-a.code.rows, a.code.first-b.code.first, b.rows-a.rows)
	})
	return func(yield func(kept, error) bool) {
		for _, g := range s.order {
			r := bufio.NewReader(s.content(g))
			for range g.rows {
				rec, err := readRecord(r)
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// content reads what add wrote for a group.
func (s *spool) content(g *group) io.Reader {
	parts := make([]io.Reader, 0, len(g.blocks)+1)
	for _, b := range g.blocks {
		parts = append(parts, io.NewSectionReader(s.file, b.at, b.size))
	}
	return io.MultiReader(append(parts, bytes.NewReader(g.held))...)
}

func (s *spool) close() error { return s.file.Close() }
