package report

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"os"
	"slices"

	"guestlist/batch"
)

// blockSize is how much of a group is held in memory before it goes to disk.
const blockSize = 16 << 10

// spool keeps the rows that need care on disk until it is known which error is
// the most frequent one. Memory holds one block for each error code.
type spool struct {
	file *os.File
	end  int64
	// groups are by error code, order has them as they came.
	groups map[string]*group
	order  []*group
}

// group is the rows that share an error code.
type group struct {
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
	return &spool{file: file, groups: make(map[string]*group)}, nil
}

// add keeps a record.
func (s *spool) add(rec batch.Record) error {
	g := s.groups[rec.Outcome.ErrorCode]
	if g == nil {
		g = &group{}
		s.groups[rec.Outcome.ErrorCode] = g
		s.order = append(s.order, g)
	}
	g.rows++
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

// records yields the rows of the most frequent error first, and those of one
// error in the order in which they came.
func (s *spool) records() iter.Seq2[kept, error] {
	slices.SortStableFunc(s.order, func(a, b *group) int { return b.rows - a.rows })
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
