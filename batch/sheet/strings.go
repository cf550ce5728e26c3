package sheet

import (
	"encoding/xml"
	"hash/maphash"
	"strings"
)

// table knows the shared strings of a workbook by digest, 8 bytes each: enough
// to tell that excelize gave the right one. With a full disk it gives blanks.
type table struct {
	seed    maphash.Seed
	digests []uint64
}

// readTable walks the shared strings, which a workbook need not have.
func (p parts) readTable() (*table, error) {
	t := &table{seed: maphash.MakeSeed()}
	part := p[stringsPart]
	if part == nil {
		return t, nil
	}
	x, err := openXML(part)
	if err != nil {
		return nil, damaged(stringsPart, err)
	}
	defer x.close()
	for {
		x.held.slacken()
		token, err := x.next()
		if err != nil {
			return nil, damaged(stringsPart, err)
		}
		if token == nil {
			return t, nil
		}
		if e, opens := token.(xml.StartElement); !opens || e.Name.Local != "si" {
			continue
		}
		text, err := x.richText()
		if err != nil {
			return nil, damaged(stringsPart, err)
		}
		t.digests = append(t.digests, t.digest(text))
	}
}

// digest of a stored text, 0 when it cannot be compared with the text shown.
func (t *table) digest(text string) uint64 {
	if escaped(text) {
		return 0
	}
	return max(1, maphash.String(t.seed, text))
}

// is reports whether text can be shared string number i.
func (t *table) is(i int, text string) bool {
	want := t.digests[i]
	return want == 0 || want == max(1, maphash.String(t.seed, text))
}

// escaped reports whether a stored text may spell characters as _x000D_, so
// that the text shown differs.
func escaped(text string) bool { return strings.Contains(text, "_x") }
