package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes a value as one line of JSON.
func writeJSON(w io.Writer, of any) error {
	line, err := jsonLine(of)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// jsonLine is a value as one line of JSON, with its end.
func jsonLine(of any) ([]byte, error) {
	line, err := json.Marshal(of)
	return append(inASCII(line), '\n'), err
}

// inASCII gives JSON with an escape for each character that is not ASCII: Windows
// PowerShell 5.1 takes what a program prints for text of DOS, and would garble names.
func inASCII(encoded []byte) []byte {
	out := make([]byte, 0, len(encoded))
	for len(encoded) > 0 {
		r, size := utf8.DecodeRune(encoded)
		encoded = encoded[size:]
		switch high, low := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf:
			out = utf8.AppendRune(out, r)
		case high != utf8.RuneError:
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
