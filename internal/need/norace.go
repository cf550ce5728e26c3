//go:build !race

package need

// Race says that the race detector watches this run.
const Race = false
