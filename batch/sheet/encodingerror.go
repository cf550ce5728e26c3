package sheet

import "fmt"

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
	// Above says that text above the cell is UTF-8 beyond ASCII, where nothing was
	// asked for: no encoding fits both.
	Above bool
}

func (e *EncodingError) Error() string {
	switch {
	case e.Encoding != "":
		return fmt.Sprintf("the text is not %s: %q", e.Encoding, e.Cell)
	case e.Above:
		return fmt.Sprintf("the text is not UTF-8, while text above is: %q", e.Cell)
	}
	return fmt.Sprintf("the text is not UTF-8: %q", e.Cell)
}

// Hint shows the flags to choose from, each with what the cell then reads.
func (e *EncodingError) Hint() string {
	switch {
	case e.Encoding != "":
		return "Leave --encoding out to see how the cell reads in the likely encodings."
	case e.Above:
		return "Were two files pasted together? An --encoding for this cell would spoil the text above.\n" +
			`Save each of the files as "CSV UTF-8 (Comma delimited)", then put them together again.` + e.lines("The cell reads", "")
	case len(e.Readings) == 0:
		return saveAsUTF8
	}
	return "Give the encoding in which the cell reads right" + e.lines("", "--encoding ")
}

// lines are the readings, one a line, below a heading.
func (e *EncodingError) lines(heading, flag string) string {
	if len(e.Readings) == 0 {
		return ""
	}
	wide := 0
	for _, r := range e.Readings {
		wide = max(wide, len(r.Encoding))
	}
	text := heading + ":"
	if heading != "" {
		text = "\n" + text
	}
	for _, r := range e.Readings {
		text += fmt.Sprintf("\n  %s%-*s   %q", flag, wide, r.Encoding, r.Text)
	}
	return text
}
