package handoff

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
	"guestlist/report"
)

// at is when the tests' hand-offs happen.
var at = time.Date(2026, 11, 23, 21, 4, 5, 0, time.UTC)

// listResults are results with these records. Like a real sequence, it uses the
// cells of one record again for the next.
func listResults(columns []string, records ...batch.Record) report.Results {
	return report.Results{
		Columns: columns,
		Records: func(yield func(batch.Record, error) bool) {
			var cells []string
			for _, rec := range records {
				cells = append(cells[:0], rec.Cells...)
				rec.Cells = cells
				if !yield(rec, nil) {
					return
				}
			}
		},
		Summary: batch.RunFacts{Tool: "guestlist test"},
	}
}

// linkTo makes a redeem URL as long and as odd as real ones.
func linkTo(address string) string {
	return "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d00000000-1111-2222-3333-444444444444%26user%3d" +
		strings.NewReplacer("@", "-at-", " ", "").Replace(address) + "%26ticket%3d" + digestOf(address)[:43] + "%26lc%3d1033%26ver%3d2.0&x=1"
}

// invited is the outcome of an invitation with a link.
func invited(address string) batch.Outcome {
	return batch.Outcome{
		Address: batch.Key(address), Status: batch.Invited, RedeemURL: secret.New(linkTo(address)),
		InvitationStatus: "PendingAcceptance", Attempts: 1, At: at.Add(-time.Hour),
	}
}

// partners are the people of the samples with what a run would make of them.
func partners(t *testing.T) report.Results {
	t.Helper()
	text, err := os.ReadFile("../../samples/partners.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var records []batch.Record
	for i, cells := range lines[1:] {
		records = append(records, batch.Record{Line: i + 2, Cells: cells, Outcome: partnerOutcome(cells[2], i)})
	}
	return listResults(lines[0], records...)
}

func partnerOutcome(address string, i int) batch.Outcome {
	o := invited(address)
	failed := func(code, text string) batch.Outcome {
		return batch.Outcome{Address: batch.Key(address), Status: batch.Failed, ErrorCode: code, Error: text}
	}
	switch local, _, _ := strings.Cut(address, "."); {
	case !strings.Contains(address, ".example"):
		return batch.Outcome{Status: batch.Invalid, ErrorCode: "InvalidRow", Error: "Email: has a domain that cannot exist"}
	case address == "Anna.Bergstrom@Fabrikam.example":
		return batch.Outcome{Status: batch.Duplicate, ErrorCode: "Duplicate", Error: "the same address as in row 2"}
	case local == "group":
		return failed("GroupAddress", "Group email address is not supported.")
	case local == "member":
		return failed("AlreadyMember", "The invited user already exists in the directory as object ID: 3f2a0000-0000-0000-0000-000000000000. They can use that account to sign in to shared apps and resources.")
	case local == "broken":
		return failed("ServiceFault", "Directory invite operation failed")
	case local == "lost":
		o.RedeemURL = secret.Text{}
	case local == "disabled":
		return batch.Outcome{Address: batch.Key(address), Status: batch.Unconfirmed}
	case strings.Contains(address, "blocked"):
		return batch.Outcome{Address: batch.Key(address), Status: batch.Pending}
	case i%13 == 5:
		o.InvitationStatus = completed
	}
	return o
}

// partnerFields is where the samples have their fields.
func partnerFields() map[batch.Field]int {
	return map[batch.Field]int{batch.Name: 1, batch.Email: 2, batch.SendMessage: 4}
}

// decoded is a part as it was before it was made fit for mail.
func decoded(part *multipart.Part) io.Reader {
	switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		return quotedprintable.NewReader(part)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, part)
	default:
		return part
	}
}

// everything is all that can be read in a folder, by path: drafts decoded,
// workbooks unzipped, entities resolved.
func everything(t *testing.T, folder string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		texts[filepath.ToSlash(name)] = readable(t, name, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func readable(t *testing.T, name string, content []byte) string {
	t.Helper()
	switch filepath.Ext(name) {
	case ".xlsx":
		return name + "\n" + unzipped(t, content)
	case ".eml":
		l := open(t, content)
		text := fmt.Sprintln(name, l.header, l.subject, l.text, html.UnescapeString(l.html))
		for name, attached := range l.attachments {
			text += readable(t, name, attached)
		}
		return text
	default:
		return name + "\n" + strings.TrimPrefix(string(content), byteOrderMark)
	}
}

func unzipped(t *testing.T, content []byte) string {
	t.Helper()
	parts := assert.Zip(t, content)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		b.WriteString(name + "\n" + html.UnescapeString(parts[name]) + "\n")
	}
	return b.String()
}

// sheet reads a sheet of a workbook file.
func sheet(t *testing.T, path, name string) [][]string {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
