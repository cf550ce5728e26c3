package batch

import (
	"testing"

	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// TestLinkStateFollowsFromTheOutcome has the column "its link" of the states of a row.
func TestLinkStateFollowsFromTheOutcome(t *testing.T) {
	link := secret.New("https://login.example/redeem")
	for name, test := range map[string]struct {
		outcome Outcome
		want    LinkState
	}{
		"invited":                      {Outcome{Status: Invited, RedeemURL: link}, LinkLive},
		"invited without a link":       {Outcome{Status: Invited}, LinkMissing},
		"another invitation, perhaps":  {Outcome{Status: Invited, RedeemURL: link, Superseded: LinkUncertain}, LinkUncertain},
		"a newer invitation elsewhere": {Outcome{Status: Invited, RedeemURL: link, Superseded: LinkReplaced}, LinkReplaced},
		"perhaps, without a link":      {Outcome{Status: Invited, Superseded: LinkUncertain}, LinkMissing},
		"to another host":              {Outcome{Status: Invited, RedeemURL: link, ErrorCode: CodeLinkElsewhere}, LinkUncertain},
		"existing":                     {Outcome{Status: Existing}, ""},
		"removed":                      {Outcome{Status: Removed, RedeemURL: link}, LinkReplaced},
		"removed, without a link":      {Outcome{Status: Removed}, ""},
		"duplicate of an address":      {Outcome{Status: Duplicate, ErrorCode: CodeDuplicate}, ""},
		"duplicate of a guest":         {Outcome{Status: Duplicate, ErrorCode: CodeSameGuest, RedeemURL: link}, LinkReplaced},
		"failed":                       {Outcome{Status: Failed, RedeemURL: link}, ""},
		"invalid":                      {Outcome{Status: Invalid}, ""},
		"pending":                      {Outcome{Status: Pending}, ""},
		"unconfirmed":                  {Outcome{Status: Unconfirmed}, ""},
	} {
		assert.Equal(t, name, test.outcome.LinkState(), test.want)
	}
}

func TestEveryLinkStateHasAMeaningOfItsOwn(t *testing.T) {
	seen := make(map[string]LinkState)
	for _, s := range []LinkState{LinkLive, LinkMissing, LinkUncertain, LinkReplaced} {
		meaning := s.Meaning()
		if other, twice := seen[meaning]; twice || meaning == "" {
			t.Errorf("%s means %q, as does %s", s, meaning, other)
		}
		seen[meaning] = s
	}
	assert.Equal(t, "no link", LinkState("").Meaning(), "")
}
