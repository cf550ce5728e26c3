package report

import (
	"encoding/xml"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// workbookRules are the rules of ECMA-376 and of Excel whose breach makes Excel
// offer a repair, applied to a workbook of ours.
type workbookRules struct {
	parts    map[string]string
	trees    map[string]*node
	breaches []string
}

// breaches returns what is wrong with a workbook, by its parts.
func breaches(parts map[string]string) []string {
	r := &workbookRules{parts: parts, trees: make(map[string]*node)}
	for name, content := range parts {
		r.trees[name] = r.parse(name, content)
	}
	if len(r.breaches) > 0 {
		return r.breaches
	}
	r.contentTypes()
	for name := range parts {
		if strings.HasSuffix(name, ".rels") {
			r.relationships(name)
		}
	}
	if len(r.breaches) == 0 {
		r.workbook() // it relies on the parts being there
	}
	return r.breaches
}

func (r *workbookRules) breach(format string, args ...any) {
	r.breaches = append(r.breaches, fmt.Sprintf(format, args...))
}

// contentTypes: each part has a type of its own, and each type a part.
func (r *workbookRules) contentTypes() {
	types := make(map[string]bool)
	for _, o := range r.trees["[Content_Types].xml"].all("Override") {
		name := strings.TrimPrefix(o.attrs["PartName"], "/")
		if types[name] {
			r.breach("%s has two content types", name)
		}
		types[name] = true
		if _, there := r.parts[name]; !there {
			r.breach("there is a content type but no part %s", name)
		}
	}
	for name := range r.parts {
		if !types[name] && !strings.HasSuffix(name, ".rels") && name != "[Content_Types].xml" {
			r.breach("%s has no content type", name)
		}
	}
}

// relationships: ids are unique, targets exist, and elements name ids that are there.
func (r *workbookRules) relationships(name string) {
	folder, file := path.Split(strings.TrimSuffix(name, ".rels"))
	source := path.Join(path.Dir(path.Clean(folder)), file)
	ids := make(map[string]bool)
	for _, rel := range r.trees[name].all("Relationship") {
		if ids[rel.attrs["Id"]] {
			r.breach("%s: two relationships %s", name, rel.attrs["Id"])
		}
		ids[rel.attrs["Id"]] = true
		r.target(name, source, rel)
	}
	if tree, there := r.trees[source]; there {
		r.named(source, tree, ids)
	} else if source != "." {
		r.breach("%s belongs to no part", name)
	}
}

func (r *workbookRules) target(name, source string, rel *node) {
	target := rel.attrs["Target"]
	if rel.attrs["TargetMode"] == "External" {
		if len(target) > 2079 || !openable.MatchString(target) {
			r.breach("%s: Excel cannot open %s", name, target)
		}
		return
	}
	if strings.HasPrefix(target, "/") {
		target = target[1:]
	} else {
		target = path.Join(path.Dir(source), target)
	}
	if _, there := r.parts[target]; !there {
		r.breach("%s: there is no part %s", name, target)
	}
}

func (r *workbookRules) named(source string, n *node, ids map[string]bool) {
	if id, names := n.attrs["r:id"]; names && !ids[id] {
		r.breach("%s: <%s> names the relationship %s, which is not there", source, n.name.Local, id)
	}
	for _, child := range n.nodes {
		r.named(source, child, ids)
	}
}

// workbook: names and ids of sheets are unique, and each sheet and table is right.
func (r *workbookRules) workbook() {
	book := r.trees["xl/workbook.xml"]
	seen := make(map[string]bool)
	once := func(kind, name string) {
		if key := kind + strings.ToLower(name); seen[key] {
			r.breach("two %s %s", kind, name)
		} else {
			seen[key] = true
		}
	}
	for _, sheet := range book.all("sheet") {
		once("sheets", sheet.attrs["name"])
		once("sheet ids", sheet.attrs["sheetId"])
		if name := sheet.attrs["name"]; name == "" || len(utf16.Encode([]rune(name))) > 31 || strings.ContainsAny(name, `:\/?*[]`) {
			r.breach("a sheet cannot be called %q", name)
		}
		part := path.Join("xl", r.targetOf("xl/_rels/workbook.xml.rels", sheet.attrs["r:id"]))
		grid := r.sheet(part)
		for _, table := range r.trees[part].all("tablePart") {
			at := path.Join(path.Dir(part), r.targetOf(relsOf(part), table.attrs["r:id"]))
			once("tables", r.trees[at].attrs["displayName"])
			once("table ids", r.trees[at].attrs["id"])
			r.table(at, grid)
		}
	}
	for _, name := range book.all("definedName") {
		if seen["tables"+strings.ToLower(name.attrs["name"])] {
			r.breach("the name %s is a table's", name.attrs["name"])
		}
	}
}

func relsOf(part string) string {
	return path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
}

func (r *workbookRules) targetOf(rels, id string) string {
	for _, rel := range r.trees[rels].all("Relationship") {
		if rel.attrs["Id"] == id {
			return rel.attrs["Target"]
		}
	}
	r.breach("%s: no relationship %s", rels, id)
	return ""
}

// sheetOrder is the order of a sheet's elements (ECMA-376 part 1, 18.3.1.99).
var sheetOrder = []string{
	"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
	"protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
	"phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
	"headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
	"legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
}

// grid is what is in the cells of a sheet.
type grid struct {
	part          string
	rows, columns int // used
	texts         map[string]string
	filtered      bool
}

func (r *workbookRules) sheet(part string) grid {
	tree := r.trees[part]
	last := -1
	for _, child := range tree.nodes {
		at := slices.Index(sheetOrder, child.name.Local)
		if at < last || at < 0 || at == last && child.name.Local != "conditionalFormatting" {
			r.breach("%s: <%s> is in the wrong place", part, child.name.Local)
		}
		last = at
	}
	g := r.cells(part, tree)
	for _, d := range tree.all("dimension") {
		corner, _ := excelize.CoordinatesToCellName(max(1, g.columns), max(1, g.rows))
		if want := "A1:" + corner; d.attrs["ref"] != want {
			r.breach("%s: the dimension is %s, not %s", part, want, d.attrs["ref"])
		}
	}
	g.filtered = len(tree.all("autoFilter")) > 0
	r.sheetLinks(part, tree, g)
	r.merged(part, tree)
	return g
}

// cells: rows and cells ascend, none holds more than Excel takes.
func (r *workbookRules) cells(part string, tree *node) grid {
	g := grid{part: part, texts: make(map[string]string)}
	styles := len(r.trees["xl/styles.xml"].all("cellXfs")[0].nodes)
	formats := len(r.trees["xl/styles.xml"].all("dxf"))
	for _, rule := range tree.all("cfRule") {
		if rule.number("dxfId") >= formats {
			r.breach("%s: no format %s", part, rule.attrs["dxfId"])
		}
	}
	for _, row := range tree.all("row") {
		number := row.number("r")
		if number <= g.rows || number > excelize.TotalRows {
			r.breach("%s: row %d follows row %d", part, number, g.rows)
		}
		g.rows = number
		last := 0
		for _, c := range row.all("c") {
			column, at, err := excelize.CellNameToCoordinates(c.attrs["r"])
			if err != nil || at != number || column <= last {
				r.breach("%s: cell %s is in the wrong place", part, c.attrs["r"])
			}
			last, g.columns = column, max(g.columns, column)
			if c.number("s") >= styles {
				r.breach("%s: cell %s has no style", part, c.attrs["r"])
			}
			g.texts[c.attrs["r"]] = r.cell(part, c)
		}
	}
	return g
}

func (r *workbookRules) cell(part string, c *node) string {
	text := ""
	for _, t := range c.all("t") {
		text += t.text
	}
	if len(utf16.Encode([]rune(text))) > 32_767 {
		r.breach("%s: the text of cell %s is too long", part, c.attrs["r"])
	}
	for _, f := range c.all("f") {
		if len(f.text) > 8192 {
			r.breach("%s: the formula of cell %s is too long", part, c.attrs["r"])
		}
	}
	return text
}

func (r *workbookRules) sheetLinks(part string, tree *node, g grid) {
	for _, list := range tree.all("hyperlinks") {
		if n := len(list.nodes); n == 0 || n > 65_530 {
			r.breach("%s: %d links", part, n)
		}
	}
	for _, link := range tree.all("hyperlink") {
		if ref := link.attrs["ref"]; g.texts[ref] == "" {
			r.breach("%s: the link of cell %s has no text", part, ref)
		}
	}
}

func (r *workbookRules) merged(part string, tree *node) {
	taken := make(map[[2]int]bool)
	for _, m := range tree.all("mergeCell") {
		a, b, c, d := corners(m.attrs["ref"])
		for column := a; column <= c; column++ {
			for row := b; row <= d; row++ {
				if taken[[2]int{column, row}] {
					r.breach("%s: merged cells overlap in %s", part, m.attrs["ref"])
				}
				taken[[2]int{column, row}] = true
			}
		}
	}
}

// corners are the columns and rows of a range's corners, 0 for no range.
func corners(ref string) (a, b, c, d int) {
	from, to, _ := strings.Cut(ref, ":")
	a, b, _ = excelize.CellNameToCoordinates(from)
	c, d, _ = excelize.CellNameToCoordinates(to)
	return a, b, c, d
}

// openable is an address that Excel opens from a cell.
var openable = regexp.MustCompile(`^https?://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]{3,254}$`)

// table: it has the rows of its sheet, at least one, and its headings are those
// of the cells, none empty, repeated or too long.
func (r *workbookRules) table(part string, g grid) {
	t := r.trees[part]
	a, b, c, d := corners(t.attrs["ref"])
	if a != 1 || b != 1 || d != max(2, g.rows) {
		r.breach("%s: the table is %s, the sheet has %d rows", part, t.attrs["ref"], g.rows)
	}
	if filter := t.all("autoFilter"); len(filter) != 1 || filter[0].attrs["ref"] != t.attrs["ref"] || g.filtered {
		r.breach("%s: the filter is not the table's", part)
	}
	if !tableName.MatchString(t.attrs["displayName"]) || t.attrs["name"] != t.attrs["displayName"] {
		r.breach("%s: a table cannot be called %s", part, t.attrs["displayName"])
	}
	columns := t.all("tableColumn")
	if n := t.all("tableColumns")[0].number("count"); n != len(columns) || n != c {
		r.breach("%s: %d columns, %d of them counted, %d wide", part, len(columns), n, c)
	}
	ids, names := make(map[string]bool), make(map[string]bool)
	for i, column := range columns {
		cell, _ := excelize.CoordinatesToCellName(i+1, 1)
		name, shown := unescape(column.attrs["name"]), unescape(g.texts[cell])
		switch {
		case name != shown:
			r.breach("%s: the heading %q is %q in cell %s", part, name, shown, cell)
		case name == "" || len(utf16.Encode([]rune(name))) > 255:
			r.breach("%s: a heading cannot be %q", part, name)
		case ids[column.attrs["id"]] || names[strings.ToLower(name)]:
			r.breach("%s: the heading %q is there twice", part, name)
		}
		ids[column.attrs["id"]], names[strings.ToLower(name)] = true, true
	}
}

// escape is how a workbook writes a character that XML cannot hold.
var escape = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// unescape reads the characters that XML cannot hold (22.9.2.19).
func unescape(text string) string {
	return escape.ReplaceAllStringFunc(text, func(code string) string {
		n, err := strconv.ParseUint(code[2:6], 16, 16)
		if err != nil {
			return code
		}
		return string(rune(n))
	})
}

// valid reports every breach of the rules.
func valid(t *testing.T, what string, workbook []byte) {
	t.Helper()
	for _, breach := range breaches(assert.Zip(t, workbook)) {
		t.Errorf("%s: %s", what, breach)
	}
}

// node is an element of a part.
type node struct {
	name  xml.Name
	attrs map[string]string // relationship ids are "r:id"
	text  string
	nodes []*node
}

// all returns the elements of a name below n, in their order.
func (n *node) all(name string) []*node {
	var found []*node
	for _, child := range n.nodes {
		if child.name.Local == name {
			found = append(found, child)
		}
		found = append(found, child.all(name)...)
	}
	return found
}

func (n *node) number(attr string) int {
	number, err := strconv.Atoi(n.attrs[attr])
	if err != nil {
		return -1
	}
	return number
}

// parse reads a part; encoding/xml sees characters that XML cannot hold, but
// accepts an attribute twice.
func (r *workbookRules) parse(name, content string) *node {
	root := &node{}
	open := []*node{root}
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		token, err := d.Token()
		if token == nil {
			if len(root.nodes) != 1 || err.Error() != "EOF" {
				r.breach("%s: no XML: %v", name, err)
				return root
			}
			return root.nodes[0]
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name, attrs: make(map[string]string)}
			for _, a := range token.Attr {
				key := a.Name.Local
				if strings.HasSuffix(a.Name.Space, "/relationships") {
					key = "r:" + key
				} else if a.Name.Space != "" {
					key = a.Name.Space + " " + key
				}
				if _, twice := n.attrs[key]; twice {
					r.breach("%s: <%s> has the attribute %s twice", name, n.name.Local, key)
				}
				n.attrs[key] = a.Value
			}
			last.nodes = append(last.nodes, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(token)
		}
	}
}

// hard is a batch with what makes workbooks invalid: odd headings, rows longer
// than the headings, long texts, links that are none, and all statuses.
func hard() Results {
	columns := []string{"Email", "email", "", "E-mail\naddress", "_x0041_", "a\r\nb\x00", "  ", "Column3", strings.Repeat("x", 300), "<&\"'>", "Invited At"}
	records := []batch.Record{
		invited(2, "a@x.example", "a@x.example", "=1+1"),
		invited(3, "b@x.example", append(make([]string, len(columns)), "beyond", "", "far\x01 beyond")...),
		invited(4, "c@x.example", strings.Repeat("ü😀", 30_000)),
	}
	records[1].Outcome.RedeemURL = secret.New("https://x.example/no link")
	for i, status := range batch.Statuses() {
		records = append(records, refused(i+5, fmt.Sprintf("r%d@y.example", i), status, fmt.Sprint("E", i%3), "", strings.Repeat("word ", 50)))
	}
	return Results{Columns: columns, Records: sequence(records...), Summary: batch.RunFacts{
		Tool: "guestlist 1", Tenant: "t", List: `C:\lists\<partners>&.xlsx`, Started: noon, Ended: noon, Settings: map[string]string{"message": "a\nb"},
	}}
}

func TestWorkbooksAreValid(t *testing.T) {
	empty := Results{Columns: []string{"Email"}, Records: sequence()}
	simulated := hard()
	simulated.Summary.Sandbox = true
	var list []batch.Record
	for i := range 9 {
		list = append(list, refused(i+2, "a@x.example", batch.Failed, "E", fmt.Sprint(i)))
		list[i].Outcome.RedeemURL = secret.New(fmt.Sprintf("https://x.example/?a=1&b=%d", i))
	}
	long := Results{Columns: []string{"Email"}, Records: sequence(list...)}
	tests := map[string]struct {
		results Results
		limit   func(*book)
	}{
		"hard":                      {hard(), func(*book) {}},
		"no rows":                   {empty, func(*book) {}},
		"no columns":                {Results{Records: sequence()}, func(*book) {}},
		"sandbox":                   {simulated, func(*book) {}},
		"few links":                 {long, func(b *book) { b.results.maxLinks, b.failed.maxLinks = 1, 0 }},
		"many sheets":               {long, func(b *book) { b.results.maxRows, b.failed.maxRows = 4, 3 }},
		"one row on the last sheet": {long, func(b *book) { b.results.maxRows = 9 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { valid(t, name, packed(t, test.results, test.limit)) })
	}
}

// TestTheRulesFindABreach breaks every rule once.
func TestTheRulesFindABreach(t *testing.T) {
	need.Time(t, "the rules read a workbook for each breach")
	const sheet, rels, table = "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels", "xl/tables/table1.xml"
	whole := assert.Zip(t, packed(t, hard(), func(*book) {}))
	tests := map[string]struct{ part, old, by, breach string }{
		"cut off":               {sheet, "</worksheet>", "", "no XML"},
		"control character":     {sheet, "=1+1", "\x01", "no XML"},
		"attribute twice":       {sheet, `<row r="2"`, `<row r="2" r="2"`, "twice"},
		"no content type":       {"[Content_Types].xml", `PartName="/xl/tables/table1.xml"`, `PartName="/xl/tables/table9.xml"`, "table1.xml has no content type"},
		"content type of none":  {"[Content_Types].xml", `PartName="/xl/tables/table1.xml"`, `PartName="/xl/tables/table9.xml"`, "no part xl/tables/table9.xml"},
		"content type twice":    {"[Content_Types].xml", "/xl/tables/table1.xml", "/xl/tables/table2.xml", "two content types"},
		"relationship twice":    {rels, `Id="link2"`, `Id="link1"`, "two relationships"},
		"target of none":        {rels, "table1.xml", "table7.xml", "no part xl/tables/table7.xml"},
		"id of none":            {sheet, `r:id="link2"`, `r:id="link9"`, "names the relationship link9"},
		"address of none":       {rels, `Target="https://login`, `Target="https:// login`, "Excel cannot open"},
		"address too long":      {rels, `Target="https://login`, `Target="https://login` + strings.Repeat("x", 2079), "Excel cannot open"},
		"sheets of one name":    {"xl/workbook.xml", `name="Failed"`, `name="RESULTS"`, "two sheets"},
		"sheets of one id":      {"xl/workbook.xml", `sheetId="2"`, `sheetId="1"`, "two sheet ids"},
		"long name of a sheet":  {"xl/workbook.xml", `name="Failed"`, `name="` + strings.Repeat("F", 32) + `"`, "cannot be called"},
		"name like a table":     {"xl/workbook.xml", `name="_xlnm.Print_Titles"`, `name="results"`, "is a table's"},
		"order of elements":     {sheet, "<pageMargins", "<mergeCells/><pageMargins", "<mergeCells> is in the wrong place"},
		"links after margins":   {sheet, "<hyperlinks>", "<pageSetup/><hyperlinks>", "<hyperlinks> is in the wrong place"},
		"element twice":         {sheet, "<ignoredErrors>", "<ignoredErrors/><ignoredErrors>", "<ignoredErrors> is in the wrong place"},
		"unknown element":       {sheet, "<sheetViews>", "<sheetView/><sheetViews>", "<sheetView> is in the wrong place"},
		"dimension":             {sheet, `<dimension ref="A1:`, `<dimension ref="A2:`, "the dimension is"},
		"rows out of order":     {sheet, `<row r="3"`, `<row r="2"`, "row 2 follows row 2"},
		"too many rows":         {sheet, `<row r="12"`, `<row r="1048577"`, "row 1048577 follows"},
		"cells out of order":    {sheet, `r="B2"`, `r="A2"`, "cell A2 is in the wrong place"},
		"style of none":         {sheet, `r="B2" s="1"`, `r="B2" s="99"`, "cell B2 has no style"},
		"format of none":        {sheet, `dxfId="0"`, `dxfId="8"`, "no format 8"},
		"long text":             {sheet, "=1+1", strings.Repeat("x", 32_768), "the text of cell B2 is too long"},
		"long formula":          {sheet, "</row>", `<c r="XFD1"><f>` + strings.Repeat("1", 8193) + "</f></c></row>", "the formula of cell XFD1 is too long"},
		"no links":              {sheet, "<ignoredErrors>", "<hyperlinks></hyperlinks><ignoredErrors>", "0 links"},
		"too many links":        {sheet, "</hyperlinks>", strings.Repeat(`<hyperlink ref="A1"/>`, 65_529) + "</hyperlinks>", "65531 links"},
		"link on nothing":       {sheet, `<hyperlink ref="`, `<hyperlink ref="Z`, "has no text"},
		"merged over merged":    {"xl/worksheets/sheet3.xml", "<mergeCells count=", `<mergeCells><mergeCell ref="A1:C1"/></mergeCells><mergeCells count=`, "merged cells overlap"},
		"table too short":       {table, ":AB12\"", ":AB11\"", "the sheet has 12 rows"},
		"filter of other cells": {table, `<autoFilter ref="A1:AB12"`, `<autoFilter ref="A1:AB11"`, "the filter is not the table's"},
		"filter of the sheet":   {sheet, "<conditionalFormatting", `<autoFilter ref="A1:AB12"/><conditionalFormatting`, "the filter is not the table's"},
		"name of a table":       {table, `displayName="Results"`, `displayName="A 1"`, "a table cannot be called"},
		"tables of one name":    {table, `"Results"`, `"Failed"`, "two tables"},
		"tables of one id":      {table, `id="1" name="Results"`, `id="2" name="Results"`, "two table ids"},
		"columns not counted":   {table, `<tableColumns count="28"`, `<tableColumns count="27"`, "28 columns, 27 of them counted"},
		"heading not the cell":  {table, `name="Status"`, `name="State"`, `the heading "State" is "Status"`},
		"heading twice":         {table, `<tableColumn id="2"`, `<tableColumn id="1"`, "is there twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			parts := maps.Clone(whole)
			if !strings.Contains(parts[test.part], test.old) {
				t.Fatalf("%s has no %s\n%.2000s", test.part, test.old, parts[test.part])
			}
			parts[test.part] = strings.ReplaceAll(parts[test.part], test.old, test.by)
			if strings.Contains(test.old, "row") || strings.Contains(test.by, "XFD1") || test.old == `<hyperlink ref="` {
				parts[test.part] = strings.Replace(whole[test.part], test.old, test.by, 1)
			}
			if found := strings.Join(breaches(parts), "\n"); !strings.Contains(found, test.breach) {
				t.Errorf("found %q", found)
			}
		})
	}
	parts := maps.Clone(whole)
	for _, part := range []string{sheet, table} { // in the cell and in the table alike
		parts[part] = strings.Replace(strings.Replace(parts[part], ">email2<", ">EMAIL<", 1), `"email2"`, `"EMAIL"`, 1)
	}
	if found := strings.Join(breaches(parts), "\n"); !strings.Contains(found, `the heading "EMAIL" is there twice`) {
		t.Errorf("headings that differ in case only: found %q", found)
	}
}
