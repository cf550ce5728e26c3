package marked

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

// parts are those of a workbook by name.
type parts map[string][]byte

func unzipped(t *testing.T, content []byte) parts {
	t.Helper()
	all := parts{}
	for name, part := range assert.Zip(t, content) {
		all[name] = []byte(part)
	}
	return all
}

// elements visits every element of a part.
func elements(t *testing.T, name string, content []byte, visit func(depth int, e xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(content))
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			visit(depth, token)
			depth++
		case xml.EndElement:
			depth--
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// order is that of the children of a worksheet, ECMA-376 part 1, section 18.3.1.99.
var order = []string{
	"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
	"protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
	"phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
	"headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
	"legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
}

// complaints are the rules of ECMA-376 that a workbook breaks, among those for
// which Excel offers a repair.
func complaints(t *testing.T, all parts) []string {
	t.Helper()
	var wrong []string
	complain := func(what ...string) { wrong = append(wrong, strings.Join(what, " ")) }
	types := contentTypes(t, all["[Content_Types].xml"])
	for name, content := range all {
		extension := strings.TrimPrefix(path.Ext(name), ".")
		byExtension := extension != "xml" && types[extension] != "" // "xml" says nothing
		if name != "[Content_Types].xml" && types["/"+name] == "" && !byExtension {
			complain(name, "has no content type")
		}
		ids := relations(t, all, name, complain)
		elements(t, name, content, func(_ int, e xml.StartElement) {
			var seen []xml.Name
			for _, a := range e.Attr {
				if slices.Contains(seen, a.Name) {
					complain(name, e.Name.Local, "has the attribute", a.Name.Local, "twice")
				}
				seen = append(seen, a.Name)
				if a.Name.Space == "http://schemas.openxmlformats.org/officeDocument/2006/relationships" && ids[a.Value] == "" {
					complain(name, e.Name.Local, "names the relation", a.Value, "that is not there")
				}
			}
		})
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			worksheet(t, name, content, complain)
		}
	}
	for name := range types {
		if strings.HasPrefix(name, "/") && all[name[1:]] == nil {
			complain(name, "has a content type and is not there")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// contentTypes are by part ("/xl/workbook.xml") and by extension ("vml").
func contentTypes(t *testing.T, content []byte) map[string]string {
	t.Helper()
	types := map[string]string{}
	elements(t, "content types", content, func(_ int, e xml.StartElement) {
		switch e.Name.Local {
		case "Override":
			types[attribute(e, "PartName")] = attribute(e, "ContentType")
		case "Default":
			types[attribute(e, "Extension")] = attribute(e, "ContentType")
		}
	})
	return types
}

// relations are those of a part, target by id.
func relations(t *testing.T, all parts, name string, complain func(...string)) map[string]string {
	t.Helper()
	ids := map[string]string{}
	file := path.Join(path.Dir(name), "_rels", path.Base(name)+".rels")
	elements(t, file, all[file], func(_ int, e xml.StartElement) {
		if e.Name.Local != "Relationship" {
			return
		}
		id, target := attribute(e, "Id"), attribute(e, "Target")
		if ids[id] != "" {
			complain(file, "has", id, "twice")
		}
		ids[id] = target
		if attribute(e, "TargetMode") == "External" {
			return
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(name), target)
		}
		if all[strings.TrimPrefix(target, "/")] == nil {
			complain(file, "names", target, "that is not there")
		}
	})
	return ids
}

func worksheet(t *testing.T, name string, content []byte, complain func(...string)) {
	t.Helper()
	last, row := -1, 0
	elements(t, name, content, func(depth int, e xml.StartElement) {
		if depth == 1 {
			at := slices.Index(order, e.Name.Local)
			if at < 0 || at <= last {
				complain(name, e.Name.Local, "is in the wrong place")
			}
			last = at
		}
		if e.Name.Local == "row" {
			r, err := strconv.Atoi(attribute(e, "r"))
			if err != nil || r <= row {
				complain(name, "row", attribute(e, "r"), "comes too late")
			}
			row = r
		}
	})
}

func TestExcelHasNothingToRepair(t *testing.T) {
	var plain, none bytes.Buffer
	if err := errors.Join(Write(t.Context(), &plain, people()), Write(t.Context(), &none, List{Header: header("Email"), Rows: sequence()})); err != nil {
		t.Fatal(err)
	}
	l := people()
	l.Sheet = "Anna's guests & <others>"
	for name, content := range map[string][]byte{
		"people": plain.Bytes(), "no rows": none.Bytes(),
		"several sheets": tuned(t, numbered(30), func(b *book) { b.maxRows = 10 }),
		"an odd sheet":   tuned(t, l, func(*book) {}),
		"few comments":   tuned(t, numbered(30), func(b *book) { b.comments = 2 }),
	} {
		assert.Equal(t, name, complaints(t, unzipped(t, content)), []string(nil))
	}
}

// TestTheRulesAreLookedAt breaks them one by one.
func TestTheRulesAreLookedAt(t *testing.T) {
	var out bytes.Buffer
	if err := Write(t.Context(), &out, people()); err != nil {
		t.Fatal(err)
	}
	const sheet1, rels = "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels"
	replace := func(name, old, with string) func(parts) {
		return func(all parts) {
			if !bytes.Contains(all[name], []byte(old)) {
				t.Fatalf("%s has no %q:\n%s", name, old, all[name])
			}
			all[name] = bytes.Replace(all[name], []byte(old), []byte(with), 1)
		}
	}
	for want, harm := range map[string]func(parts){
		"xl/comments1.xml has no content type":                              replace("[Content_Types].xml", "/xl/comments1.xml", "/xl/comments2.xml"),
		"xl/drawings/vmlDrawing1.vml has no content type":                   replace("[Content_Types].xml", `Extension="vml"`, `Extension="vmx"`),
		"/xl/comments1.xml has a content type and is not there":             func(all parts) { delete(all, "xl/comments1.xml") },
		rels + " names xl/drawings/vmlDrawing1.vml that is not there":       func(all parts) { delete(all, "xl/drawings/vmlDrawing1.vml") },
		sheet1 + " legacyDrawing names the relation rId1 that is not there": replace(rels, `Id="rId1"`, `Id="rId9"`),
		sheet1 + " pageMargins is in the wrong place":                       replace(sheet1, "<pageMargins", "<tableParts/><pageMargins"),
		sheet1 + " row 2 comes too late":                                    replace(sheet1, `<row r="3"`, `<row r="2"`),
		sheet1 + " row has the attribute r twice":                           replace(sheet1, `<row r="3"`, `<row r="3" r="3"`),
	} {
		all := unzipped(t, out.Bytes())
		harm(all)
		if got := complaints(t, all); !slices.Contains(got, want) {
			t.Errorf("not found: %s; found: %q", want, got)
		}
	}
}
