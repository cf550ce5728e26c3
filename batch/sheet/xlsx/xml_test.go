package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// piecesOf reads XML with our reader, one line for each tag and text.
func piecesOf(content io.Reader) ([]string, error) {
	x := newXMLReader(io.NopCloser(content))
	var pieces []string
	for {
		found, err := x.next()
		if err != nil {
			return pieces, err
		}
		switch found {
		case tokenEOF:
			return joined(pieces), nil
		case tokenOpen:
			line := "<" + x.name
			for _, a := range x.attributes {
				line += fmt.Sprintf(" %s=%q", a.Name.Local, a.Value)
			}
			pieces = append(pieces, line)
		case tokenClose:
			pieces = append(pieces, "</"+x.name)
		case tokenText:
			pieces = append(pieces, "text "+string(x.content))
		}
	}
}

// expectedPieces reads it with encoding/xml.
func expectedPieces(content string) ([]string, error) {
	d := xml.NewDecoder(strings.NewReader(content))
	var pieces []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return joined(pieces), nil
		}
		if err != nil {
			return pieces, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			line := "<" + token.Name.Local
			for _, a := range token.Attr {
				line += fmt.Sprintf(" %s=%q", a.Name.Local, a.Value)
			}
			pieces = append(pieces, line)
		case xml.EndElement:
			pieces = append(pieces, "</"+token.Name.Local)
		case xml.CharData:
			pieces = append(pieces, "text "+string(token))
		}
	}
}

// joined puts texts that follow each other together.
func joined(pieces []string) []string {
	var out []string
	for _, p := range pieces {
		text, ok := strings.CutPrefix(p, "text ")
		if n := len(out); ok && n > 0 && strings.HasPrefix(out[n-1], "text ") {
			out[n-1] += text
		} else if !ok || text != "" {
			out = append(out, p)
		}
	}
	return out
}

// FuzzXML compares our reader, which pairs tags itself and reads the usual ones without
// a decoder, with [xml.Decoder.Token]: what one takes, the other takes, and both read
// it alike. Ours also refuses document types and what is nested too deep. The reader
// does without the decoder behind an end tag only, so that each text is read there, too.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		xlsxtest.Sheet(xlsxtest.Rows), xlsxtest.Strings, xlsxtest.Styles,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<x:a xmlns:x='u' b=\"1 > 0 &amp; \r\n\" ><![CDATA[<&]]> ]] &#228;&#xe4;\r</x:a>",
		"<a><!-- - -><b/></a>", "<a>]]></a>", "<a b='<'/>", "<a/><b/>", "<a></b>", "<a", "<!DOCTYPE a><a/>", "<a>\xff</a>", "<a>\x01</a>", "<a>&nbsp;</a>",
		"text<a>\uFFFE</a>", "<?xml version='1.0' encoding='latin1'?><a/>", "<a b='1'c='2'/>", "<a b=1/>", "<a b/>", "<?xml version=\"1.0 \"?>", "<a / >", "<a></a >", "<:a/>", "<a:/>", "<ä/>", "<a>&#xD800;</a>",
		`<a:b c:d="1"/>`, `<a:1/>`, `<a:b:c/>`, `<a1 b1="1"  c="" />`, `<a b="1"c="2"/>`, `<a b="1 > 0"/>`, `<a b="<"/>`, `<a b="&lt;"/>`, "<a b=\"\n\"/>", "<a/ >", "<a b=\"1\"/ >", `<1/>`, "</>", "<>", "<a></ a>", "a]b", "a&b", "a\rb", "\uFFFF", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) < 2 || !slices.Contains([]string{"\xFE\xFF", "\xFF\xFE", "\x00<", "<\x00"}, content[:2]) { // UTF-16
			compareXML(t, content)
		}
		compareXML(t, "<r><s/>"+content+"</r>")
	})
}

// compareXML reads XML with our reader and with encoding/xml.
func compareXML(t *testing.T, content string) {
	t.Helper()
	want, wrong := expectedPieces(content)
	for _, source := range []io.Reader{iotest.HalfReader(strings.NewReader(content)), iotest.OneByteReader(strings.NewReader(content))} {
		got, err := piecesOf(source)
		switch {
		case err == nil && wrong != nil:
			t.Fatalf("%.100q is read as %.200q; encoding/xml says %v", content, got, wrong)
		case err == nil:
			assert.Equal(t, fmt.Sprintf("%.100q", content), got, want)
		case wrong == nil && !isUnusual(content):
			t.Fatalf("%.100q is refused: %v; encoding/xml reads %.200q", content, err, want)
		}
	}
}

// TestXMLAcrossBuffers reads tags and texts that end anywhere about the end of what is read
// ahead.
func TestXMLAcrossBuffers(t *testing.T) {
	t.Parallel()
	const cells = `<c r="A1" t="inlineStr"><is><t xml:space="preserve">J\u00f6rg ü</t></is></c><c r="B1" s="1"/>`
	step := 1
	if need.Race {
		step = 9 // each takes a second with the race detector, which has one goroutine to look at
	}
	for before := 0; before < len(cells); before += step {
		compareXML(t, "<a><b/>"+strings.Repeat("x", bufferSize-before)+cells+"</a>")
	}
}

// isUnusual finds what our reader refuses and encoding/xml takes.
func isUnusual(content string) bool {
	return strings.Contains(content, "<!") || strings.Count(content, "<") > maxDepth
}

func TestXMLErrors(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"<a><b>":                     "its end is missing",
		"<a></a":                     "its end is missing",
		"<a></b>":                    "</b> closes what is not open",
		"</a>":                       "</a> closes what is not open",
		"<!DOCTYPE a><a/>":           "a document type or something else that no workbook has",
		"<a>\n\x01</a>":              "its XML is malformed in line 2: illegal character code U+0001",
		"<a><b/>\n<b>\n</b>\x01</a>": "its XML is malformed in line 3: illegal character code U+0001",
		"<a>J\xf6rg</a>":             "its XML is malformed in line 1: invalid UTF-8",
		"<a>&nbsp;</a>":              "its XML is malformed in line 1: invalid character entity &nbsp;",
		"<?xml version='1.0' encoding='latin1'?><a/>":  `its text is not UTF-8 but "latin1"`,
		`<?xml version="1.1"?><a/>`:                    `its XML cannot be read: unsupported version "1.1"; only version 1.0 is supported`,
		"<a>" + strings.Repeat("x", RowLimit) + "</a>": "a single row is larger than 4 MiB",
		strings.Repeat("<a>", maxDepth+1):              "elements are nested deeper than 200",
	} {
		_, err := piecesOf(strings.NewReader(content))
		if err == nil || explained(err).Error() != want {
			t.Errorf("%.40q: got %v, want %s", content, err, want)
		}
	}
}
