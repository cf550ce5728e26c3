package judge_test

import (
	"guestlist/batch"
	"guestlist/batch/judge"
)

// A list with a column for each field.
var header = batch.Header{
	Columns: []string{"Email", "Name", "Redirect", "Send", "Language", "CC", "Type", "Sponsors", "Message", "Project"},
	Fields: map[batch.Field]int{
		batch.Email: 0, batch.Name: 1, batch.RedirectURL: 2, batch.SendMessage: 3, batch.Language: 4,
		batch.CC: 5, batch.UserType: 6, batch.Sponsors: 7, batch.Message: 8,
	},
}

var defaults = judge.Defaults{RedirectURL: "https://myapplications.microsoft.com", UserType: "Guest"}

func judged(line int, cells ...string) batch.Judged {
	return judge.Row(header, defaults, batch.Row{Line: line, Cells: cells})
}
