package batch

import (
	"slices"
	"sync"

	"guestlist/graph"
)

// The Error Codes that guestlist gives a row itself, where Graph refused nothing.
// Other codes are Graph's, see [graph.Catalogue].
const (
	CodeInvalidRow      = "InvalidRow"
	CodeDuplicate       = "Duplicate"
	CodeSameGuest       = "SameGuest"
	CodeNoAnswer        = "NoAnswer"
	CodeNotGraph        = "NotGraph"
	CodeInvitationError = "InvitationError"
	CodeGuestWasThere   = "GuestWasThere"
	CodeLookUpForbidden = "LookupForbidden"
	CodeNotConfirmed    = "NotConfirmed"
	CodeLinkElsewhere   = "LinkElsewhere"
	CodeForgotten       = "Forgotten"
)

// codes say what each of them means. The workbook, the page and explain all take
// their words from here.
var codes = []graph.Entry{
	{
		Name: CodeInvalidRow, Retry: graph.RetryNever,
		Meaning: "The row cannot be sent as it is; the Error names each column and what is wrong with it.",
		Advice:  "Correct the row in the list and run the same command again.",
	},
	{
		Name: CodeDuplicate, Retry: graph.RetryNever,
		Meaning: "The same address is already in an earlier row, which the Error names.",
		Advice:  "Nothing to do if that row is sent: the guest is invited once. If it cannot be sent, or is left out, correct that row or remove it.",
	},
	{
		Name: CodeSameGuest, Retry: graph.RetryNever,
		Meaning: "Both this row and the one that the Error names were invited, and they turned out to be one guest with two addresses. The other row has the newer invitation, which ended the link of this one.",
		Advice:  "Nothing to do: the guest accepts with the link of the other row.",
	},
	{
		Name: CodeNoAnswer, Retry: graph.RetryAgain,
		Meaning: "Requests were sent, or could not be, and none was answered: a time-out or a cut connection. A row that sends no email is repeated; for others the guest is looked up first.",
		Advice:  "Use retry later. If many rows say this, check the network and the proxy with guestlist doctor.",
	},
	{
		Name: CodeNotGraph, Scope: graph.ScopeTenant, Retry: graph.RetryAgain,
		Meaning: "Something between this machine and Microsoft Graph answered in its place: the sign-in page of a Wi-Fi, the block page of a company, a proxy. The run stops at once; a row whose email was asked for meanwhile is looked up first by the next run.",
		Advice:  "Get through to Microsoft Graph first: guestlist doctor shows whether you do. Then run the same command again.",
	},
	{
		Name: CodeInvitationError, Retry: graph.RetryAgain,
		Seen:    "201 Error",
		Meaning: "Graph took the invitation and gave it the status Error, which Microsoft does not explain.",
		Advice:  "Use retry: it sends the row again where the tenant does not have the guest. Where it does, the row keeps its link, which may work, and retry --all makes a new invitation.",
	},
	{
		Name: CodeGuestWasThere, Retry: graph.RetryLater,
		Meaning: "An invitation with an email got no answer, and the guest was in the tenant before: whether this email was sent is not known.",
		Advice:  "Ask the guest; if no email came, run again with --unconfirmed=resend.",
	},
	{
		Name: CodeNotConfirmed, Retry: graph.RetryLater,
		Meaning: "A results file says that the guest is invited. Its journal is gone, and the tenant does not confirm it: the guest is not there, has another id, or may not be looked up.",
		Advice:  "Run the same command again: the guest is looked up before anything is sent. If the file is your own, --trust-results believes it.",
	},
	{
		Name: CodeLinkElsewhere, Retry: graph.RetryLater,
		Meaning: "The guest is invited, and the link of the invitation does not lead to the sign-in page of Microsoft's cloud, as all others do. Something between this machine and Microsoft may have changed it.",
		Advice:  "Check the link before you hand it out; hand-offs leave it out.",
	},
	{
		Name: CodeForgotten, Retry: graph.RetryNever,
		Meaning: "The data of this person was erased from another batch with guestlist forget, so that they are not invited again.",
		Advice:  "To leave them out for good, " + graph.DeleteRow + ". If the person asks to be invited again, leave the journal of the batch that the Error names out with --ignore-journal.",
	},
	{
		Name: CodeLookUpForbidden, Retry: graph.RetryLater, Access: true,
		Meaning: "An invitation with an email got no answer, and the sign-in may not look the guest up.",
		Advice:  "Grant User.Read.All and run again. Use --unconfirmed=resend only for guests who got no email.",
	},
}

// Codes returns what is known about guestlist's own Error Codes.
func Codes() []graph.Entry { return slices.Clone(codes) }

// Advice is what to do about one of guestlist's own Error Codes, "" for any other.
func Advice(code string) string {
	for _, e := range codes {
		if e.Name == code {
			return e.Advice
		}
	}
	return ""
}

// IsFinal reports whether a row that failed with an Error Code would fail again with it
// as long as it is unchanged. Of a code that is not described this is not known.
func IsFinal(code string) bool { return finalCodes()[code] }

// NeedsCorrection reports whether a row with an Error Code has to be corrected, or looked
// at, before it is worth sending again; for others another try may do.
func NeedsCorrection(code string) bool {
	final, known := finalCodes()[code]
	return final || !known
}

var finalCodes = sync.OnceValue(func() map[string]bool {
	final := make(map[string]bool)
	for _, e := range slices.Concat(graph.Catalogue(), codes) {
		final[e.Name] = e.Retry == graph.RetryNever
	}
	return final
})
