package sheet

import (
	"errors"
	"io"
	"unicode/utf8"
)

// validUTF8 reads a text to its end, or until it is not UTF-8, and reports
// whether it is ASCII alone and whether it is UTF-8.
func validUTF8(r io.Reader) (plain, valid bool, err error) {
	buf := make([]byte, headSize)
	plain = true
	for rest := 0; ; {
		n, err := r.Read(buf[rest:])
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return plain, false, unreadable(err)
		}
		text := buf[:rest+n]
		if !ended {
			text = wholeRunes(text)
		}
		plain, valid = plain && ascii(text), utf8.Valid(text)
		if ended || !valid {
			return plain, valid, nil
		}
		rest = copy(buf, buf[len(text):rest+n])
	}
}

// wholeRunes is a text without a character cut off at its end.
func wholeRunes(text []byte) []byte {
	for end := len(text); end > max(0, len(text)-utf8.UTFMax); end-- {
		if !utf8.RuneStart(text[end-1]) {
			continue
		}
		if utf8.FullRune(text[end-1:]) {
			break
		}
		return text[:end-1]
	}
	return text
}

func ascii(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
