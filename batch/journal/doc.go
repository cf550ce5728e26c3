// Package journal is the durable record of a batch: a SQLite database beside
// the results workbook that holds the list as it was read, every intent before
// its request leaves, and every outcome before the row counts as done.
//
// One process at a time has it, and one goroutine writes it: many waiting rows
// share one transaction and one fsync. SQLite's exclusive locking mode needs no
// shared memory, so the file may lie on a network share.
//
// What was acknowledged survives a killed process and a power cut. When the disk
// fills up while requests are in flight, their outcomes go into room that was
// kept for them in a file beside the journal, and no further intent is taken.
package journal
