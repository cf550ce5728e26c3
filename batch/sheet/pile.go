package sheet

import (
	"fmt"
	"os"
	"path/filepath"
)

// pileLimit is how much text a pile keeps in memory, in bytes; what is more goes
// into a private file.
const pileLimit = 16 << 20

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
	// window is a piece of the file, from windowAt.
	window   []byte
	windowAt int64
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
	if start < p.windowAt || end > p.windowAt+int64(len(p.window)) {
		if err := p.move(start, end); err != nil {
			return "", err
		}
	}
	return string(p.window[start-p.windowAt : end-p.windowAt]), nil
}

// move reads the piece of the file from start, at least to end: cells mostly ask
// for texts in the order in which they stand.
func (p *pile) move(start, end int64) error {
	size := min(max(end-start, headSize), p.filed-start)
	if int64(cap(p.window)) < size {
		p.window = make([]byte, size)
	}
	p.window, p.windowAt = p.window[:size], start
	if _, err := p.file.ReadAt(p.window, start); err != nil {
		p.window = p.window[:0]
		return fmt.Errorf("read the unpacked texts: %w", err)
	}
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
