package handoff

import "cmp"

// Mail is what templates see of a pack: the draft to its owner.
type Mail struct {
	// By is the heading of the column that the packs go by, Value what stands
	// below it.
	By, Value string
	// Guests are to be handed their links, Ready need none, Waiting have none
	// yet. All in the order of the list.
	Guests, Ready, Waiting []Guest
	// Workbook and Messages are the names of the attached files, "" for none.
	Workbook, Messages string
	// Redacted says that links are left out, Sandbox that nobody was invited.
	Redacted, Sandbox bool
}

// mail is the pack as templates see it.
func (p pack) mail() Mail {
	m := Mail{
		By: p.By, Value: p.title(), Guests: p.linked, Ready: p.ready, Waiting: p.waiting,
		Workbook: p.Name + ".xlsx", Redacted: p.redacted, Sandbox: p.sandbox,
	}
	if len(p.linked) > 0 {
		m.Messages = p.Name + ".txt"
	}
	return m
}

// title is what people call the pack.
func (p pack) title() string { return cmp.Or(p.Value, "(no "+p.By+")") }
