package handoff

import "guestlist/internal/durable"

// What can be done about a folder that cannot be written.
const (
	nextOut   = "name another folder with --out"
	nextMove  = "move away what is to be kept, or " + nextOut
	nextAgain = "see to the cause and run the same command again"
)

// FolderError says why the hand-off at Path cannot be made.
type FolderError struct {
	Path string
	// Reason is the cause in words, Next what to do about it.
	Reason, Next string
	// Err is the system's own word, nil where Reason says everything.
	Err error
}

// Error names the folder, the reason and the system's word.
func (e *FolderError) Error() string {
	text := "hand-off " + e.Path + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the system's error.
func (e *FolderError) Unwrap() error { return e.Err }

// Hint says what to do next.
func (e *FolderError) Hint() string { return e.Next }

// notWritten is what the file system refused.
func notWritten(path string, err error) error {
	return &FolderError{Path: path, Reason: "was not written", Next: nextAgain, Err: durable.Cause(err)}
}
