// Package results is the one format of results: the columns that guestlist adds to
// those of a list, the key that ties a row to its outcome, and how both are read
// back from what people have done to them.
package results
