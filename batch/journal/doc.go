// Package journal is the durable record of a batch: a SQLite database beside
// the results workbook that holds the list as it was read, every intent before
// its request leaves, and every outcome before the row counts as done.
//
// One process at a time has it, and one goroutine writes it: many waiting rows
// share one transaction and one fsync. SQLite's exclusive locking mode needs no
// shared memory, so the file may lie on a network share.
package journal
