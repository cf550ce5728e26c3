package page

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/secret"
	"guestlist/report"
)

// started is when the sample run began.
var started = time.Date(2026, 11, 20, 13, 58, 30, 0, time.UTC)

// headings are those of the sample lists; Notes is empty in every row.
var headings = []string{"Company", "Full name", "Email", "Account Manager", "Notes", "Project"}

// sample is the results of n rows at five a second; every link is as long as
// real ones are.
func sample(n int) report.Results {
	return report.Results{
		Columns: headings,
		Name:    nameIn(1),
		Records: func(yield func(batch.Record, error) bool) {
			for i := range n {
				if !yield(sampleRecord(i), nil) {
					return
				}
			}
		},
		Summary: batch.RunFacts{
			Tool: "guestlist 0.2.0", Operator: "anna@admin-pc", Tenant: "3f2b8c1e-9f0d-4f6b-8f4e-0a1b2c3d4e5f",
			List: `C:\Lists\partners.xlsx`, Sheet: "People", SHA256: strings.Repeat("ab12", 16),
			Rate: "5/1s", Workers: 32, Settings: map[string]string{"send-message": "true", "language": "nl-NL"},
			Started: started, Ended: started.Add(time.Duration(n) * time.Second / 5),
			Totals: batch.RunTotals{Sent: n, Requests: n + n/7, Throttled: n / 9},
		},
	}
}

// nameIn takes a column for the names.
func nameIn(at int) func(batch.Record) string {
	return func(rec batch.Record) string { return rec.Cells[at] }
}

func sampleRecord(i int) batch.Record {
	companies := []string{"Fabrikam", "Northwind Traders", "Adatum Corporation, Inc.", "Tailspin Toys", "Wide World Importers"}
	managers := []string{"Maren Oud", "Idris Kamara", "Paola Ricci"}
	names := []string{"Anna Bergström", "Tomás Ibáñez Ruiz", "Łukasz Żurawski", "佐藤 健", "Priya Raghunathan", "Siobhán O'Malley", "Zeynep Yıldız"}
	company := companies[i*i%len(companies)]
	address := fmt.Sprintf("guest%05d@%s.example", i, strings.ToLower(strings.Fields(company)[0]))
	rec := batch.Record{
		Line:    i + 2,
		Cells:   []string{company, names[i%len(names)], "Guest" + address[5:], managers[i%len(managers)], "", "Harbor"},
		Outcome: sampleOutcome(i, address),
	}
	if rec.Outcome.IsFollowed() { // the directory was read a week later
		states := []batch.GuestState{batch.GuestAccepted, batch.GuestNotAccepted, batch.GuestAccepted}
		rec.Guest = batch.GuestReading{State: states[i%len(states)], Since: started.Add(time.Duration(i+1) * time.Hour), At: started.Add(7 * 24 * time.Hour)}
	}
	return rec
}

func sampleOutcome(i int, address string) batch.Outcome {
	o := batch.Outcome{
		Address: address, Attempts: 1, At: started.Add(time.Duration(i) * time.Second / 5),
		UserID: fmt.Sprintf("0f0e0d0c-0b0a-4908-8706-%012d", i), RequestID: fmt.Sprintf("a1b2c3d4-e5f6-4a7b-8c9d-%012d", i),
	}
	switch i % 20 {
	case 3:
		o.Status, o.ErrorCode, o.Error = batch.Failed, "DomainBlocked", "The domain of this address is not allowed by the tenant's policy."
		o.Advice = "Allow the domain under External collaboration settings, or remove the row. Then use retry."
		o.UserID = ""
	case 7:
		o = batch.Outcome{Address: address, Status: batch.Invalid, ErrorCode: "InvalidRow"}
		o.Error, o.Advice = `Email: "`+address+`" has a domain that cannot exist`, "Correct the address in the list and run again."
	case 11:
		o = batch.Outcome{Address: address, Status: batch.Duplicate, ErrorCode: "Duplicate"}
		o.Error, o.Advice = "The address stands in row 4 already.", "Nothing to do: the guest is invited once, by that row."
	case 15:
		o.Status, o.ErrorCode, o.Error = batch.Unconfirmed, "GuestWasThere", "An invitation with a mail was asked for and no answer came."
		o.Advice = "The guest was in the tenant before, so it cannot be proved whether this mail went out. Ask the guest."
	case 18:
		o = batch.Outcome{Address: address, Status: batch.Pending}
	default:
		o.Status, o.InvitationStatus = batch.Invited, "PendingAcceptance"
		o.RedeemURL = secret.New(sampleLink(i))
	}
	return o
}

// sampleLink is 350 characters long, different for each row.
func sampleLink(i int) string {
	return fmt.Sprintf("https://login.microsoftonline.com/redeem?rd=https%%3a%%2f%%2finvitations.microsoft.com%%2fredeem%%2f%%3ftenant%%3d3f2b8c1e%%26user%%3d%06d%%26ticket%%3d%s", i, strings.Repeat(fmt.Sprintf("%06x", i*7919%0xffffff), 34))
}

// records yields the given ones.
func records(all ...batch.Record) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		for _, rec := range all {
			if !yield(rec, nil) {
				return
			}
		}
	}
}
