package batch

// Status is how far a row is. The texts are those of the workbook's Status
// column and of the journal.
type Status string

// The states of a row.
const (
	// Pending: not tried yet, or met an answer that concerned the tenant and not the row.
	Pending Status = "pending"
	// Invited: Graph answered 201, or a look-up proved that it would have.
	Invited Status = "invited"
	// Existing: the tenant has this person already, and not by an invitation of this batch.
	Existing Status = "existing"
	// Removed: was invited, and the guest is not in the tenant any more: the tenant has
	// not shown them for 24 hours after the invitation, or undo removed them.
	Removed Status = "removed"
	// Failed: Graph refused the row, or attempts ran out.
	Failed Status = "failed"
	// Invalid: the row cannot be sent; the error names its column.
	Invalid Status = "invalid"
	// Duplicate: the same address is already in an earlier row, or the row was invited
	// and turned out to be the same guest as another, see [Outcome.SameGuest].
	Duplicate Status = "duplicate"
	// Unconfirmed: a request left, no answer came, and what happened cannot be proved.
	Unconfirmed Status = "unconfirmed"
)

// Statuses returns the states in the order in which reports list them.
func Statuses() []Status {
	return []Status{Invited, Existing, Failed, Invalid, Duplicate, Unconfirmed, Pending, Removed}
}

// Meaning explains the state to people who have not read the manual, as the rest of
// a sentence about the row. The workbook and the page show the same text.
func (s Status) Meaning() string {
	switch s {
	case Invited:
		return "has an invitation"
	case Existing:
		return "was in the tenant before, and needs no invitation"
	case Removed:
		return "was invited, and the guest is not in the tenant any more"
	case Failed:
		return "was refused, or all attempts failed: see the error and its advice"
	case Invalid:
		return "cannot be sent as it is in the list: see the error"
	case Duplicate:
		return "has an address that is already in an earlier row, or is the same guest as another row"
	case Unconfirmed:
		return "was sent, but no answer came: see the advice"
	case Pending:
		return "has not been tried yet: a later run sends it"
	}
	return ""
}

// Advice says what to do about a row in this state, and what the commands do with it.
func (s Status) Advice() string {
	switch s {
	case Invited:
		return "Nothing to do: invite and retry leave the row alone. guestlist status looks up whether the guest has accepted, guestlist handoff hands out the links."
	case Existing:
		return "Nothing to do: the person needs no invitation, and the row has no link. Each run looks it up again. --reinvite pending sends a new invitation to guests who have not accepted."
	case Removed:
		return "invite and retry skip the row; --reinvite removed invites the guest again. Guests who were deleted less than 30 days ago can be restored in the Entra admin center (Users, Deleted users)."
	case Failed:
		return "See Error and Advice of the row, which is on the sheet Failed, too. guestlist retry sends it again, unless Microsoft would refuse it again as it is; invite sends it once it was changed."
	case Invalid:
		return "Correct the row in the list and run invite again, or on the sheet Failed of the results and run retry."
	case Duplicate:
		return "Nothing to do: the person is invited once, by the other row."
	case Unconfirmed:
		return "Run the same command again: it looks the guest up before anything else. --unconfirmed=resend sends again what a look-up cannot tell."
	case Pending:
		return "Run the same command again, without --rows or --where if these leave the row out: it sends the row."
	}
	return ""
}

// isGood reports whether nothing needs to be sent for a row in this state.
func (s Status) isGood() bool { return s == Invited || s == Existing || s == Duplicate }

// NeedsCare reports whether a row in this state needs attention; those
// rows are the workbook's Failed sheet.
func (s Status) NeedsCare() bool {
	return s == Failed || s == Invalid || s == Unconfirmed
}
