package sheet

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// surroundings are what a sheet has besides its rows, as far as it bears on them.
type surroundings struct {
	// column is the one whose links are noted, from 1.
	column int
	// hidden are the ranges of hidden columns, from 1.
	hidden [][2]int
	// filtered says that a filter hides rows.
	filtered bool
	// tables are the relations of the tables on the sheet, which may have filters.
	tables []string
	// links are relations of links, by row. One link may cover many rows.
	links map[int]string
	// merged are cells that span rows of guests.
	merged merged
}

// note looks at the element that was just opened.
func (s *surroundings) note(x *xmlPart) error {
	switch string(x.name) {
	case "col":
		first, err := strconv.Atoi(x.attribute("min"))
		last, err2 := strconv.Atoi(x.attribute("max"))
		if err == nil && err2 == nil && truth(x.attribute("hidden")) {
			s.hidden = append(s.hidden, [2]int{first, last})
		}
	case "customSheetViews": // how the sheet looked to others
		return x.skip()
	case "filterColumn":
		s.filtered = true
	case "tablePart":
		s.tables = append(s.tables, x.prefixed("id"))
	case "mergeCell":
		s.merged.note(x.attribute("ref"))
	case "hyperlink":
		return s.link(x.attribute("ref"), x.prefixed("id"))
	}
	return nil
}

// link notes a link on cells of the column.
func (s *surroundings) link(reference, id string) error {
	r := rangeOf(reference)
	if id == "" || r.bottom == 0 || s.column < r.left || s.column > r.right {
		return nil
	}
	if len(s.links)+r.bottom-r.top > excelize.TotalRows {
		return fmt.Errorf("there are more links than rows")
	}
	for row := r.top; row <= r.bottom; row++ {
		s.links[row] = id
	}
	return nil
}

// covers reports whether a column is hidden, given its position from 1.
func (s *surroundings) covers(column int) bool {
	for _, span := range s.hidden {
		if span[0] <= column && column <= span[1] {
			return true
		}
	}
	return false
}
