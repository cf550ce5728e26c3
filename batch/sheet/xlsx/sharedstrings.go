package xlsx

import (
	"errors"
	"fmt"
	"io"
)

// memoryLimit is how much text of the shared strings is kept in memory, in bytes;
// the rest goes to a [Spill].
const memoryLimit = 16 << 20

// A spill is read in blocks, of which some are kept: the texts of one row come
// from several places of it, and those of the next row from places near by.
const (
	blockSize  = 64 << 10
	keptBlocks = 32
)

// Spill is a place outside of memory, a file for one. Close removes it.
type Spill interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// sharedStrings are the texts of a workbook that its cells refer to by number.
type sharedStrings struct {
	// ends are where the texts end, counted from the start of the first, in pages: a list
	// that grows by copying would take several times its size.
	ends  []*endsPage
	count int
	// strikes are what is struck through.
	strikes richStrikes
	// memory holds the last texts, those that are not in the spill; it begins at
	// spilled.
	memory  []byte
	spilled int64
	// limit is the most that memory holds, where there is a spill.
	limit int
	spill func() (Spill, error)
	file  Spill
	kept  [keptBlocks]block
}

// endsPage is where some texts end.
type endsPage [1 << 13]int64

// end is where text number i ends, 0 for -1.
func (s *sharedStrings) end(i int) int64 {
	if i < 0 {
		return 0
	}
	return s.ends[i/len(endsPage{})][i%len(endsPage{})]
}

// emptyLimit is how many texts there may be that are on average shorter than a byte: a
// workbook has each text once.
const emptyLimit = 4 << 20

// countLimit is how many texts there may be: each takes some bytes of memory, wherever
// its text is. A million rows of twenty columns have a third as many at most.
const countLimit = 64 << 20

// block is a piece of the spill, by its number, from 1.
type block struct {
	number int64
	bytes  []byte
}

// read reads the part with the shared strings, which a workbook need not have.
func (s *sharedStrings) read(p parts, name string) error {
	if p[partName(name)] == nil {
		return nil
	}
	return p.elements(name, func(x *xmlReader) error {
		if x.name != "si" {
			return nil
		}
		text, struck, err := x.richText()
		if err != nil {
			return err
		}
		s.strikes.add(s.count, struck.decoded(text))
		return s.add(decodeXString(text))
	})
}

// add appends a text.
func (s *sharedStrings) add(text string) error {
	if s.spill != nil && len(s.memory)+len(text) > s.limit && len(s.memory) > 0 {
		if err := s.empty(); err != nil {
			return err
		}
	}
	s.memory = append(s.memory, text...)
	end := s.spilled + int64(len(s.memory))
	if s.count > emptyLimit && end < int64(s.count) {
		return errors.New("it has more texts than characters")
	}
	if s.count == countLimit {
		return fmt.Errorf("it has more than %d texts", countLimit)
	}
	if s.count%len(endsPage{}) == 0 {
		s.ends = append(s.ends, new(endsPage))
	}
	s.ends[len(s.ends)-1][s.count%len(endsPage{})] = end
	s.count++
	return nil
}

// empty moves what is in memory to the spill.
func (s *sharedStrings) empty() (err error) {
	if s.file == nil {
		if s.file, err = s.spill(); err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(s.memory, s.spilled); err != nil {
		return err
	}
	s.spilled += int64(len(s.memory))
	s.memory = s.memory[:0]
	return nil
}

// len is how many texts there are.
func (s *sharedStrings) len() int { return s.count }

// text returns text number i, from 0, which must be less than len.
func (s *sharedStrings) text(i int) (string, error) {
	start, end := s.end(i-1), s.end(i)
	if start >= s.spilled {
		return string(s.memory[start-s.spilled : end-s.spilled]), nil
	}
	number := start / blockSize
	from, to := start-number*blockSize, end-number*blockSize
	if to > blockSize {
		return s.acrossBlocks(start, end)
	}
	kept := &s.kept[number%keptBlocks]
	if kept.number != number+1 {
		if err := s.load(kept, number); err != nil {
			return "", err
		}
	}
	return string(kept.bytes[from:to]), nil
}

// acrossBlocks reads a text that does not lie within one block.
func (s *sharedStrings) acrossBlocks(start, end int64) (string, error) {
	text := make([]byte, end-start)
	if _, err := s.file.ReadAt(text, start); err != nil {
		return "", fmt.Errorf("read the unpacked texts: %w", err)
	}
	return string(text), nil
}

// load reads a block in the place of another.
func (s *sharedStrings) load(into *block, number int64) error {
	size := min(blockSize, s.spilled-number*blockSize)
	if into.bytes == nil {
		into.bytes = make([]byte, blockSize)
	}
	into.number = 0
	if _, err := s.file.ReadAt(into.bytes[:size], number*blockSize); err != nil {
		return fmt.Errorf("read the unpacked texts: %w", err)
	}
	into.number = number + 1
	return nil
}

// close removes the spill.
func (s *sharedStrings) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
