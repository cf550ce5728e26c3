//go:build unix

// Command bench compares the program with floors: the same work done by the
// least code that can do it, on the same machine, in turn, in processes of their
// own. Ratios survive a noisy machine; seconds do not.
//
//	go run ./internal/bench             all comparisons at their full size
//	go run ./internal/bench -rows 50000 smaller
//	go run ./internal/bench -only check
//	go run ./internal/bench -growth     the table of docs/performance.md
//
// It needs some 3 GB on disk at full size, and no network but the loopback.
package main
