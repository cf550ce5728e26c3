// Package batch is the life of a row: what a list says ([Header], [Row]), what
// it asks for ([Judge]), which rows are meant ([Selection]), what is to be done
// about it ([Plan]), doing it ([Run]) and what came of it ([Outcome]).
//
// The promises that everything here serves: nothing lost, nobody mailed twice,
// stop at once when the tenant says stop.
package batch
