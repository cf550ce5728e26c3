package xlsx

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
)

// inFile makes shared strings of which a file holds those beyond the limit.
func inFile(tb testing.TB, limit int) *sharedStrings {
	tb.Helper()
	folder := tb.TempDir() // removed after the file is closed
	s := &sharedStrings{limit: limit, spill: func() (Spill, error) { return os.CreateTemp(folder, "") }}
	tb.Cleanup(func() {
		if err := s.close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// FuzzSharedStrings asks for texts that mostly are in a file.
func FuzzSharedStrings(f *testing.F) {
	f.Add("a b  c "+strings.Repeat("x", 300)+" d", 5, uint8(3))
	f.Add("", 1, uint8(0))
	f.Fuzz(func(t *testing.T, text string, limit int, step uint8) {
		s := inFile(t, max(limit, 0))
		texts := strings.Split(text, " ")
		for _, text := range texts {
			if err := s.add(text); err != nil {
				t.Fatal(err)
			}
		}
		for i := range texts {
			at := (i * int(step)) % len(texts)
			got, err := s.text(at)
			if err != nil || got != texts[at] {
				t.Fatalf("text %d is %q, %v, want %q", at, got, err, texts[at])
			}
		}
	})
}

// TestSharedStringsOfManyBlocks goes back and forth in more text than blocks are kept.
func TestSharedStringsOfManyBlocks(t *testing.T) {
	t.Parallel()
	s := inFile(t, 1000)
	const texts = 3 * keptBlocks * blockSize / 1000
	text := func(i int) string { return strings.Repeat(strconv.Itoa(i)+",", 1000/(len(strconv.Itoa(i))+1)) }
	for i := range texts {
		if err := s.add(text(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range texts {
		for _, at := range []int{i, i % 7, (i * 31) % texts, texts - 1 - i} {
			if got, err := s.text(at); err != nil || got != text(at) {
				t.Fatalf("text %d is %.20q, %v", at, got, err)
			}
		}
	}
}

// TestTextsWithoutCharacters refuses more empty texts than any workbook has, which cost
// next to nothing in a file.
func TestTextsWithoutCharacters(t *testing.T) {
	t.Parallel()
	s := inFile(t, memoryLimit)
	var err error
	for i := 0; i < 2*emptyLimit && err == nil; i++ {
		err = s.add("")
	}
	if err == nil || err.Error() != "it has more texts than characters" || s.len() > emptyLimit+1 {
		t.Errorf("%d texts, %v", s.len(), err)
	}
}

// TestSpillThatFails gives back the error as it is.
func TestSpillThatFails(t *testing.T) {
	t.Parallel()
	full := errors.New("no room")
	s := &sharedStrings{limit: 1, spill: func() (Spill, error) { return nil, full }}
	if err := errors.Join(s.add("a@x.example"), s.add("b@x.example")); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}
