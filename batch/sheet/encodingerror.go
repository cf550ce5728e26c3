package sheet

import (
	"fmt"
	"strings"
)

// EncodingError is found in the [Error] for the first cell whose bytes are not
// text of the encoding that was asked for, or of UTF-8 where none was.
type EncodingError struct {
	// Encoding is what was asked for, "" for nothing.
	Encoding string
	// Cell is the start of the cell, with U+FFFD for what could not be read.
	Cell string
	// Readings are how it reads in the likely encodings, the most plausible
	// first; none where an encoding was asked for.
	Readings []Reading
}

func (e *EncodingError) Error() string {
	if e.Encoding != "" {
		return fmt.Sprintf("the text is not %s: %q", e.Encoding, e.Cell)
	}
	what := fmt.Sprintf("the text is not UTF-8: %q", e.Cell)
	if len(e.Readings) == 0 {
		return what
	}
	texts := make([]string, len(e.Readings))
	for i, r := range e.Readings {
		texts[i] = fmt.Sprintf("%q in %s", r.Text, r.Encoding)
	}
	return what + "; it reads " + strings.Join(texts, ", ")
}

// Hint shows the flag to type.
func (e *EncodingError) Hint() string {
	switch {
	case e.Encoding != "":
		return "Give another --encoding; without one, the error shows how a cell reads in the likely encodings."
	case len(e.Readings) == 0:
		return saveAsUTF8
	case len(e.Readings) == 1:
		return fmt.Sprintf("If that is right, give --encoding %s.", e.Readings[0].Encoding)
	}
	return fmt.Sprintf("Give the encoding in which it reads right, for example --encoding %s.", e.Readings[0].Encoding)
}
