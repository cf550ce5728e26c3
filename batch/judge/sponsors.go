package judge

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/text"
)

// guidLength is that of the usual form, without braces.
const guidLength = 36

// sponsors reads object ids, each once: with ; or , or line breaks between them,
// in braces or not.
func (j *reader) sponsors() []graph.Object {
	s := j.h.Value(j.row, batch.Sponsors)
	if s == "" {
		return nil
	}
	var objects []graph.Object
	seen := make(map[graph.Object]bool)
	for _, id := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";,|\r\n", r) }) {
		if id = text.Trim(id); id == "" {
			continue
		}
		object, err := objectID(id)
		if seen[object] {
			continue
		}
		seen[object] = true
		if len(seen) > graph.MaxSponsors {
			continue // they count; what is wrong with each would be too much to tell
		}
		if err != nil {
			j.wrong(batch.Sponsors, id, err)
		}
		objects = append(objects, object)
	}
	if len(seen) > graph.MaxSponsors {
		j.wrong(batch.Sponsors, "", &CellError{
			batch.KindSponsors, fmt.Sprintf("names %d sponsors; Graph takes %d", len(seen), graph.MaxSponsors), "Leave some out.",
		})
	}
	if j.d.NoSponsors {
		return nil
	}
	return objects
}

// objectID gives an id in its usual form: lower case, no braces. What is no id
// stays as it is.
func objectID(s string) (graph.Object, *CellError) {
	bare := s
	if inner, ok := strings.CutPrefix(bare, "{"); ok {
		bare = strings.TrimSuffix(inner, "}")
	}
	id, err := uuid.Parse(bare)
	switch {
	case strings.Contains(s, "@"):
		return graph.Object{ID: s}, &CellError{
			batch.KindSponsors, "is an address and not an object id",
			"Look the person up in the Entra admin center and give the object id.",
		}
	case err != nil || len(bare) != guidLength:
		return graph.Object{ID: s}, &CellError{
			batch.KindSponsors, "is not an object id", "Give object ids of users or groups, with ; between them.",
		}
	}
	return graph.Object{ID: id.String()}, nil
}
