package sheet

import (
	"encoding/xml"
	"fmt"
	"path"
	"strings"
)

// tab is a sheet of a workbook: its name, the part it stands in, and whether
// people see it.
type tab struct {
	name, part string
	hidden     bool
}

// relation points from one part of a workbook to another.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// tabs returns the sheets in the order of the workbook.
func (p parts) tabs() ([]tab, error) {
	main := p.main()
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := p.decode(main, &book); err != nil {
		return nil, err
	}
	folder := path.Dir(main)
	relations, err := p.relations(path.Join(folder, "_rels", path.Base(main)+".rels"))
	if err != nil {
		return nil, err
	}
	tabs := make([]tab, 0, len(book.Sheets))
	for _, s := range book.Sheets {
		part := ""
		for _, attr := range s.Attrs {
			if target, ok := relations[attr.Value]; ok && attr.Name.Local == "id" {
				part = resolve(folder, target)
			}
		}
		if p[part] == nil {
			return nil, damaged(main, fmt.Errorf("the sheet %q has no part %q", s.Name, part))
		}
		tabs = append(tabs, tab{name: s.Name, part: part, hidden: s.State == "hidden" || s.State == "veryHidden"})
	}
	return tabs, nil
}

// main is the part that lists the sheets.
func (p parts) main() string {
	const usual = "xl/workbook.xml"
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := p.decode("_rels/.rels", &list); err != nil {
		return usual
	}
	for _, r := range list.Relations {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			return strings.TrimPrefix(r.Target, "/")
		}
	}
	return usual
}

// relations reads the targets of a relationship part, by id.
func (p parts) relations(name string) (map[string]string, error) {
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := p.decode(name, &list); err != nil {
		return nil, err
	}
	targets := make(map[string]string, len(list.Relations))
	for _, r := range list.Relations {
		targets[r.ID] = r.Target
	}
	return targets, nil
}

// decode reads a small part whole.
func (p parts) decode(name string, into any) error {
	part := p[name]
	if part == nil {
		return damaged(name, fmt.Errorf("it is missing"))
	}
	r, err := part.Open()
	if err != nil {
		return damaged(name, err)
	}
	defer func() { _ = r.Close() }()
	if err := xml.NewDecoder(&leash{r: r, left: leashSize}).Decode(into); err != nil {
		return damaged(name, err)
	}
	return nil
}

// resolve is the name of a target that is absolute or relative to a folder.
func resolve(folder, target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join(folder, target)
}
