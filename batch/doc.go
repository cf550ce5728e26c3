// Package batch is the vocabulary of a batch of invitations and its plan: what a
// list says ([Header], [Row]), what one row asks for and what is wrong with it
// ([Judged], [Problem]), what is known of its address ([History]), what is to be
// done about it ([Plan], [Step]), and what came of it ([Outcome], [Record]).
//
// Its parts do the work: batch/sheet reads lists, batch/judge checks rows,
// batch/selection picks them, batch/send carries the plan out, batch/journal
// records it, batch/results is the format in which it is handed to people.
//
// The promises that everything here serves: nothing lost, nobody emailed twice,
// stop at once when the tenant says stop.
package batch
