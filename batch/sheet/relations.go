package sheet

import (
	"path"
	"strings"
)

// relation points from one part of a workbook to another, or out of it.
type relation struct{ id, kind, target string }

// relations calls visit for each relation of a part, or of the package itself
// for "". Neither need have any.
func (p parts) relations(of string, visit func(relation)) error {
	folder, base := path.Split(of)
	name := path.Join(folder, "_rels", base+".rels")
	if p[partName(name)] == nil {
		return nil
	}
	return p.elements(name, func(x *xmlPart) error {
		if string(x.name) == "Relationship" {
			visit(relation{id: x.attribute("Id"), kind: path.Base(x.attribute("Type")), target: x.attribute("Target")})
		}
		return nil
	})
}

// resolve is the name of a target that is absolute or relative to a part.
func resolve(part, target string) string {
	target = strings.ReplaceAll(target, "\\", "/")
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join(path.Dir(part), target)
}
