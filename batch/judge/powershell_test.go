package judge_test

import (
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestMessageInfoOfPowerShell(t *testing.T) {
	sent := func(message string) batch.Judged {
		return judge.Row(header, defaults, cells(map[batch.Field]string{batch.SendMessage: "True", batch.Message: message}))
	}
	for message, want := range map[string]*graph.MessageInfo{
		`{"ccRecipients":[{"emailAddress":{"address":"kim@contoso.example","name":null}}],"customizedMessageBody":"Hello","messageLanguage":"de-DE"}`: {
			Body: "Hello", Language: "de-DE", CC: graph.CC("kim@contoso.example"),
		},
		`{"CustomizedMessageBody":"Hello"}`:                       {Body: "Hello"},
		"@{CustomizedMessageBody=Hi; you; MessageLanguage=nl-NL}": {Body: "Hi; you", Language: "nl-NL"},
		"{ no JSON }": {Body: "{ no JSON }"},
	} {
		j := sent(message)
		assert.Equal(t, "problems of "+message, len(j.Problems), 0)
		assert.Equal(t, message, j.Invitation.MessageInfo, want)
	}
	for _, name := range []string{"Microsoft.Graph.PowerShell.Models.MicrosoftGraphInvitedUserMessageInfo", "class InvitedUserMessageInfo {\n}", "System.Object[]"} {
		assert.Equal(t, name, kinds(sent(name).Problems), []string{"message: message-raw"})
	}
}
