package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// BusyError says that another run has the journal, and who that is as far as
// it left word.
type BusyError struct {
	Path   string
	Holder Holder
}

func (e *BusyError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("journal %s: another process has it open", e.Path)
	}
	return fmt.Sprintf("journal %s: process %d on %s has had it open since %s",
		e.Path, e.Holder.PID, e.Holder.Host, e.Holder.Since.Format(time.RFC3339))
}

// Hint tells how to go on.
func (e *BusyError) Hint() string {
	return "wait for that run to end, or stop it; a lock of a process that died frees itself"
}

// ForeignError says that a file is not a journal that this program can read.
type ForeignError struct{ Path, Reason string }

func (e *ForeignError) Error() string { return fmt.Sprintf("journal %s: %s", e.Path, e.Reason) }

// Hint tells how to go on.
func (e *ForeignError) Hint() string {
	return "use --out to write results, and their journal, elsewhere"
}

// MixedError says that a journal or a workbook belongs to another tenant, or that one of
// tenant and journal is real and the other simulated.
type MixedError struct {
	Path      string
	Has, Want Identity
}

func (e *MixedError) Error() string {
	return fmt.Sprintf("%s belongs to %v, and this run is for %v", e.Path, e.Has, e.Want)
}

// Hint tells how to go on.
func (e *MixedError) Hint() string {
	if e.Has.Sandbox {
		return "add --sandbox to go on with the simulated tenant, or use --out to keep real results in a file of their own"
	}
	return "use --out to keep the results of each tenant in a file of its own"
}

// Holder is the process that has a journal open.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// holderPath is a note beside the journal. SQLite's own lock decides; the note
// only says whom to ask, since a locked database cannot be read.
func holderPath(path string) string { return path + ".lock" }

func readHolder(path string) Holder {
	var h Holder
	if text, err := os.ReadFile(holderPath(path)); err == nil && json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

func writeHolder(path string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	return os.WriteFile(holderPath(path), text, 0o600)
}
