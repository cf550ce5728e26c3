package sheet

import "fmt"

// tab is a sheet of a workbook: its name, the part it stands in, and whether
// people see it.
type tab struct {
	name, part string
	hidden     bool
}

// contents are what a workbook says of itself.
type contents struct {
	tabs []tab
	// strings and styles are parts, which need not be there.
	strings, styles string
	// from1904 says that days are counted from 1904, as early Macs did.
	from1904 bool
}

// contents reads the parts that say where all else is.
func (p parts) contents() (contents, error) {
	var c contents
	main, err := p.main()
	if err != nil {
		return c, err
	}
	// Where they are found even when nothing points to them.
	c.strings, c.styles = resolve(main, "sharedStrings.xml"), resolve(main, "styles.xml")
	targets := make(map[string]string)
	err = p.relations(main, func(r relation) {
		targets[r.id] = resolve(main, r.target)
		switch r.kind {
		case "sharedStrings":
			c.strings = targets[r.id]
		case "styles":
			c.styles = targets[r.id]
		}
	})
	if err != nil {
		return c, err
	}
	err = p.elements(main, func(x *xmlPart) error {
		switch string(x.name) {
		case "workbookPr":
			c.from1904 = truth(x.attribute("date1904"))
		case "sheet":
			c.tabs = append(c.tabs, tab{
				name: x.attribute("name"), part: targets[x.prefixed("id")],
				hidden: x.attribute("state") == "hidden" || x.attribute("state") == "veryHidden",
			})
		}
		return nil
	})
	for _, t := range c.tabs {
		if err == nil && p[partName(t.part)] == nil {
			err = damaged(main, fmt.Errorf("the sheet %q is missing (part %s)", t.name, t.part))
		}
	}
	return c, err
}

// main is the part that lists the sheets.
func (p parts) main() (string, error) {
	name := "xl/workbook.xml"
	err := p.relations("", func(r relation) {
		if r.kind == "officeDocument" {
			name = resolve("", r.target)
		}
	})
	return name, err
}

// truth reads an attribute that is true or false.
func truth(value string) bool { return value == "1" || value == "true" }
