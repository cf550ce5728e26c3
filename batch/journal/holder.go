package journal

import (
	"encoding/json"
	"os"
	"time"
)

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
