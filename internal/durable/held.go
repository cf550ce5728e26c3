package durable

import "time"

// Programs that scan or copy a file have it open for a moment, and Windows then neither
// replaces nor deletes it: it is tried again for patience, once in a glance.
const (
	patience = 3 * time.Second
	glance   = 50 * time.Millisecond
)

// patiently does something with a file, again and again for a while as long as another
// program has that open.
func patiently(isHeld func(error) bool, do func() error) error {
	for begun := time.Now(); ; <-time.After(glance) {
		if err := do(); err == nil || !isHeld(err) || time.Since(begun) >= patience {
			return err
		}
	}
}
