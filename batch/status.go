package batch

// Status is where a row stands. The texts are those of the workbook's Status
// column and of the journal.
type Status string

// The states of a row.
const (
	// Pending: not tried yet, or met an answer that concerned the tenant and not the row.
	Pending Status = "pending"
	// Invited: Graph answered 201, or a look-up proved that it would have.
	Invited Status = "invited"
	// Failed: Graph refused the row, or attempts ran out.
	Failed Status = "failed"
	// Invalid: the row cannot be sent; the error names its column.
	Invalid Status = "invalid"
	// Duplicate: the same address stands in an earlier row.
	Duplicate Status = "duplicate"
	// Unconfirmed: a request left, no answer came, and what happened cannot be proved.
	Unconfirmed Status = "unconfirmed"
)

// Statuses returns all states in the order in which reports list them.
func Statuses() []Status {
	return []Status{Invited, Failed, Invalid, Duplicate, Unconfirmed, Pending}
}

// NeedsCare reports whether somebody has to look at a row in this state; those
// rows are the workbook's Failed sheet.
func (s Status) NeedsCare() bool {
	return s == Failed || s == Invalid || s == Unconfirmed
}
