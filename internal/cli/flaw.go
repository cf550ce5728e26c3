package cli

import (
	"fmt"

	"guestlist/batch"
)

// flaw is a flag's value that is worth a look: one thing to say, however many
// rows get the value.
type flaw struct {
	batch.Problem

	rows int
}

// blame counts a row for the flag whose value it gets.
func (j *judgement) blame(p batch.Problem) {
	for i := range j.flawed {
		if j.flawed[i].Field == p.Field && j.flawed[i].Kind == p.Kind {
			j.flawed[i].rows++
			return
		}
	}
	j.flawed = append(j.flawed, flaw{p, 1})
}

// flaws tells of the flags, in the order in which they were met.
func (j *judgement) flaws(o *listOptions) []string {
	var notices []string
	for _, f := range j.flawed {
		name := "--" + string(f.Field)
		if f.Field == batch.Message && o.messageFile != "" {
			name = "--message-file"
		}
		if f.Value != "" {
			name += " " + quoted(f.Value)
		}
		notices = append(notices, fmt.Sprintf("%s %s (%s to send). %s", name, f.What, rows(f.rows), f.Advice))
	}
	return notices
}
