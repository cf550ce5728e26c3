package batch

// LinkState says whether the link of a row can be handed out. It follows from an
// outcome, see [Outcome.LinkState]. The texts are those of the results.
type LinkState string

// The states of a link. A row that never had an invitation has none: "".
const (
	// LinkLive: it is that of the guest's newest invitation, as far as is known.
	LinkLive LinkState = "live"
	// LinkMissing: the guest is invited, and the answer with the link was lost, or had
	// none.
	LinkMissing LinkState = "missing"
	// LinkUncertain: another invitation of the same guest may have ended it, or it does
	// not lead where Microsoft's links do.
	LinkUncertain LinkState = "uncertain"
	// LinkReplaced: a newer invitation of the same guest ended it, or the guest was
	// removed. Results show it struck out.
	LinkReplaced LinkState = "replaced"
)

// LinkStates returns the states in the order in which they are explained.
func LinkStates() []LinkState { return []LinkState{LinkLive, LinkMissing, LinkUncertain, LinkReplaced} }

// Advice says what to do about a link in this state.
func (s LinkState) Advice() string {
	switch s {
	case LinkLive:
		return "guestlist handoff hands it out, unless the guest has accepted and needs it no more; it is personal."
	case LinkMissing, LinkUncertain:
		return "guestlist remind --missing-link makes a new one for guests who have not accepted. It is not handed out until then."
	case LinkReplaced:
		return "Nothing to do: it is struck out, and is not handed out."
	}
	return ""
}

// Meaning explains the state to people who have not read the manual, as the rest of
// a sentence about the link. The workbook and the page show the same text.
func (s LinkState) Meaning() string {
	switch s {
	case LinkLive:
		return "is of the guest's newest invitation"
	case LinkMissing:
		return "was not in Microsoft's answer, or that answer never came"
	case LinkUncertain:
		return "may not work: another invitation of the same guest may be newer, or it does not lead to Microsoft's sign-in page"
	case LinkReplaced:
		return "does not work any more: a newer invitation replaced it, or the guest was removed"
	}
	return ""
}
