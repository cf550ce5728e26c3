// Package report makes the results workbook: what an operator opens after a
// run, what an account manager gets, and a valid list for the next run.
//
// A workbook is made from the journal's records, never from a run, so it can be
// made again after a crash or tomorrow. [Reserve] proves before the first
// request that it can be written, [Write] writes it whole or not at all.
package report
