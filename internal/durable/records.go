package durable

import (
	"bufio"
	"encoding/gob"
	"errors"
	"io"
	"math"
	"os"
)

// Records keeps values of one type in a temporary file, for what would be too much for
// memory, and gives them back in any order. Gob writes them: exported fields only, and no
// secret that keeps itself to itself.
type Records[T any] struct {
	file *os.File
	out  *bufio.Writer
	gob  *gob.Encoder
	// size is how many bytes there are, those in out included.
	size int64
}

// NewRecords makes the file in a private folder. The records must be closed.
func NewRecords[T any](folder string) (*Records[T], error) {
	file, err := os.CreateTemp(folder, "records-")
	if err != nil {
		return nil, err
	}
	r := &Records[T]{file: file, out: bufio.NewWriterSize(file, 64<<10)}
	r.gob = gob.NewEncoder(writerFunc(func(p []byte) (int, error) {
		n, err := r.out.Write(p)
		r.size += int64(n)
		return n, err
	}))
	// The first value of a gob stream also says what a value is made of; reading begins
	// with it.
	if err := r.gob.Encode(*new(T)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// writerFunc is a function that writes.
type writerFunc func(p []byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

// Add keeps a value, and returns where it is.
func (r *Records[T]) Add(value T) (at int64, err error) {
	at = r.size
	return at, r.gob.Encode(value)
}

// Reader reads what was added so far. There may be several at the same time, each for one
// goroutine, and nothing is added meanwhile.
func (r *Records[T]) Reader() (*RecordReader[T], error) {
	if err := r.out.Flush(); err != nil {
		return nil, err
	}
	reader := &RecordReader[T]{file: r.file, in: bufio.NewReader(nil)}
	reader.gob = gob.NewDecoder(reader.in)
	_, err := reader.Read(0) // what a value is made of
	return reader, err
}

// Close gives the file back, which goes with its folder.
func (r *Records[T]) Close() error { return r.file.Close() }

// RecordReader reads [Records].
type RecordReader[T any] struct {
	file *os.File
	in   *bufio.Reader
	gob  *gob.Decoder
}

// Read returns the value that is at a place.
func (r *RecordReader[T]) Read(at int64) (value T, err error) {
	r.in.Reset(io.NewSectionReader(r.file, at, math.MaxInt64-at))
	err = r.gob.Decode(&value)
	return value, err
}
