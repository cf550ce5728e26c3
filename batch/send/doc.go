// Package send carries a plan out: a pool of workers that share one rate limit and
// one gate, retries, and look-ups of guests whose answer was lost. It writes every
// intent to the journal before its request leaves, and every outcome before the
// row counts as done.
package send
