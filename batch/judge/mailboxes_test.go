package judge_test

import (
	"testing"

	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

func TestMailboxes(t *testing.T) {
	for cell, want := range map[string][]string{
		"Berg, Anna <a@x.example>; Lund, Per <p@x.example>": {"Berg, Anna <a@x.example>", "Lund, Per <p@x.example>"},
		`"Berg; Anna" <a@x.example>, Per <p@x.example>,`:    {`"Berg; Anna" <a@x.example>`, "Per <p@x.example>"},
		"a@x.example,b@x.example\nc@x.example":              {"a@x.example", "b@x.example", "c@x.example"},
		"a@x.example b@x.example":                           {"a@x.example", "b@x.example"},
		"a@x.example ::: b@home.example":                    {"a@x.example", "b@home.example"},
		"a@x.example":                                       {"a@x.example"},
		"Anna Berg, a@x.example":                            nil,
		"a@x.example; nobody":                               nil,
		"ask Anna":                                          nil,
	} {
		assert.Equal(t, cell, judge.Mailboxes(cell), want)
	}
	assert.Equal(t, "nothing", len(judge.Mailboxes(" ")), 0)
}
