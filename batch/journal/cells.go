package journal

import (
	"encoding/json"
	"strings"
)

// encodeCells gives the cells of a row as they stand in the journal: as
// [json.Marshal] does, which is slow for what nearly all cells are.
func encodeCells(buffer []byte, cells []string) ([]byte, error) {
	if cells == nil {
		return append(buffer, "null"...), nil
	}
	buffer = append(buffer, '[')
	for i, cell := range cells {
		if i > 0 {
			buffer = append(buffer, ',')
		}
		if plain(cell) {
			buffer = append(append(append(buffer, '"'), cell...), '"')
			continue
		}
		text, err := json.Marshal(cell)
		if err != nil {
			return nil, err
		}
		buffer = append(buffer, text...)
	}
	return append(buffer, ']'), nil
}

// plain reports whether JSON writes a text as it is.
func plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// decodeCells is the opposite. Without a backslash in it, what stands between
// two quotes is a cell as it is.
func decodeCells(text string) (cells []string, err error) {
	const quote = `"`
	inner, opened := strings.CutPrefix(text, `["`)
	inner, closed := strings.CutSuffix(inner, `"]`)
	if opened && closed && !strings.Contains(inner, `\`) {
		cells = strings.Split(inner, `","`)
		if strings.Count(text, quote) == 2*len(cells) {
			return cells, nil
		}
	}
	cells = nil
	return cells, json.Unmarshal([]byte(text), &cells)
}
