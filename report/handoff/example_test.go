package handoff_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"guestlist/batch"
	"guestlist/internal/secret"
	"guestlist/report"
	"guestlist/report/handoff"
)

// One account manager has a guest with a link.
func ExampleWrite() {
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(parent) }()

	results := report.Results{
		Columns: []string{"Email", "Account manager"},
		Records: func(yield func(batch.Record, error) bool) {
			yield(batch.Record{Line: 2, Cells: []string{"anna@fabrikam.example", "Maren Oud"}, Outcome: batch.Outcome{
				Address: "anna@fabrikam.example", Status: batch.Invited, RedeemURL: secret.New("https://login.microsoftonline.com/redeem?rd=1"),
			}}, nil)
		},
	}
	options := handoff.Options{By: "account manager", Header: batch.Header{Fields: map[batch.Field]int{batch.Email: 0}}}
	index, err := handoff.Write(context.Background(), filepath.Join(parent, "partners.handoff"), options, results)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range index.Packs {
		fmt.Printf("%s: %d link\n%s\n", p.Value, p.Links, strings.Join(p.Files, "\n"))
	}
	// Output:
	// Maren Oud: 1 link
	// Maren Oud/Maren Oud.xlsx
	// Maren Oud/Maren Oud.txt
	// Maren Oud/Maren Oud.eml
}

// A template defines the blocks that differ from the default, and no others.
func ExampleParseTemplate() {
	_, err := handoff.ParseTemplate("texts.tmpl", `{{define "subject"}}Your guests, {{.Value}}{{end}}`)
	fmt.Println(err)

	_, err = handoff.ParseTemplate("texts.tmpl", `{{define "subjekt"}}Your guests{{end}}`)
	fmt.Println(err)
	// Output:
	// <nil>
	// texts.tmpl, block "subjekt": no such block is used
}
