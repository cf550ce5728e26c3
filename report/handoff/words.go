package handoff

// What a package says of a guest in the column Status, where that is no word of the results.
const (
	saysNotInvited    = "Not invited"
	saysNotInvitedYet = "Not invited yet"
	saysLeft          = "No longer in the list"
	saysTwice         = "Listed twice"
	saysNotCertain    = "Not certain"
	saysHasAccess     = "Has access"
	saysNoLink        = "Invited, no link"
	saysUncertain     = "Invited, link uncertain"
	saysAgain         = "Invited again"
	saysBefore        = "Invited before"
	saysBlocked       = "Blocked"
	saysThere         = "Already there"
)

// The headings of index.xlsx that count guests; the screen has the same.
const (
	headingLinks   = "Links"
	headingAccess  = "Have access"
	headingNoLink  = "No link"
	headingEarlier = "In earlier package"
)

// saysNoneYet is in the column Link of index.xlsx.
const saysNoneYet = "None yet"

// headingEmailed is the heading in the workbook of a package with guests whom Microsoft has emailed.
const headingEmailed = "Emailed by Microsoft"

// Word is a word of the packages, with what it means.
type Word struct{ Name, Meaning string }

// Words explains what packages and index.xlsx say, but for the words of the results.
func Words() []Word {
	return []Word{
		{noValue, "The package of the guests whose rows have nothing in the column of --by."},
		{headingLinks, "How many guests of the package have a link to hand out."},
		{headingAccess, "How many guests need no link: they have accepted, or have an account of the tenant."},
		{headingNoLink, "How many guests have no link that may be handed out. The workbook of the package says why for each."},
		{headingEarlier, "How many guests are in an earlier package already, with their link if they need one. --only-new leaves them out of this one."},
		{"Signs in with", "The address with which the guest accepts and signs in."},
		{headingEmailed, "Microsoft was asked to email the guest this invitation, and the email has a link as well. Without the column, or with an empty cell, it was not, or that is not known."},
		{"Link to copy", "The invitation link as text. It is personal."},
		{"Reason", "Why the guest gets no link in this package."},
		{saysNotInvited, "The row was refused or cannot be sent; the column Reason says why."},
		{saysNotInvitedYet, "The invitation has not been sent yet: the next run sends it."},
		{saysLeft, "The row has left the list since the invitation, or has another address now, so the link is left out."},
		{saysTwice, "The guest is invited with another row, and the link is there."},
		{saysNotCertain, "It is not known yet whether the invitation was sent: the next run looks first."},
		{saysHasAccess, "The guest has accepted, or has an account of the tenant, and needs no link."},
		{saysNoLink, "The guest is invited, and the link is not known. guestlist remind --missing-link makes a new one."},
		{saysUncertain, "Another invitation may have ended the link, so it is left out. guestlist remind --missing-link makes a new one."},
		{saysAgain, "A newer invitation ended this link, so it is left out."},
		{saysBefore, "The guest has an earlier invitation that is not accepted yet. Its link is with those who sent it."},
		{saysBlocked, "The account of the person in the tenant is disabled."},
		{saysThere, "The guest was in the tenant before and needs no invitation."},
		{saysNoneYet, "In index.xlsx: the package has no link for the guest. The column Reason says why."},
		{"new link", "In a draft: the guest had a link before, which does not work any more. This one does."},
		{"emailed", "In a draft: Microsoft has emailed the guest this invitation."},
		{"link ended", "In a draft: the link that the guest had does not work any more, and there is no new one."},
	}
}
