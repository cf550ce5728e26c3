package handoff

import (
	"fmt"
	"strings"
)

// messages is the file of ready-to-paste messages, one for each guest with a
// link below a line that says whose it is.
func (p pack) messages(t Template) ([]byte, error) {
	var b strings.Builder
	if p.sandbox {
		fmt.Fprintf(&b, "%s\n\n", banner)
	}
	fmt.Fprintf(&b, "Messages to paste, one for each guest: %s, %s\n", p.title(), plural(len(p.linked), "guest", "guests"))
	for _, g := range p.linked {
		text, err := t.render(blockChat, g)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n\n----- %s -----\n\n%s", g.Person(), text)
	}
	return []byte(b.String()), nil
}
