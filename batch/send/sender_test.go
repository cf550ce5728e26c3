package send_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// TestAnAnswerForAnotherAddressIsNone: a proxy that mixes up answers must not give a
// guest somebody else's link.
func TestAnAnswerForAnotherAddressIsNone(t *testing.T) {
	for name, test := range map[string]struct {
		mail     kind
		answered string // the address in the first answer
		posts    int
		link     string
	}{
		"the same":                    {withMail, "guest@bücher.example", 1, "https://redeem/1"},
		"in capitals":                 {withMail, " GUEST@BÜCHER.example", 1, "https://redeem/1"},
		"as the DNS knows it":         {withMail, "guest@xn--bcher-kva.example", 1, "https://redeem/1"},
		"none":                        {withMail, "", 1, "https://redeem/1"},
		"another, looked up":          {withMail, "other@bücher.example", 1, ""},
		"another, and silent: repeat": {silent, "other@bücher.example", 2, "https://redeem/2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(_ context.Context, try int, _ graph.Invitation) (graph.Receipt, error) {
					r := graph.Receipt{Address: "guest@bücher.example", UserID: "u", Status: "PendingAcceptance", RedeemURL: secret.New("https://redeem/2")}
					if try == 1 {
						r.Address, r.RedeemURL = test.answered, secret.New("https://redeem/1")
					}
					return r, nil
				}
				tr.graph.users = func(string) ([]graph.User, error) { // the guest is there soon
					return []graph.User{{ID: "seen", Created: tr.graph.posts[0].at}}, nil
				}
				s := step("guest@bücher.example", test.mail)
				s.Address = batch.Key("guest@bücher.example")
				if err := tr.do(t, one(s)); err != nil {
					t.Fatal(err)
				}
				o := tr.journal.outcomes[s.Address]
				assert.Equal(t, "outcome", []any{o.Status, o.RedeemURL.Reveal(), tr.graph.count()}, []any{batch.Invited, test.link, test.posts})
			})
		})
	}
}

// TestA201WithoutALinkIsNotSentAgain: the guest is there, whose id is kept.
func TestA201WithoutALinkIsNotSentAgain(t *testing.T) {
	for _, mail := range []kind{silent, withMail} {
		for _, status := range []string{"PendingAcceptance", "Completed"} {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(context.Context, int, graph.Invitation) (graph.Receipt, error) {
					return graph.Receipt{UserID: "u", Status: status}, nil
				}
				s := step("guest@x.example", mail)
				if err := tr.do(t, one(s)); err != nil {
					t.Fatal(err)
				}
				o := tr.journal.outcomes[s.Address]
				assert.Equal(t, "outcome", []any{o.Status, o.LinkState(), o.UserID, o.InvitationStatus}, []any{batch.Invited, batch.LinkMissing, "u", status})
				assert.Equal(t, "posts and look-ups", []int{tr.graph.count(), tr.graph.lookups}, []int{1, 0})
				assert.Equal(t, "has a note", o.Advice != "", status != "Completed")
				assert.Equal(t, "the note speaks of an email", strings.Contains(o.Advice, "email"), bool(mail) && status != "Completed")
			})
		}
	}
}

// TestALinkOfAnotherKindHasAWarning: it is kept, since it exists only once.
func TestALinkOfAnotherKindHasAWarning(t *testing.T) {
	const tenant = "04dcc6ab-388a-4559-b527-fbec656300ea"
	good := "https://login.microsoftonline.com/redeem?rd=" + url.QueryEscape("https://invitations.microsoft.com/redeem/?tenant="+tenant+"&ticket=t")
	for name, test := range map[string]struct {
		link, cloud string
		advice      string
		state       batch.LinkState
	}{
		"as documented":       {good, "public", "", batch.LinkLive},
		"another host":        {"https://Links.example/redeem?ticket=t", "public", "The invitation link leads to links.example, not to login.microsoftonline.com as Microsoft's links do: check it before you hand it out.", batch.LinkUncertain},
		"of another cloud":    {good, "china", "The invitation link leads to login.microsoftonline.com, not to login.chinacloudapi.cn as Microsoft's links do: check it before you hand it out.", batch.LinkUncertain},
		"another path":        {"https://login.microsoftonline.com/consent?ticket=t", "public", "The invitation link does not have the form that Microsoft documents: check it before you hand it out.", batch.LinkLive},
		"no cloud to compare": {"https://links.example/redeem?ticket=t", "", "", batch.LinkLive},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Tenant = tenant
				if test.cloud != "" {
					var err error
					if tr.Cloud, err = graph.ParseCloud(test.cloud); err != nil {
						t.Fatal(err)
					}
				}
				tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
					return graph.Receipt{Address: inv.EmailAddress, UserID: "u", RedeemURL: secret.New(test.link)}, nil
				}
				s := step("guest@x.example", withMail)
				if err := tr.do(t, one(s)); err != nil {
					t.Fatal(err)
				}
				o := tr.journal.outcomes[s.Address]
				assert.Equal(t, "outcome", []any{o.Status, o.LinkState(), o.RedeemURL.Reveal(), o.ErrorCode != ""}, []any{batch.Invited, test.state, test.link, test.state == batch.LinkUncertain})
				assert.Equal(t, "advice", o.Advice, test.advice)
			})
		})
	}
}
