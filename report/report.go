// Package report writes results: the workbook that an operator opens after a run,
// which is also a valid list for the next run, and the same as CSV and JSON lines.
// Its parts write the page, the packages for account managers, and the list with
// its problems marked.
//
// Results are made from the journal's records, never from a run, so that they can
// be made again after a crash or tomorrow. [Reserve] proves before the first
// request that they can be written, [Write] writes them whole or not at all.
package report

import (
	"context"
	"iter"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/report/xlsx"
)

// Results is what a workbook is made of: always the journal's view, never a run's.
type Results struct {
	// Columns are the headings of the list, in their order. Where they are empty
	// or repeated, what is written has others (Column3, Email2).
	Columns []string
	// Records are ranged over once, in the order of the list; rows that have
	// left the list (Line 0) come last. A record may have fewer cells than
	// Columns, or more: those go right of the last column, without a heading.
	Records iter.Seq2[batch.Record, error]
	// Who are the positions of the columns that say who a guest is, by address and name;
	// none where that is not known.
	Who []int
	// Name is the name under which the guest of a record was invited, "" for none. It may
	// be nil where the list's columns are not known; the page alone uses it.
	Name func(batch.Record) string
	// Summary is what is known of the run. Its Counts are not used: the summary
	// sheet counts the records, so that it always agrees with the other sheets.
	Summary batch.RunFacts
	// FollowUps says that guests of the batch get something after the invitation: the
	// results then have the columns that say how far that is.
	FollowUps bool
	// NoLinks leaves out the redeem URLs, and the row keys, without which a file is a list
	// and no results: it is for people who are not to have the links.
	NoLinks bool
}

// link is the redeem URL of an outcome, "" where it is left out.
func (r Results) link(o batch.Outcome) string {
	if r.NoLinks {
		return ""
	}
	return o.RedeemURL.Reveal()
}

// origin is where the results come from.
func (r Results) origin() results.Origin {
	return results.Origin{Tenant: r.Summary.Tenant, Batch: r.Summary.Batch}
}

// Each calls do with every row until one cannot be had, do fails, or ctx is
// cancelled; then its cause is the error.
func Each[Row any](ctx context.Context, rows iter.Seq2[Row, error], do func(Row) error) error {
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if n%checkRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n++
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}

// checkRows is how many rows are written between two looks at the context.
const checkRows = 1000

// Fits reports with a [*xlsx.WidthError] that a list is too wide for the sheet of a
// workbook, which also holds the result columns: it has these headings, and widest
// cells in a row at most. CSV and JSON lines hold any number.
func Fits(list []string, widest int, followUps bool) error {
	return xlsx.CheckWidth(0, len(placeColumns(list, followUps).Headings)+max(0, widest-len(list)))
}

// placeColumns says where the columns of a list and of its results are. The
// headings are those of an Excel table, in every kind of file.
func placeColumns(list []string, followUps bool) results.ColumnPlaces {
	places := results.PlaceColumns(list, followUps)
	places.Headings = xlsx.UniqueHeadings(places.Headings)
	return places
}
