// Package marked writes a list back with everything that is to be mended in it:
// in colour, with a comment at the cell, and in words in a column of their own.
// The workbook goes back to whoever made the list and knows nothing of
// guestlist; mended, it is a list to check and to invite from.
package marked
