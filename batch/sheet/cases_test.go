package sheet

import (
	"path/filepath"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

// casesFolder has small lists that real programs and people make, each of which
// once went wrong.
const casesFolder = "../../internal/cli/testdata/lists/cases"

// TestCases reads them: rows and what is said of them.
func TestCases(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file string
		// rows are the cells of the rows below the headings, "|" between cells.
		rows []string
		// notices are parts of what is said, one for each sentence.
		notices []string
		opt     Options
	}{
		{file: "01-pretty-printed.xlsx", rows: []string{"anna@fabrikam.example|Anna", "bo@fabrikam.example|Bo", "cy@fabrikam.example|Cy"}},
		{
			file: "01b-pretty-first-sheet-compact-second.xlsx", rows: []string{"anna@fabrikam.example|Anna", "bo@fabrikam.example|Bo", "cy@fabrikam.example|Cy"},
			notices: []string{`The sheet "Contacts" has guests as well`},
		},
		{file: "02-1904-with-x15.xlsx", rows: []string{"anna@fabrikam.example|2025-04-01"}},
		{file: "03-module-sheet.xlsx", rows: []string{"anna@fabrikam.example|Anna", "bo@fabrikam.example|Bo", "cy@fabrikam.example|Cy"}},
		{file: "06-conditional-formats.xlsx", rows: []string{
			"anna@fabrikam.example|555-1234|50%|50%|5 y|102K|June 10, 2012 9:00PM|36:00|04:05:06.009|0123456789|12345678901234567",
			"bo@fabrikam.example|(206) 555-0123||-|200 x|5|June 10, 2012 12:00PM|630:00|23:59:59.914|0000000042|1",
		}},
		{file: "06b-yes-no-format.xlsx", rows: []string{"anna@fabrikam.example|yes|(206) 555-0123", "bo@fabrikam.example|no|555-1234"}},
		{
			file: "08-formula-empty-result-no-type.xlsx", rows: []string{"anna@fabrikam.example", "bo@fabrikam.example|x"},
			notices: []string{`In 1 row, first in row 2, column "Note" has a formula that was never computed: the cell counts as empty.`},
		},
		{file: "08b-formula-str-no-v.xlsx", rows: []string{"anna@fabrikam.example", "bo@fabrikam.example|x"}},
		{file: "09-empty-style-attribute.xlsx", rows: []string{"anna@fabrikam.example|x"}},
		{file: "10-strict-time.xlsx", rows: []string{"anna@fabrikam.example|11:00"}},
		{file: "12-1904-duration.xlsx", rows: []string{"anna@fabrikam.example|255:10:10"}},
		{file: "14-bare-quotes.tsv", rows: []string{`anna@fabrikam.example|OOO "Romashka"`, `bo@fabrikam.example|Gasthof "Zur Post"`}},
		{file: "15-yes-yes-no-format.xlsx", rows: []string{"anna@fabrikam.example|Anna Berg|yes|2026-03-01|2", "bo@fabrikam.example|Bo Lund|no|2065550123|"}},
		{file: "16-inline-text-in-value.xlsx", rows: []string{"anna@fabrikam.example|Anna Berg", "bo@fabrikam.example|Bo Lund"}},
		{
			file: "extra-comma-handoff.csv", rows: []string{"anna@fabrikam.example|Berg|Anna|Fabrikam|Kim", "per@fabrikam.example|Per|Fabrikam|Kim"},
			notices: []string{"Row 2 has more cells than there are headings"},
		},
		{file: "heading-guess.csv", rows: []string{"Anna|anna(at)fabrikam.example", "Per|per@fabrikam.example", "Ulla|ulla@fabrikam.example"}},
		{
			file:    "google-contacts.csv",
			rows:    []string{"Anna||Berg|* Work|anna@fabrikam.example ::: anna.b@home.example||", "Per||Lund|Work|per@fabrikam.example|Home|per@home.example"},
			notices: []string{`has 1 address that is not invited: per@home.example. To read that column: --map email=G.`},
		},
		{
			file: "wholeline-quoted.csv", rows: []string{"anna@fabrikam.example|Anna", "per@fabrikam.example|Per"},
			notices: []string{"Every line of the file is in quotes as a whole"},
		},
		{file: "split-names.csv", rows: []string{"Anna|Berg|anna@fabrikam.example"}},
		{
			file: "concat.csv", rows: []string{"anna@f.example|Anna", "per@f.example|Per", "ulla@f.example|Ulla"},
			notices: []string{`Row 3 ("Email Name") repeats the headings and is left out, as is 1 more like it.`},
		},
		{file: "ctrl-z.csv", rows: []string{"anna@fabrikam.example|Anna"}, notices: []string{"Row 3 is the end mark of old programs (Ctrl-Z)"}},
		{
			file: "exchange-contacts.csv", rows: []string{"Anna Berg|SMTP:anna@fabrikam.example|anna@fabrikam.example"},
			notices: []string{`For email the column "ExternalEmailAddress" (B) is used`, "Row 1 (\"#TYPE x\") is the type that PowerShell writes"},
		},
		{file: "head-star.csv", rows: []string{"anna@fabrikam.example|Anna"}},
		{
			file: "nohead-outlook.txt", rows: []string{"Berg, Anna <anna.berg@fabrikam.example>", "Lund, Per <per.lund@fabrikam.example>", "Ek, Ulla <ulla.ek@fabrikam.example>"},
			notices: []string{"The file has no headings, only addresses (3)"},
		},
		{file: "outlook-list-one-cell.csv", rows: []string{"Berg, Anna <anna.berg@fabrikam.example>; Lund, Per <per.lund@fabrikam.example>; Ek, Ulla <ulla.ek@fabrikam.example>"}},
		{
			file: "outlook-list-one-cell.csv", opt: Options{Split: true},
			rows:    []string{"Berg, Anna <anna.berg@fabrikam.example>", "Lund, Per <per.lund@fabrikam.example>", "Ek, Ulla <ulla.ek@fabrikam.example>"},
			notices: []string{"In 1 row the cell holds several addresses, first in row 2; each is invited by itself (--split)."},
		},
		{
			file: "x-two-tables-side.xlsx", rows: []string{
				"anna@fabrikam.example|Anna Berg|Fabrikam|||karl@northwind.example|Karl", "per@fabrikam.example|Per Lund|Fabrikam|||olga@northwind.example|Olga", "ulla@fabrikam.example|Ulla Ek|Fabrikam",
			},
			notices: []string{
				`For name the column "Name" (B) is used, not "Name" (G)`,
				`The column "Email" (F) has 2 addresses that are not invited: karl@northwind.example, olga@northwind.example. To read that column: --map email=F.`,
			},
		},
		{
			file: "x-merged-manager.xlsx", rows: []string{
				"anna@fabrikam.example|Anna|Kim", "per@fabrikam.example|Per|Kim", "ulla@fabrikam.example|Ulla|Kim", "karl@northwind.example|Karl|Lee",
			},
			notices: []string{`In the column "Account manager" (C) cells of several rows are merged (C2:C4): 2 rows get the value of the first of them, from row 3 on.`},
		},
		{
			file: "x-active-second.xlsx", rows: []string{"anna@fabrikam.example|Anna Berg|Fabrikam", "per@fabrikam.example|Per Lund|Fabrikam", "ulla@fabrikam.example|Ulla Ek|Fabrikam"},
			notices: []string{`The sheet "Old 2024" has guests as well, and is not read; choose it with --sheet.`},
		},
		{
			file: "x-strike.xlsx", rows: []string{"anna@fabrikam.example|Anna Berg|Fabrikam", "per@fabrikam.example|Per Lund|Fabrikam", "ulla@fabrikam.example|Ulla Ek|Fabrikam"},
			notices: []string{"In row 3 the address is struck through"},
		},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			l := open(t, filepath.Join(casesFolder, tt.file), tt.opt)
			var rows []string
			for _, row := range all(t, l) {
				rows = append(rows, strings.Join(row.Cells, "|"))
			}
			assert.Equal(t, "rows", rows, tt.rows)
			told := l.Notices()
			if len(told) != len(tt.notices) {
				t.Fatalf("notices %q, want %q", told, tt.notices)
			}
			for i, want := range tt.notices {
				if !strings.Contains(told[i], want) {
					t.Errorf("notice %q, want %q in it", told[i], want)
				}
			}
		})
	}
}

// TestCaseErrors names the files that are no list.
func TestCaseErrors(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"04-xlsb-with-printer-settings.xlsb": "this is a binary Excel workbook (.xlsb), which cannot be read",
		"07-owner-file.xlsx":                 "this is the lock file that Office keeps while the list is open",
	} {
		err := firstError(t, filepath.Join(casesFolder, file), Options{})
		if !strings.Contains(err.Error(), want) || err.Hint() == "" {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestReadOnlyProtectionOpens(t *testing.T) {
	t.Parallel()
	if rows := all(t, open(t, filepath.Join(casesFolder, "13-velvetsweatshop.xlsx"), Options{})); len(rows) == 0 {
		t.Error("no rows")
	}
}
