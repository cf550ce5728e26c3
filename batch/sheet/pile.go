package sheet

import (
	"fmt"
	"os"
	"path/filepath"
)

// pileLimit is how much text a pile keeps in memory, in bytes; what is more goes
// into a private file.
const pileLimit = 16 << 20

// The file is read in blocks, of which some are kept. The texts of one row come
// from several places of the file, and so do those of the next.
const (
	blockSize  = 64 << 10
	keptBlocks = 32
)

// pile keeps many texts by number: the shared strings of a workbook.
type pile struct {
	// ends are where the texts end, counted from the first.
	ends []int64
	// memory holds the last texts, those that are not in the file; it begins at
	// filed.
	memory []byte
	filed  int64
	limit  int
	folder string
	file   *os.File
	blocks [keptBlocks]block
}

// block is a piece of the file, by its number, from 1.
type block struct {
	number int64
	bytes  []byte
}

// add puts a text on top.
func (p *pile) add(text string) error {
	if len(p.memory)+len(text) > p.limit && len(p.memory) > 0 {
		if err := p.spill(); err != nil {
			return err
		}
	}
	p.memory = append(p.memory, text...)
	p.ends = append(p.ends, p.filed+int64(len(p.memory)))
	return nil
}

// spill moves what is in memory to the file.
func (p *pile) spill() (err error) {
	if p.file == nil {
		if p.folder, err = newScratch(); err != nil {
			return err
		}
		if p.file, err = os.OpenFile(filepath.Join(p.folder, "strings"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return noRoom(err)
		}
	}
	if _, err := p.file.WriteAt(p.memory, p.filed); err != nil {
		return noRoom(err)
	}
	p.filed += int64(len(p.memory))
	p.memory = p.memory[:0]
	return nil
}

// text is text number i, which must be one of those added.
func (p *pile) text(i int) (string, error) {
	start := int64(0)
	if i > 0 {
		start = p.ends[i-1]
	}
	end := p.ends[i]
	if start >= p.filed {
		return string(p.memory[start-p.filed : end-p.filed]), nil
	}
	number := start / blockSize
	from, to := start-number*blockSize, end-number*blockSize
	if to > blockSize {
		return p.across(start, end)
	}
	kept := &p.blocks[number%keptBlocks]
	if kept.number != number+1 {
		if err := p.load(kept, number); err != nil {
			return "", err
		}
	}
	return string(kept.bytes[from:to]), nil
}

// across reads a text that does not stand in one block.
func (p *pile) across(start, end int64) (string, error) {
	text := make([]byte, end-start)
	if _, err := p.file.ReadAt(text, start); err != nil {
		return "", fmt.Errorf("read the unpacked texts: %w", err)
	}
	return string(text), nil
}

// load reads a block in the place of another.
func (p *pile) load(into *block, number int64) error {
	size := min(blockSize, p.filed-number*blockSize)
	if into.bytes == nil {
		into.bytes = make([]byte, blockSize)
	}
	into.number = 0
	if _, err := p.file.ReadAt(into.bytes[:size], number*blockSize); err != nil {
		return fmt.Errorf("read the unpacked texts: %w", err)
	}
	into.number = number + 1
	return nil
}

// close removes the file.
func (p *pile) close() error {
	if p.folder == "" {
		return nil
	}
	if p.file != nil {
		_ = p.file.Close() // it goes with its folder
	}
	return os.RemoveAll(p.folder)
}
